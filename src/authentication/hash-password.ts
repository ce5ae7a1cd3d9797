import type { Log } from '../base/log.ts'
import { silentLog } from '../base/log.ts'
import type { PasswordEncoderConfig } from './config.ts'
import { createEncoder } from './encoders/index.ts'
import { passwordQueue } from './password-queue.ts'

/** What `castellan hash-password --encoder` offers, the first by default. */
export const HASH_ENCODERS = ['argon2', 'bcrypt', 'scrypt', 'pbkdf2', 'glibc_crypt', 'ssha'] as const
export type HashEncoder = (typeof HASH_ENCODERS)[number]

const SETTINGS: PasswordEncoderConfig = {
  type: '',
  encodingAlgorithm: '',
  characterEncoding: 'UTF-8',
  secret: '',
  strength: 16,
  hashLength: 32,
  iterations: 310_000,
}

/**
 * Makes a stored value for a configuration or a file of users (authentication.md 5), to be checked by the encoder type of the same name with its
 * default settings.
 *
 * @param raw The password as it will be typed.
 */
export async function hashPassword(encoder: HashEncoder, raw: string, log: Log = silentLog): Promise<string> {
  // Cost 16, CAS's default, takes seconds at each login; checking follows the cost in the value.
  const strength = encoder === 'bcrypt' ? 12 : SETTINGS.strength
  const parts = { key: 'hash-password', queue: passwordQueue({ size: 1 }), log, configurationDirectory: '.', scriptTimeoutMs: 0 }
  return (await createEncoder({ ...SETTINGS, type: encoder, strength }, parts)).encode(raw)
}
