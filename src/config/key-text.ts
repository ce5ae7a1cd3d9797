import { randomBytes } from 'node:crypto'
import { keyList } from '../base/key-list.ts'
import { StartRefusal } from '../base/start-refusal.ts'

/** Sizes up to this are bytes, larger ones bits (configuration.md 9.2). */
const LARGEST_BYTE_SIZE = 32

/** What a size in the settings means in bits: `16` → 128, `512` → 512. */
export function bitsOf(keySize: number): number {
  return keySize <= LARGEST_BYTE_SIZE ? keySize * 8 : keySize
}

/** A new key as CAS would print it: Base64 for sizes in bytes, else the `k` of an `oct` JWK. */
export function generateKey(keySize: number): string {
  return randomBytes(bitsOf(keySize) / 8).toString(keySize <= LARGEST_BYTE_SIZE ? 'base64' : 'base64url')
}

/**
 * The keys in a setting: `k` texts, or whole `oct` JWKs of which `k` counts.
 *
 * @param pairs Whether the key of a pair may stand there as well, RSA or EC: such a JWK stays whole, for whoever makes tokens of it.
 * @throws {StartRefusal}
 */
export function parseKeys(setting: string, values: readonly string[], pairs = false): readonly string[] {
  return keyList(values).map((key) => (key.startsWith('{') ? keyOfJwk(setting, key, pairs) : key))
}

/** Whether a key that came out of `parseKeys` is one of a pair. */
export const isOfPair = (key: string) => key.startsWith('{')

function keyOfJwk(setting: string, json: string, pairs: boolean): string {
  if (!json.endsWith('}')) throw new StartRefusal('begins with { and is not a complete JWK', { setting })
  let jwk: unknown
  try {
    jwk = JSON.parse(json)
  } catch {
    throw new StartRefusal('begins with { and is not valid JSON', { setting })
  }
  const { kty, k } = jwk as { kty?: unknown; k?: unknown }
  if (pairs && (kty === 'RSA' || kty === 'EC')) return json
  if (kty === 'oct' && typeof k === 'string' && k !== '') return k
  throw new StartRefusal(`must be a JWK with "kty":"oct" and "k"${pairs ? ', or of an RSA or EC key' : ''}`, { setting })
}

/**
 * Whether an encryption key has the size that the settings say.
 *
 * @returns `raw` when the text is no Base64 but has itself the right length, which CAS takes as it stands.
 * @throws {StartRefusal} names the bits found and the bits needed.
 */
export function checkEncryptionKey(setting: string, key: string, keySize: number): 'encoded' | 'raw' {
  const needed = bitsOf(keySize)
  const found = /^[A-Za-z0-9+/_-]+={0,2}$/.test(key) ? Buffer.from(key, 'base64').length * 8 : undefined
  if (found === needed) return 'encoded'
  if (keySize <= LARGEST_BYTE_SIZE && Buffer.byteLength(key) === keySize) return 'raw'
  const sizeSetting = setting.replace(/\.key$/, '.key-size')
  const what = found === undefined ? 'is not Base64' : `has ${found} bits, and ${sizeSetting} needs ${needed}`
  throw new StartRefusal(
    `${what}; castellan gen-key ${keySize <= LARGEST_BYTE_SIZE ? `--bytes ${keySize}` : `--size ${keySize}`} makes one`,
    { setting },
  )
}
