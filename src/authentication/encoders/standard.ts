import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PasswordEncoder } from '../encoder.ts'
import { hexBytes } from './pbkdf2.ts'

const SALT_BYTES = 8
const ROUNDS = 1024

/** `STANDARD`, Spring's old one: hex of salt ‖ SHA-256, 1024 rounds over salt ‖ secret ‖ password. */
export function standard(secret: string): PasswordEncoder {
  const hash = (raw: string, salt: Buffer) => {
    let value: Buffer = Buffer.concat([salt, Buffer.from(secret), Buffer.from(raw)])
    for (let round = 0; round < ROUNDS; round++) value = createHash('sha256').update(value).digest()
    return value
  }
  return {
    async matches(raw, encoded) {
      const stored = hexBytes(encoded)
      if (stored?.length !== SALT_BYTES + 32) return false
      return timingSafeEqual(hash(raw, stored.subarray(0, SALT_BYTES)), stored.subarray(SALT_BYTES))
    },
    async encode(raw) {
      const salt = randomBytes(SALT_BYTES)
      return Buffer.concat([salt, hash(raw, salt)]).toString('hex')
    },
  }
}
