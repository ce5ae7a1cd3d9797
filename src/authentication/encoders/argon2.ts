import { randomBytes } from 'node:crypto'
import type { PasswordEncoder } from '../encoder.ts'

/** The native part is loaded by the first password that needs it. */
const library = () => import('@node-rs/argon2')

/** A stored value that wants more memory than this, in KiB, is no password of ours: it would only stop the server. */
const MAX_MEMORY_IN_KIB = 1_048_576
/** Memory times passes; about ten seconds. */
const MAX_WORK_IN_KIB = 8 * MAX_MEMORY_IN_KIB

/**
 * `ARGON2`: PHC text `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, all three kinds are checked. New values are argon2id with the least parameters that
 * OWASP recommends (19 MiB, 2 passes); CAS 7.3 makes weaker ones (4 MiB, 3 passes) and reads these.
 */
export function argon2({
  saltBytes,
  hashBytes,
  onTooCostly,
}: {
  readonly saltBytes: number
  readonly hashBytes: number
  /** A stored value is refused for the memory or the time it wants. */
  readonly onTooCostly: () => void
}): PasswordEncoder {
  return {
    async matches(raw, encoded) {
      const { parseOptions, verify } = await library()
      try {
        const { memoryCost, timeCost } = parseOptions(encoded)
        if (memoryCost > MAX_MEMORY_IN_KIB || timeCost * memoryCost > MAX_WORK_IN_KIB) {
          onTooCostly()
          return false
        }
        return await verify(encoded, raw)
      } catch {
        return false
      }
    },
    encode: async (raw) =>
      (await library()).hash(raw, {
        memoryCost: 19_456,
        timeCost: 2,
        parallelism: 1,
        outputLen: Math.max(16, hashBytes),
        salt: randomBytes(Math.max(8, saltBytes)),
      }),
  }
}
