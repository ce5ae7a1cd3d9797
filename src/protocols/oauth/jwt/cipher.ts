import type { KeyObject } from 'node:crypto'
import { isObject, type Members } from '../definition-members.ts'
import { signCompact } from './signature.ts'

/** What signs and verifies. The algorithm belongs to the key, never to a token. */
export interface SigningKey {
  readonly alg: string
  readonly kid: string
  readonly sign: Uint8Array | KeyObject
  readonly verify: Uint8Array | KeyObject
}

export interface EncryptionKey {
  readonly alg: 'dir' | 'RSA-OAEP-256'
  readonly enc: string
  readonly kid: string
  readonly seal: Uint8Array | KeyObject
  /** Absent where only the public half is here: who holds the other half reads such tokens, this server does not. */
  readonly open: Uint8Array | KeyObject | undefined
}

/** How JWTs are protected: the first key of each kind writes, all read. No signing key: `alg: none`. */
export interface Cipher {
  readonly signing: readonly SigningKey[]
  readonly encryption: readonly EncryptionKey[]
  readonly order: 'ENCRYPT_AND_SIGN' | 'SIGN_AND_ENCRYPT'
}

/** Longest header of ours, and of what is looked at. */
const MAX_HEADER_CHARACTERS = 2048
/** Parameters that change how a token is to be read; none of ours has them. */
const FOREIGN = ['zip', 'crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'p2c', 'p2s', 'epk']

const utf8 = new TextEncoder()
const text = new TextDecoder()

/**
 * Signs and encrypts claims as CAS does (oauth.md 13.4). The id of the ticket stands in the signed header as well where this server cannot read what it has
 * encrypted (RFC 7519 section 5.3).
 *
 * @param header Further members of the outer header.
 */
export async function seal(cipher: Cipher, claims: { readonly jti: string }, header: Readonly<Record<string, string>>): Promise<string> {
  const [signing] = cipher.signing
  const [encryption] = cipher.encryption
  const clear = JSON.stringify(claims)
  if (!signing) {
    const part = (content: string) => Buffer.from(content).toString('base64url')
    return `${part(JSON.stringify({ alg: 'none', typ: 'JWT', ...header }))}.${part(clear)}.`
  }
  const sign = (content: string, more: Readonly<Record<string, string>>) => signCompact(signing, content, more)
  if (!encryption) return sign(clear, header)
  const { CompactEncrypt } = await import('jose')
  const { alg, enc, kid } = encryption
  const encrypt = (content: string, more: Readonly<Record<string, string>>) =>
    new CompactEncrypt(utf8.encode(content)).setProtectedHeader({ alg, enc, cty: 'JWT', typ: 'JWT', kid, ...more }).encrypt(encryption.seal)
  if (cipher.order === 'SIGN_AND_ENCRYPT') return encrypt(await sign(clear, {}), header)
  return sign(await encrypt(clear, {}), encryption.open ? header : { ...header, jti: claims.jti })
}

/**
 * The id of the ticket in a token that was sealed with this cipher. Never throws; at most one signature is checked and one text decrypted, with the key that
 * the token names and the algorithm of that key.
 */
export async function open(cipher: Cipher, token: string): Promise<string | undefined> {
  try {
    if (cipher.signing.length === 0) return openUnsigned(token)
    if (cipher.encryption.length === 0) return ticketIn(await verified(cipher, token))
    if (cipher.order === 'SIGN_AND_ENCRYPT') {
      const decrypted = await opened(cipher, token)
      return decrypted === undefined ? undefined : ticketIn(await verified(cipher, decrypted))
    }
    const signed = await verified(cipher, token)
    if (signed === undefined) return undefined
    const kid = headerOf(signed)?.['kid']
    const key = cipher.encryption.find((each) => each.kid === kid)
    if (key && !key.open) return stringOf(headerOf(token)?.['jti'])
    return ticketIn(await opened(cipher, signed))
  } catch {
    // Whatever is wrong with it, it is none of ours.
    return undefined
  }
}

/** Header of a compact token; `undefined` for anything that none of ours looks like. */
export function headerOf(token: string): Members | undefined {
  const end = token.indexOf('.')
  if (end <= 0 || end > MAX_HEADER_CHARACTERS) return undefined
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, end), 'base64url').toString())
    const members = header as Members
    return isObject(members) && !FOREIGN.some((name) => Object.hasOwn(members, name)) ? members : undefined
  } catch {
    return undefined
  }
}

async function verified({ signing }: Cipher, token: string): Promise<string | undefined> {
  const header = headerOf(token)
  const key = signing.find(({ kid, alg }) => kid === header?.['kid'] && alg === header['alg'])
  if (!key) return undefined
  const { compactVerify } = await import('jose')
  return text.decode((await compactVerify(token, key.verify, { algorithms: [key.alg] })).payload)
}

async function opened({ encryption }: Cipher, token: string): Promise<string | undefined> {
  const header = headerOf(token)
  const key = encryption.find(({ kid, alg, enc }) => kid === header?.['kid'] && alg === header['alg'] && enc === header['enc'])
  if (!key?.open) return undefined
  const { compactDecrypt } = await import('jose')
  const { plaintext } = await compactDecrypt(token, key.open, {
    keyManagementAlgorithms: [key.alg],
    contentEncryptionAlgorithms: [key.enc],
  })
  return text.decode(plaintext)
}

function openUnsigned(token: string): string | undefined {
  const [, payload, signature, ...more] = token.split('.')
  if (headerOf(token)?.['alg'] !== 'none' || payload === undefined || signature !== '' || more.length > 0) return undefined
  return ticketIn(Buffer.from(payload, 'base64url').toString())
}

function ticketIn(claims: string | undefined): string | undefined {
  if (claims === undefined) return undefined
  const members = JSON.parse(claims) as Members
  return isObject(members) ? stringOf(members['jti']) : undefined
}

const stringOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
