import { createHash } from 'node:crypto'
import { equalInConstantTime } from '../../base/crypto.ts'
import type { PasswordEncoder } from '../encoder.ts'
import { isDirectoryScheme } from './ssha.ts'

export interface DelegatingOptions {
  /** By the word in braces, as Spring writes it: `bcrypt`, `noop`, `pbkdf2` … */
  readonly encoders: ReadonlyMap<string, PasswordEncoder>
  /** Word for new values. */
  readonly preferred: string
  readonly directory: PasswordEncoder
  /** Called with the word of a stored value that nobody knows, `''` when there is none. */
  readonly onUnknown: (word: string) => void
}

/** `DELEGATING`: each stored value names its encoder, `{bcrypt}$2a$…`. Values of directories (`{SSHA}…`) are their own names. */
export function delegating({ encoders, preferred, directory, onUnknown }: DelegatingOptions): PasswordEncoder {
  return {
    async matches(raw, encoded) {
      const [, word = '', rest = ''] = /^\{([^{}]{1,64})\}(.*)$/s.exec(encoded) ?? []
      const named = encoders.get(word)
      if (named) return named.matches(raw, rest)
      if (isDirectoryScheme(word)) return directory.matches(raw, encoded)
      onUnknown(word)
      return false
    },
    encode: async (raw) => `{${preferred}}${await encoders.get(preferred)?.encode(raw)}`,
  }
}

/** Spring's `MessageDigestPasswordEncoder`: hex of the digest over the password and, in braces, the salt that stands before: `{salt}hex`. */
export function messageDigest(algorithm: string): PasswordEncoder {
  const hex = (text: string) => createHash(algorithm).update(text).digest('hex')
  return {
    async matches(raw, encoded) {
      const [, salt = '', rest = ''] = /^(\{[^}]*\})?(.*)$/s.exec(encoded) ?? []
      return equalInConstantTime(hex(raw + salt), rest.toLowerCase())
    },
    encode: async (raw) => hex(raw),
  }
}
