import { createCipheriv, createDecipheriv, createHash, pbkdf2, randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CIPHER_PREFIX, ENCRYPTING_ALGORITHM } from './cipher-names.ts'

/** How settings are encrypted: `cas.standalone.configuration-security.*`. */
export interface CipherSettings {
  readonly password: string
  /** A name of Java, in any case: one of `supportedAlgorithms`. */
  readonly algorithm: string
  readonly iterations: number
  /** Whether an initialization vector stands between salt and cipher text; `undefined`: where the algorithm needs one. */
  readonly initializationVector: boolean | undefined
}

/** Why a value cannot be decrypted, in words that complete "KEY (FILE:LINE) …"; quotes neither value nor password. */
export class CipherMistake extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CipherMistake'
  }
}

const derive = promisify(pbkdf2)
/** Longer values are no settings. */
const MAX_VALUE = 1024 * 1024
/** Rounds of MD5 between two turns of the event loop: about a millisecond. */
const ROUNDS_AT_ONCE = 500

/** Algorithms of Java's own provider that can be read and written (configuration.md 6). */
export const supportedAlgorithms: readonly string[] = [
  'PBEWithMD5AndTripleDES',
  ...[1, 224, 256, 384, 512].flatMap((hash) => [128, 256].map((bits) => `PBEWITHHMACSHA${hash}ANDAES_${bits}`)),
]

/** @returns `undefined` for an algorithm that is not supported. */
function schemeOf({ algorithm, initializationVector }: CipherSettings) {
  const name = algorithm.trim().toUpperCase()
  if (name === 'PBEWITHMD5ANDTRIPLEDES') {
    // Java derives the vector from the password too; one that is written beside it counts for nothing.
    return { cipher: 'des-ede3-cbc', saltBytes: 8, ivBytes: initializationVector === true ? 8 : 0, keysOf: tripleDesKeys }
  }
  const aes = /^PBEWITHHMACSHA(1|224|256|384|512)ANDAES_(128|256)$/.exec(name)
  if (!aes || initializationVector === false) return undefined
  const keysOf = async (password: Buffer, salt: Buffer, iterations: number, iv: Buffer) => ({
    key: await derive(password, salt, iterations, Number(aes[2]) / 8, `sha${aes[1]}`),
    iv,
  })
  return { cipher: `aes-${aes[2]}-cbc`, saltBytes: 16, ivBytes: 16, keysOf }
}

/** The derivation of SunJCE, which no standard describes: each half of the salt goes through MD5 with the password (configuration.md 6). */
async function tripleDesKeys(password: Buffer, salt: Buffer, iterations: number): Promise<{ key: Buffer; iv: Buffer }> {
  const first = Buffer.from(salt.subarray(0, 4))
  const second = Buffer.from(salt.subarray(4, 8))
  if (first.equals(second)) first.reverse()
  const halves: Buffer[] = []
  for (const half of [first, second]) {
    let digest: Buffer = half
    for (let round = 0; round < iterations; round += 1) {
      digest = createHash('md5').update(digest).update(password).digest()
      if (round % ROUNDS_AT_ONCE === ROUNDS_AT_ONCE - 1) await setImmediate()
    }
    halves.push(digest)
  }
  const all = Buffer.concat(halves)
  return { key: all.subarray(0, 24), iv: all.subarray(24, 32) }
}

/**
 * Decrypts what CAS (Jasypt) has encrypted: Base64 of salt, initialization vector where there is one, and cipher text. The format has no check of its own:
 * of 256 wrong passwords one may give rubbish, which is refused unless it is UTF-8.
 *
 * @param value With `{cas-cipher}` before it.
 * @throws {CipherMistake}
 */
export async function decryptValue(value: string, settings: CipherSettings): Promise<string> {
  const scheme = schemeOf(settings)
  if (!scheme) throw unsupported()
  const encoded = value.slice(CIPHER_PREFIX.length).trim()
  if (encoded.length > MAX_VALUE || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw new CipherMistake('is encrypted and not Base64')
  const bytes = Buffer.from(encoded, 'base64')
  const salt = bytes.subarray(0, scheme.saltBytes)
  const iv = bytes.subarray(scheme.saltBytes, scheme.saltBytes + scheme.ivBytes)
  const body = bytes.subarray(scheme.saltBytes + scheme.ivBytes)
  if (body.length === 0 || body.length % scheme.saltBytes !== 0) throw cannotDecrypt()
  const keys = await scheme.keysOf(Buffer.from(settings.password), salt, settings.iterations, iv)
  try {
    const decipher = createDecipheriv(scheme.cipher, keys.key, keys.iv)
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat([decipher.update(body), decipher.final()]))
  } catch {
    throw cannotDecrypt()
  }
}

/**
 * Encrypts a value so that CAS and `decryptValue` read it.
 *
 * @returns with `{cas-cipher}` before it.
 * @throws {CipherMistake} for an algorithm that is not supported.
 */
export async function encryptValue(clear: string, settings: CipherSettings): Promise<string> {
  const scheme = schemeOf(settings)
  if (!scheme) throw unsupported()
  const salt = randomBytes(scheme.saltBytes)
  const iv = randomBytes(scheme.ivBytes)
  const keys = await scheme.keysOf(Buffer.from(settings.password), salt, settings.iterations, iv)
  const cipher = createCipheriv(scheme.cipher, keys.key, keys.iv)
  return CIPHER_PREFIX + Buffer.concat([salt, iv, cipher.update(clear, 'utf8'), cipher.final()]).toString('base64')
}

const cannotDecrypt = () =>
  new CipherMistake(
    'cannot be decrypted; its password or algorithm is not that of cas.standalone.configuration-security.psw, .alg and .iterations',
  )

const unsupported = () =>
  new CipherMistake(
    `is encrypted by an algorithm that this server does not have; cas.standalone.configuration-security.alg may be ${supportedAlgorithms[0]} or PBEWITHHMACSHA(1, 224, 256, 384, 512)ANDAES_(128, 256), e.g. ${ENCRYPTING_ALGORITHM}`,
  )
