import { randomBytes, type ScryptOptions, scrypt as scryptCallback, timingSafeEqual } from 'node:crypto'
import type { PasswordEncoder } from '../encoder.ts'

const FORM = /^\$([0-9a-f]{1,12})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/i
/** A stored value that wants more memory than this is no password of ours: it would only stop the server. */
const MAX_MEMORY_IN_BYTES = 512 * 1024 * 1024
/** Memory times `p`; about ten seconds. */
const MAX_WORK_IN_BYTES = 4 * MAX_MEMORY_IN_BYTES

/** `SCRYPT` in Spring's form `$<params>$<salt>$<hash>`: params are log2(N), r, p as hex, 16, 8 and 8 bits; the rest Base64. */
export function scrypt({ saltBytes, onTooCostly }: { readonly saltBytes: number; readonly onTooCostly: () => void }): PasswordEncoder {
  return {
    async matches(raw, encoded) {
      const [, params, salt, hash] = FORM.exec(encoded) ?? []
      if (params === undefined || salt === undefined || hash === undefined) return false
      const packed = Number.parseInt(params, 16)
      const [logN, r, p] = [Math.floor(packed / 65_536), Math.floor(packed / 256) % 256, packed % 256]
      const wanted = Buffer.from(hash, 'base64')
      if (logN < 1 || r < 1 || p < 1 || wanted.length < 16) return false
      const memory = 128 * 2 ** logN * r
      if (memory > MAX_MEMORY_IN_BYTES || memory * p > MAX_WORK_IN_BYTES) {
        onTooCostly()
        return false
      }
      return timingSafeEqual(await derive(raw, Buffer.from(salt, 'base64'), wanted.length, 2 ** logN, r, p), wanted)
    },
    async encode(raw) {
      const salt = randomBytes(saltBytes)
      const hash = await derive(raw, salt, 32, 65_536, 8, 1)
      return `$${((16 << 16) | (8 << 8) | 1).toString(16)}$${salt.toString('base64')}$${hash.toString('base64')}`
    },
  }
}

function derive(raw: string, salt: Buffer, length: number, N: number, r: number, p: number): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 128 * N * r + 128 * r * p + 65_536 }
  return new Promise((resolve, reject) =>
    scryptCallback(raw, salt, length, options, (error, key) => (error ? reject(error) : resolve(key))),
  )
}
