import { equalInConstantTime } from '../../base/crypto.ts'
import type { PasswordEncoder } from '../encoder.ts'

/** `NONE`: the stored text is the password. */
export const none: PasswordEncoder = {
  matches: async (raw, encoded) => equalInConstantTime(raw, encoded),
  encode: async (raw) => raw,
}
