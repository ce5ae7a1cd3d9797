import { createHash, createHmac, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { EncryptionKey, SigningKey } from './cipher.ts'

/** Bits of key that a content encryption needs (RFC 7518 section 5.1). */
const CONTENT_ENCRYPTION: Readonly<Record<string, number>> = {
  'A128CBC-HS256': 256,
  'A192CBC-HS384': 384,
  'A256CBC-HS512': 512,
  A128GCM: 128,
  A192GCM: 192,
  A256GCM: 256,
}
const BY_LENGTH: Readonly<Record<number, string>> = { 256: 'A128CBC-HS256', 384: 'A192CBC-HS384', 512: 'A256CBC-HS512' }
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }
const SHORTEST_RSA_BITS = 2048

/** A key that cannot do what is asked of it; the message completes the name of its setting. */
export class UnfitKey extends Error {
  override readonly name = 'UnfitKey'
}

/** What `crypto.alg` means: it may name a content encryption, or an algorithm of signatures (oauth.md 13.4). */
export function algorithmsOf(alg: string): { readonly enc?: string; readonly jws?: string } {
  const name = alg.trim()
  if (name === '') return {}
  if (Object.hasOwn(CONTENT_ENCRYPTION, name)) return { enc: name }
  if (/^(?:HS|RS|PS|ES)(?:256|384|512)$/.test(name)) return { jws: name }
  throw new UnfitKey(
    `must be empty, a content encryption (${Object.keys(CONTENT_ENCRYPTION).join(', ')}) or an algorithm of signatures such as HS512`,
  )
}

/** A key out of a text: its UTF-8 bytes, as CAS has it; not what they would decode to. @throws {UnfitKey} */
export function textSigningKey(key: string, alg = 'HS512'): SigningKey {
  if (!alg.startsWith('HS')) throw new UnfitKey(`is a text, and ${alg} needs the path of a private key`)
  const bytes = Buffer.from(key)
  if (bytes.length === 0) throw new UnfitKey('is empty')
  return { alg, kid: keyedName(bytes), sign: bytes, verify: bytes }
}

/** A private key out of a file, PEM or DER. @throws {UnfitKey} */
export function privateSigningKey(content: Buffer, alg?: string): SigningKey {
  const key = privateKey(content)
  if (!key) throw new UnfitKey('names a file that holds no private key without a password')
  return ofPair(key, alg)
}

/** A signing key as it stands in a setting: a text, or a whole JWK, whose own name goes into tokens (oauth.md 13.4). @throws {UnfitKey} */
export function signingKeyIn(text: string, alg?: string): SigningKey {
  const jwk = jwkIn(text)
  if (!jwk) return textSigningKey(text, alg)
  if (jwk.kty === 'oct') return textSigningKey(String(jwk['k'] ?? ''), alg)
  const key = jwk.d === undefined ? undefined : keyOf(() => createPrivateKey({ key: jwk, format: 'jwk' }))
  if (!key) throw new UnfitKey('is a JWK that holds no private key')
  const made = ofPair(key, alg)
  return typeof jwk['kid'] === 'string' && jwk['kid'] !== '' ? { ...made, kid: jwk['kid'] } : made
}

/** An encryption key as it stands in a setting: the `k` of an oct JWK, or a whole JWK. @throws {UnfitKey} */
export function encryptionKeyIn(text: string, enc?: string): EncryptionKey {
  const jwk = jwkIn(text)
  if (!jwk) return octEncryptionKey(text, enc)
  if (jwk.kty === 'oct') return octEncryptionKey(String(jwk['k'] ?? ''), enc)
  const secret = jwk.d === undefined ? undefined : keyOf(() => createPrivateKey({ key: jwk, format: 'jwk' }))
  return rsaPair(secret, secret ? createPublicKey(secret) : keyOf(() => createPublicKey({ key: jwk, format: 'jwk' })), 'is a JWK', enc)
}

function jwkIn(text: string): JsonWebKey | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text) as JsonWebKey
  } catch {
    throw new UnfitKey('begins with { and is not valid JSON')
  }
}

