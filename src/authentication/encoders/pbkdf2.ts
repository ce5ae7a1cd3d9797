import { pbkdf2 as derive, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { PasswordEncoder } from '../encoder.ts'

const deriveAsync = promisify(derive)

export interface Pbkdf2Options {
  readonly saltBytes: number
  readonly iterations: number
  /** `PBKDF2WithHmacSHA1`, `PBKDF2WithHmacSHA256`, `PBKDF2WithHmacSHA512`. */
  readonly algorithm: string
  readonly secret: string
  /** Of new values, where it is not the length of the digest. */
  readonly keyBytes?: number
}

const DIGESTS: Readonly<Record<string, { readonly digest: string; readonly bytes: number }>> = {
  pbkdf2withhmacsha1: { digest: 'sha1', bytes: 20 },
  pbkdf2withhmacsha256: { digest: 'sha256', bytes: 32 },
  pbkdf2withhmacsha512: { digest: 'sha512', bytes: 64 },
}

/** Whether `encoding-algorithm` names an HMAC that Spring knows. */
export const isPbkdf2Algorithm = (algorithm: string): boolean => algorithm.trim().toLowerCase() in DIGESTS

/** `PBKDF2` in Spring's form: hex of salt ‖ key, the secret appended to the salt. Salt length and rounds are not in the value but in the settings. */
export function pbkdf2({ saltBytes, iterations, algorithm, secret, keyBytes }: Pbkdf2Options): PasswordEncoder {
  const { digest, bytes } = DIGESTS[algorithm.trim().toLowerCase()] ?? { digest: 'sha256', bytes: 32 }
  const key = (raw: string, salt: Buffer, length: number) =>
    deriveAsync(raw, Buffer.concat([salt, Buffer.from(secret)]), iterations, length, digest)
  return {
    async matches(raw, encoded) {
      const stored = hexBytes(encoded)
      // A key below 16 bytes would be too easy to hit: the value was made with another length of salt.
      if (!stored || stored.length < saltBytes + 16 || stored.length > saltBytes + 64) return false
      const wanted = stored.subarray(saltBytes)
      return timingSafeEqual(await key(raw, stored.subarray(0, saltBytes), wanted.length), wanted)
    },
    async encode(raw) {
      const salt = randomBytes(saltBytes)
      return Buffer.concat([salt, await key(raw, salt, keyBytes ?? bytes)]).toString('hex')
    },
  }
}

/** The bytes of a hex text, `undefined` for any other text. */
export function hexBytes(text: string): Buffer | undefined {
  return /^(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined
}
