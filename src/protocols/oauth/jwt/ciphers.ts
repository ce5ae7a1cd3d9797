import { readFileSync } from 'node:fs'
import { keyList } from '../../../base/key-list.ts'
import { keyFileOf } from '../../../base/key-location.ts'
import { type Log, silentLog } from '../../../base/log.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import type { RegisteredService } from '../../../services/index.ts'
import { textOf } from '../definition-members.ts'
import type { Cipher, EncryptionKey, SigningKey } from './cipher.ts'
import type { JwtConfig } from './config.ts'
import { algorithmsOf, encryptionKeyIn, keyFor, privateSigningKey, rsaEncryptionKey, signingKeyIn, UnfitKey } from './keys.ts'

const BLOCK = 'cas.authn.oauth.access-token.crypto'
const LARGEST_KEY_FILE_BYTES = 1024 * 1024

/** Encryption and signing key, as they are configured or were generated. */
export type KeyPairs = readonly (readonly [encryption: string, signing: string])[]

/**
 * The cipher of the settings.
 *
 * @returns `undefined` when crypto is off and no JWT may go out without it.
 * @throws {StartRefusal} for keys that do not fit, and for JWTs that would go out unsigned.
 */
export function configuredCipher(settings: JwtConfig, pairs: KeyPairs, log: Log): Cipher | undefined {
  const { accessToken, refreshToken } = settings.cas.authn.oauth
  const { crypto } = accessToken
  const order = crypto.strategyType
  const signs = crypto.enabled && (crypto.signingEnabled || crypto.signing.key.length > 0)
  if (!signs) {
    const setting = crypto.enabled ? `${BLOCK}.signing-enabled` : `${BLOCK}.enabled`
    if (settings.castellan.oauth.allowUnsignedJwt) {
      log.warn({ setting }, `${setting} is false: JWTs go out without a signature, and anybody can make one that looks the same`)
      return { signing: [], encryption: [], order }
    }
    if (accessToken.createAsJwt || refreshToken.createAsJwt) {
      const message = 'is false, and tokens are JWTs: they would go out unsigned; castellan.oauth.allow-unsigned-jwt=true allows that'
      throw new StartRefusal(message, { setting })
    }
    return undefined
  }
  const encrypts = crypto.encryptionEnabled || crypto.encryption.key.length > 0
  const { enc, jws } = refusing(`${BLOCK}.alg`, () => algorithmsOf(crypto.alg))
  const signing = unique(pairs.map(([, key]) => key)).map((key): SigningKey => {
    const file = keyFileOf(key)
    return refusing(`${BLOCK}.signing.key`, () => (file === undefined ? signingKeyIn(key, jws) : privateSigningKey(read(file), jws)))
  })
  const encryption = unique(encrypts ? pairs.map(([key]) => key) : []).map((key): EncryptionKey => {
    const file = keyFileOf(key)
    return refusing(`${BLOCK}.encryption.key`, () => {
      const made = file === undefined ? encryptionKeyIn(key, enc) : rsaEncryptionKey(read(file), enc)
      if (!made.open && order === 'SIGN_AND_ENCRYPT') {
        throw new UnfitKey('names a public key, and tokens that are encrypted last can be read here only with the private one')
      }
      return made
    })
  })
  return { signing, encryption, order }
}

/** @throws {StartRefusal} for what `configuredCipher` would refuse of keys that are configured; others are made to fit. */
export function checkJwtSettings(settings: JwtConfig): void {
  const { encryption, signing } = settings.cas.authn.oauth.accessToken.crypto
  const [signs, encrypts] = [keyList(signing.key), keyList(encryption.key)]
  const pairs = signs.slice(0, encrypts.length).map((key, at) => [encrypts[at] ?? '', key] as const)
  configuredCipher(settings, pairs, silentLog)
}

/**
 * The cipher of a definition that has keys of its own (oauth.md 3.1, services.md 5.5) or an algorithm of its own; else that of the settings.
 *
 * @throws {UnfitKey} for a definition by which no JWT can be made.
 */
export function cipherOf(service: RegisteredService, configured: Cipher | undefined, allowUnsigned: boolean): Cipher | undefined {
  const property = (name: string) => service.property(name)[0]?.trim() ?? ''
  const jws = algorithmOf(service)
  const signingKey = property('accessTokenAsJwtSigningKey')
  const encryptionKey = property('accessTokenAsJwtEncryptionKey')
  const signs = service.flag('accessTokenAsJwtSigningEnabled', true)
  const encrypts = service.flag('accessTokenAsJwtEncryptionEnabled', false)
  if (!signs) {
    if (!allowUnsigned) throw new UnfitKey('accessTokenAsJwtSigningEnabled is false, and castellan.oauth.allow-unsigned-jwt is not set')
    return { signing: [], encryption: [], order: 'ENCRYPT_AND_SIGN' }
  }
  if (signingKey === '') {
    if (encryptionKey !== '' || encrypts) throw new UnfitKey('accessTokenAsJwtEncryptionKey needs accessTokenAsJwtSigningKey beside it')
    return jws === undefined ? configured : withAlgorithm(configured, jws)
  }
  if (encrypts && encryptionKey === '') throw new UnfitKey('accessTokenAsJwtEncryptionEnabled is true, and there is no key')
  const { enc } = algorithmsOf(property('accessTokenAsJwtEncryptionAlg'))
  const order = property('accessTokenAsJwtCipherStrategyType').toUpperCase()
  return {
    signing: [signingKeyIn(signingKey, jws)],
    encryption: encrypts ? [encryptionKeyIn(encryptionKey, enc)] : [],
    order: order === 'SIGN_AND_ENCRYPT' ? order : 'ENCRYPT_AND_SIGN',
  }
}

function algorithmOf({ definition }: RegisteredService): string | undefined {
  const alg = textOf(definition, 'jwtAccessTokenSigningAlg')
  if (alg === undefined) return undefined
  const { jws } = algorithmsOf(alg)
  if (jws === undefined) throw new UnfitKey(`jwtAccessTokenSigningAlg is no algorithm of signatures: ${alg}`)
  return jws
}

function withAlgorithm(cipher: Cipher | undefined, alg: string): Cipher | undefined {
  if (!cipher || cipher.signing.length === 0) return cipher
  const signing = cipher.signing.flatMap((key) => keyFor(key, alg) ?? [])
  if (signing.length === 0) throw new UnfitKey(`the configured signing key cannot do jwtAccessTokenSigningAlg ${alg}`)
  return { ...cipher, signing }
}

const unique = (keys: readonly string[]) => [...new Set(keys)]

function refusing<T>(setting: string, make: () => T): T {
  try {
    return make()
  } catch (cause) {
    if (cause instanceof UnfitKey) throw new StartRefusal(cause.message, { setting, cause })
    throw cause
  }
}

function read(file: string): Buffer {
  let content: Buffer
  try {
    content = readFileSync(file)
  } catch (cause) {
    throw new UnfitKey('names a file that cannot be read', { cause })
  }
  if (content.length > LARGEST_KEY_FILE_BYTES) throw new UnfitKey('names a file that is too large to be a key')
  return content
}
