import { randomBytes } from 'node:crypto'
import { keyedDigest } from '../base/crypto.ts'
import type { Log } from '../base/log.ts'
import type { PasswordEncoder } from './encoder.ts'
import { createEncoder } from './encoders/index.ts'
import { passwordQueue } from './password-queue.ts'

/** Whether a text is the one that a stored hash was made of. */
export type StoredHashCheck = (raw: string, stored: string) => Promise<boolean>

const REMEMBERED = 1000
const REMEMBER_MS = 60_000

/**
 * Checks texts against hashes that name their encoder, as Spring writes them: `{bcrypt}$2b$…`, `{pbkdf2}…` (authentication.md 5). A pair that fits is
 * remembered for a minute under a key of this process, because programs present their secret with every request.
 *
 * @throws {Unavailable} from the check, when too many wait.
 */
export function storedHashCheck({ log, clock }: { readonly log: Log; readonly clock: () => number }): StoredHashCheck {
  const key = randomBytes(32)
  const fits = new Map<string, number>()
  let encoder: Promise<PasswordEncoder> | undefined
  return async (raw, stored) => {
    const pair = keyedDigest(key, `${raw.length}\u0000${raw}\u0000${stored}`)
    if ((fits.get(pair) ?? 0) > clock()) return true
    encoder ??= createEncoder(
      {
        type: 'DELEGATING',
        encodingAlgorithm: 'bcrypt',
        characterEncoding: 'UTF-8',
        secret: '',
        strength: 10,
        hashLength: 32,
        iterations: 310_000,
      },
      { key: 'clientSecret', queue: passwordQueue({ size: 100 }), log, configurationDirectory: '.', scriptTimeoutMs: 0 },
    )
    if (!(await (await encoder).matches(raw, stored))) return false
    if (fits.size >= REMEMBERED) fits.clear()
    fits.set(pair, clock() + REMEMBER_MS)
    return true
  }
}
