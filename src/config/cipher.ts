import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { CIPHER_PREFIX, ENCRYPTING_ALGORITHM } from './cipher-names.ts'
import { type Scheme, schemes } from './cipher-schemes.ts'

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

/** Longer values are no settings. */
const MAX_VALUE = 1024 * 1024

/** Algorithms that can be read and written, by their names in Java (configuration.md 6). */
export const supportedAlgorithms: readonly string[] = [...schemes].flatMap(([name, { broken }]) => (broken ? [] : [name]))
const byName = new Map([...schemes].map(([name, scheme]) => [name.toUpperCase(), scheme]))

/** @throws {CipherMistake} for an algorithm that is not supported. */
function schemeOf({ algorithm, initializationVector }: CipherSettings): Scheme & { readonly ivBytes: number } {
  const scheme = byName.get(algorithm.trim().toUpperCase())
  // Without the vector beside it, a value of these cannot be read.
  if (!scheme || (scheme.vector === 'beside' && initializationVector === false)) throw unsupported()
  const isBeside = initializationVector ?? scheme.vector === 'beside'
  return { ...scheme, ivBytes: isBeside ? scheme.blockBytes : 0 }
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
  const encoded = value.slice(CIPHER_PREFIX.length).trim()
  if (encoded.length > MAX_VALUE || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw new CipherMistake('is encrypted and not Base64')
  const bytes = Buffer.from(encoded, 'base64')
  const salt = bytes.subarray(0, scheme.blockBytes)
  const iv = bytes.subarray(scheme.blockBytes, scheme.blockBytes + scheme.ivBytes)
  const body = bytes.subarray(scheme.blockBytes + scheme.ivBytes)
  if (body.length === 0 || body.length % scheme.blockBytes !== 0) throw cannotDecrypt()
  const keys = await scheme.keysOf(settings.password.normalize(), salt, settings.iterations, iv)
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
 * @throws {CipherMistake} for an algorithm that is not supported, or not safe.
 */
export async function encryptValue(clear: string, settings: CipherSettings): Promise<string> {
  const scheme = schemeOf(settings)
  if (scheme.broken) throw new CipherMistake(`is not encrypted by ${settings.algorithm}, which hides nothing; take ${ENCRYPTING_ALGORITHM}`)
  const salt = randomBytes(scheme.blockBytes)
  const iv = randomBytes(scheme.ivBytes)
  const keys = await scheme.keysOf(settings.password.normalize(), salt, settings.iterations, iv)
  const cipher = createCipheriv(scheme.cipher, keys.key, keys.iv)
  return CIPHER_PREFIX + Buffer.concat([salt, iv, cipher.update(clear, 'utf8'), cipher.final()]).toString('base64')
}

const cannotDecrypt = () =>
  new CipherMistake(
    'cannot be decrypted; its password or algorithm is not that of cas.standalone.configuration-security.psw, .alg and .iterations',
  )

const unsupported = () =>
  new CipherMistake(
    `is encrypted by an algorithm that this server does not have; cas.standalone.configuration-security.alg may be ${schemes.keys().next().value}, PBEWITHHMACSHA(1, 224, 256, 384, 512)ANDAES_(128, 256), e.g. ${ENCRYPTING_ALGORITHM}, or one of Bouncy Castle with AES or triple DES, e.g. PBEWITHSHA256AND256BITAES-CBC-BC`,
  )
