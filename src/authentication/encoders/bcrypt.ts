import type { PasswordEncoder } from '../encoder.ts'

/** The native part is loaded by the first password that needs it. */
const library = () => import('@node-rs/bcrypt')
const FORM = /^\$2[aby]?\$(\d\d)\$[./A-Za-z0-9]{53}$/
/** A check of this cost takes about ten seconds, each further one twice as long: no password of ours, it would only stop the server. */
const MAX_COST = 18
/** What bcrypt looks at. Java's encoder cuts there too, so that passwords made by it go on working. */
const MAX_BYTES = 72

/**
 * `BCRYPT`. Checking follows the cost in the stored value.
 *
 * @param cost Of new values, 4 to 31; 12 takes about a quarter of a second.
 * @param says `truncated`: a password is longer than bcrypt sees; `tooCostly`: a stored value is refused for its cost.
 */
export function bcrypt(cost: number, says: { readonly truncated: () => void; readonly tooCostly: () => void }): PasswordEncoder {
  const seen = (raw: string) => {
    const bytes = Buffer.from(raw)
    if (bytes.length <= MAX_BYTES) return bytes
    says.truncated()
    return bytes.subarray(0, MAX_BYTES)
  }
  return {
    async matches(raw, encoded) {
      const stored = FORM.exec(encoded)?.[1]
      if (stored === undefined) return false
      if (Number(stored) > MAX_COST) {
        says.tooCostly()
        return false
      }
      try {
        return await (await library()).verify(seen(raw), encoded)
      } catch {
        // A cost below 4 or above 31: no value of bcrypt.
        return false
      }
    },
    encode: async (raw) => (await library()).hash(seen(raw), Math.max(4, Math.min(31, cost))),
  }
}
