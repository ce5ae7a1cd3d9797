import type { Log } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import type { PasswordEncoderConfig } from '../config.ts'
import type { PasswordEncoder } from '../encoder.ts'
import type { PasswordQueue } from '../password-queue.ts'
import { argon2 } from './argon2.ts'
import { bcrypt } from './bcrypt.ts'
import { delegating, messageDigest } from './delegating.ts'
import { characterSet, digest, digestName } from './digest.ts'
import { glibcCrypt } from './glibc-crypt.ts'
import { moduleEncoder } from './module.ts'
import { none } from './none.ts'
import { isPbkdf2Algorithm, pbkdf2 } from './pbkdf2.ts'
import { scrypt } from './scrypt.ts'
import { ssha } from './ssha.ts'
import { standard } from './standard.ts'

export interface EncoderParts {
  /** Name of the block, e.g. `cas.authn.accept.password-encoder`, for messages. */
  readonly key: string
  readonly queue: PasswordQueue
  readonly log: Log
  readonly configurationDirectory: string
  /** Longest time of one call of an encoder that is a module. */
  readonly scriptTimeoutMs: number
}

/** The encoder that a `password-encoder` block describes. @throws {StartRefusal} for a block that describes none. */
export async function createEncoder(settings: PasswordEncoderConfig, parts: EncoderParts): Promise<PasswordEncoder> {
  const { key, queue, log } = parts
  const { strength, iterations, secret, encodingAlgorithm } = settings
  // Whatever takes longer than a blink waits its turn: one bounded queue for the whole process.
  const slow = (encoder: PasswordEncoder): PasswordEncoder => ({
    matches: (raw, encoded) => queue.run(() => encoder.matches(raw, encoded)),
    encode: (raw) => queue.run(() => encoder.encode(raw)),
  })
  const onTruncated = once(() =>
    log.warn({ setting: key }, 'a password is longer than 72 bytes: bcrypt only looks at the first 72, as in CAS'),
  )
  const onTooCostly = once(() =>
    log.error({ setting: key }, 'a stored password wants more memory or time than a server can give to one login: it never matches'),
  )
  const slowBcrypt = () => slow(bcrypt(strength, { truncated: onTruncated, tooCostly: onTooCostly }))
  const slowArgon2 = () => slow(argon2({ saltBytes: strength, hashBytes: settings.hashLength, onTooCostly }))
  switch (settings.type.trim().toUpperCase()) {
    case '':
    case 'NONE':
      return none
    case 'DEFAULT':
      return digest(...digestParts(settings, key))
    case 'STANDARD':
      return slow(standard(secret))
    case 'BCRYPT':
      return slowBcrypt()
    case 'SCRYPT':
      return slow(scrypt({ saltBytes: strength, onTooCostly }))
    case 'PBKDF2': {
      const algorithm = encodingAlgorithm.trim() || 'PBKDF2WithHmacSHA256'
      if (!isPbkdf2Algorithm(algorithm)) {
        throw new StartRefusal('must be PBKDF2WithHmacSHA1, PBKDF2WithHmacSHA256 or PBKDF2WithHmacSHA512', {
          setting: `${key}.encoding-algorithm`,
        })
      }
      return slow(pbkdf2({ saltBytes: strength, iterations, secret, algorithm }))
    }
    case 'ARGON2':
      return slowArgon2()
    case 'SSHA':
      return ssha
    case 'GLIBC_CRYPT':
      return slow(glibcCrypt(encodingAlgorithm, onTooCostly))
    case 'DELEGATING': {
      const old = { saltBytes: 8, iterations: 185_000, algorithm: 'PBKDF2WithHmacSHA1', secret: '', keyBytes: 32 }
      const encoders = new Map<string, PasswordEncoder>([
        ['noop', none],
        ['bcrypt', slowBcrypt()],
        ['argon2', slowArgon2()],
        ['argon2@SpringSecurity_v5_8', slowArgon2()],
        ['scrypt', slow(scrypt({ saltBytes: 16, onTooCostly }))],
        ['scrypt@SpringSecurity_v5_8', slow(scrypt({ saltBytes: 16, onTooCostly }))],
        ['pbkdf2', slow(pbkdf2(old))],
        ['pbkdf2@SpringSecurity_v5_8', slow(pbkdf2({ saltBytes: 16, iterations: 310_000, algorithm: 'PBKDF2WithHmacSHA256', secret: '' }))],
        ['sha256', slow(standard(''))],
        ['ldap', ssha],
        ['MD5', messageDigest('md5')],
        ['SHA-1', messageDigest('sha1')],
        ['SHA-256', messageDigest('sha256')],
      ])
      const preferred = encodingAlgorithm.trim() || 'bcrypt'
      if (!encoders.has(preferred)) {
        throw new StartRefusal(`must be one of ${[...encoders.keys()].join(', ')}`, { setting: `${key}.encoding-algorithm` })
      }
      const onUnknown = once(() =>
        log.warn(
          { setting: key },
          'a stored password does not name an encoder, {bcrypt} or the like, that is known here: it never matches',
        ),
      )
      return delegating({ encoders, preferred, directory: ssha, onUnknown })
    }
    default:
      return moduleEncoder(settings.type.trim(), `${key}.type`, parts)
  }
}

function digestParts(settings: PasswordEncoderConfig, key: string): Parameters<typeof digest> {
  const algorithm = digestName(settings.encodingAlgorithm)
  if (algorithm === undefined) {
    throw new StartRefusal('must be a digest such as SHA-256 when the type is DEFAULT', { setting: `${key}.encoding-algorithm` })
  }
  const bytesOf = characterSet(settings.characterEncoding)
  if (!bytesOf) {
    throw new StartRefusal('must be UTF-8, ISO-8859-1, US-ASCII, UTF-16, UTF-16LE or UTF-16BE', { setting: `${key}.character-encoding` })
  }
  return [algorithm, bytesOf]
}

function once(say: () => void): () => void {
  let said = false
  return () => {
    if (!said) say()
    said = true
  }
}