function ofPair(key: KeyObject, alg: string | undefined): SigningKey {
  const publicKey = createPublicKey(key)
  const fitting = key.asymmetricKeyType === 'rsa' ? 'RS512' : CURVES[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (fitting === undefined) throw new UnfitKey('names a key that is neither RSA nor of the curves P-256, P-384 and P-521')
  const chosen = alg ?? fitting
  if (fitting === 'RS512' ? !/^[RP]S/.test(chosen) : chosen !== fitting) throw new UnfitKey(`names a key that cannot do ${chosen}`)
  checkLength(key)
  return { alg: chosen, kid: publicName(publicKey), sign: key, verify: publicKey }
}

const OF_RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']

/** Algorithms that a key with a public half can do; its own is the first. */
export function algorithmsOfKey({ alg }: SigningKey): readonly string[] {
  return OF_RSA.includes(alg) ? [alg, ...OF_RSA.filter((other) => other !== alg)] : [alg]
}

/**
 * The key for another algorithm than its own. It has a name of its own there, so that a name always stands for one algorithm (RFC 8725 section 3.1).
 *
 * @returns `undefined` for one that it cannot do.
 */
export function keyFor(key: SigningKey, alg: string): SigningKey | undefined {
  if (key.alg === alg) return key
  const can = key.alg.startsWith('HS') ? alg.startsWith('HS') : algorithmsOfKey(key).includes(alg)
  return can ? { ...key, alg, kid: `${key.kid}-${alg}` } : undefined
}

/** The `k` of an oct JWK. @throws {UnfitKey} with the bits found and the bits needed. */
export function octEncryptionKey(k: string, enc?: string): EncryptionKey {
  const bytes = Buffer.from(k, 'base64url')
  const bits = bytes.length * 8
  const chosen = enc ?? BY_LENGTH[bits]
  if (chosen === undefined) throw new UnfitKey(`has ${bits} bits, and must have 256, 384 or 512`)
  const needed = CONTENT_ENCRYPTION[chosen]
  if (needed === undefined) throw new UnfitKey(`is for a content encryption that does not exist: ${chosen}`)
  if (needed !== bits) throw new UnfitKey(`has ${bits} bits, and ${chosen} needs ${needed}`)
  return { alg: 'dir', enc: chosen, kid: keyedName(bytes), seal: bytes, open: bytes }
}

/** An RSA key out of a file: the public half encrypts, the private one, if it is there, reads. @throws {UnfitKey} */
export function rsaEncryptionKey(content: Buffer, enc?: string): EncryptionKey {
  const secret = privateKey(content)
  return rsaPair(secret, secret ? createPublicKey(secret) : publicKeyIn(content), 'names a file', enc)
}

function rsaPair(secret: KeyObject | undefined, publicKey: KeyObject | undefined, what: string, enc = 'A256CBC-HS512'): EncryptionKey {
  if (publicKey?.asymmetricKeyType !== 'rsa') throw new UnfitKey(`${what} that holds no RSA key`)
  checkLength(publicKey)
  return { alg: 'RSA-OAEP-256', enc, kid: publicName(publicKey), seal: publicKey, open: secret }
}

function checkLength({ asymmetricKeyDetails, asymmetricKeyType }: KeyObject): void {
  const { modulusLength = 0 } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'rsa' && modulusLength < SHORTEST_RSA_BITS) {
    throw new UnfitKey(`names an RSA key of ${modulusLength} bits, and ${SHORTEST_RSA_BITS} are needed`)
  }
}

const isPem = (content: Buffer) => content.includes('-----BEGIN')

const privateKey = (content: Buffer) =>
  keyOf(() => createPrivateKey(isPem(content) ? content : { key: content, format: 'der', type: 'pkcs8' }))

const publicKeyIn = (content: Buffer) =>
  keyOf(() => createPublicKey(isPem(content) ? content : { key: content, format: 'der', type: 'spki' }))

function keyOf(make: () => KeyObject): KeyObject | undefined {
  try {
    return make()
  } catch {
    // It may be the other half, or no key at all.
    return undefined
  }
}

/** A name that tells keys apart and nothing about them. */
const keyedName = (key: Uint8Array) => createHmac('sha256', key).update('castellan kid').digest('base64url').slice(0, 22)
const publicName = (key: KeyObject) =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
    .slice(0, 22)
