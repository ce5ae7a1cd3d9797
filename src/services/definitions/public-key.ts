import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { resourceAt } from '../../base/resource.ts'
import type { Report } from './check.ts'
import { type Members, objectOf, textOf } from './members.ts'

/** @returns base64 of the RSA cipher text; `undefined` for a text that is too long for the key. */
export type Encrypt = (text: string) => string | undefined

/** `OAEP` is with SHA-256. */
export type RsaPadding = 'PKCS1' | 'OAEP'

const PADDINGS = {
  PKCS1: { padding: constants.RSA_PKCS1_PADDING, overhead: 11 },
  OAEP: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256', overhead: 2 * 32 + 2 },
} as const

const MAX_KEY_BYTES = 64 * 1024
const MIN_KEY_BITS = 1024

/**
 * Encrypts for whoever holds the private half of the definition's `publicKey` (services.md 12.1): RSA with PKCS#1 v1.5, as CAS does, unless the
 * padding is another. The key is read when the definition is.
 *
 * @returns `undefined` when there is no usable key, which has been reported then.
 */
export function encryptionOf(
  definition: Members,
  configurationDirectory: string,
  report: Report,
  padding: RsaPadding = 'PKCS1',
): Encrypt | undefined {
  const members = objectOf(definition, 'publicKey')
  const location = members && textOf(members, 'location')?.trim()
  if (location === undefined) {
    report('error', 'something is to be encrypted, but the definition has no publicKey with a location', 'publicKey')
    return undefined
  }
  const key = keyAt(location, configurationDirectory)
  if (typeof key === 'string') {
    report('error', `the publicKey cannot be used: ${key}`, 'publicKey')
    return undefined
  }
  const { overhead, ...options } = PADDINGS[padding]
  const roomInBytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8) - overhead
  return (text) => {
    const plain = Buffer.from(text, 'utf8')
    if (plain.length > roomInBytes) return undefined
    return publicEncrypt({ key, ...options }, plain).toString('base64')
  }
}

/** The key, or why there is none. */
function keyAt(location: string, configurationDirectory: string): KeyObject | string {
  try {
    const resource = resourceAt(location, configurationDirectory)
    if (resource.kind === 'web') return 'its location must be a file'
    const stats = statSync(resource.path)
    if (!stats.isFile() || stats.size > MAX_KEY_BYTES) return `${resource.path} is no file of at most ${MAX_KEY_BYTES} bytes`
    const bytes = readFileSync(resource.path)
    const key = bytes.includes('-----BEGIN') ? createPublicKey(bytes) : createPublicKey({ key: bytes, format: 'der', type: 'spki' })
    if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_KEY_BITS) {
      return `${resource.path} has no RSA key of at least ${MIN_KEY_BITS} bits`
    }
    return key
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return `${location.slice(0, 200)} (${code})`
  }
}
