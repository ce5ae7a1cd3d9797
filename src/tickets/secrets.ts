import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync } from 'node:crypto'
import { type KeyedHash, keyedHash, noncePool } from '../base/crypto.ts'

/** Bytes of a digest that are kept: 128 bits, which nobody hits by chance or by search. */
export const DIGEST_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HANDLE_BYTES = 8

/** What stands between ids and a store (tickets.md 7.7): a store sees digests and sealed texts, never a usable id. */
export interface Secrets {
  /** Key of a ticket in a store. */
  digest(id: string): Buffer
  /** The same, a character for each byte. */
  digestText(id: string): string
  /** Key of a principal in an index; compared without case. */
  principal(principalId: string): Buffer
  /** Key of anything else: `once`, `hits`. */
  key(purpose: string, text: string): Buffer
  /** AES-256-GCM with a random nonce, for what must be given out again though it is a secret. */
  readonly seal: BinarySealer
}

/** Derives every key of a registry from one (HKDF-SHA-256). */
export function secretsOf(ids: Buffer): Secrets {
  const derived = (purpose: string) => Buffer.from(hkdfSync('sha256', ids, 'castellan-tickets', purpose, 32))
  const ofIds = keyedHash(derived('ids'))
  const ofPrincipals = keyedHash(derived('principals'))
  const ofOthers = keyedHash(derived('other'))
  const cut = (keyed: KeyedHash, text: string) => keyed(text, 'binary').slice(0, DIGEST_BYTES)
  const digest = (keyed: KeyedHash, text: string) => Buffer.from(cut(keyed, text), 'latin1')
  return {
    digest: (id) => digest(ofIds, id),
    digestText: (id) => cut(ofIds, id),
    principal: (principalId) => digest(ofPrincipals, principalId.toLowerCase()),
    key: (purpose, text) => digest(ofOthers, `${purpose}\u0000${text}`),
    seal: binarySealer([derived('sealed')]),
  }
}

/** The part of an id after its random part: what names the issuing node. Ids of another form have none. */
export function suffixOf(id: string): string {
  return /^[A-Z]+-\d{1,16}-[A-Za-z0-9]+-([A-Za-z0-9-]{1,64})$/.exec(id)?.[1] ?? ''
}

/** What may be shown of an id: `TGT-3f9a04c1d2e3b4a5-sso1`. */
export function handleOf(prefix: string, digest: Buffer, suffix: string): string {
  return `${prefix}-${digest.toString('hex', 0, HANDLE_BYTES)}${suffix === '' ? '' : `-${suffix}`}`
}

/** The kind and the first bytes of the digest that a handle names; `undefined` for anything else. */
export function readHandle(handle: string): { readonly prefix: string; readonly start: Buffer } | undefined {
  const match = /^([A-Z]{1,16})-([0-9a-f]{16})(?:-[A-Za-z0-9-]{1,64})?$/.exec(handle)
  return match ? { prefix: match[1] ?? '', start: Buffer.from(match[2] ?? '', 'hex') } : undefined
}

export interface BinarySealer {
  /** @returns mark of the key, nonce, tag, ciphertext. */
  seal(clear: Buffer, context: Buffer): Buffer
  /** @returns `undefined` for what was not sealed with one of the keys and this context. */
  open(sealed: Buffer, context: Buffer): Buffer | undefined
}

/** AES-256-GCM over bytes. @param keys 32 bytes each; the first writes, all read. */
export function binarySealer(keys: readonly Buffer[]): BinarySealer {
  const marked = keys.map((key) => ({ key: createSecretKey(key), mark: createHash('sha256').update(key).digest()[0] ?? 0 }))
  const writer = marked[0]
  if (!writer) throw new Error('a sealer needs a key')
  const nonces = noncePool()
  const start = 1 + NONCE_BYTES + TAG_BYTES
  return {
    seal(clear, context) {
      const nonce = nonces()
      const cipher = createCipheriv('aes-256-gcm', writer.key, nonce)
      cipher.setAAD(context)
      const body = cipher.update(clear)
      cipher.final()
      const sealed = Buffer.allocUnsafe(start + body.length)
      sealed[0] = writer.mark
      nonce.copy(sealed, 1)
      cipher.getAuthTag().copy(sealed, 1 + NONCE_BYTES)
      body.copy(sealed, start)
      return sealed
    },
    open(sealed, context) {
      if (sealed.length < start) return undefined
      for (const { key, mark } of marked) {
        if (sealed[0] !== mark) continue
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE_BYTES))
        decipher.setAAD(context)
        decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, start))
        const clear = decipher.update(sealed.subarray(start))
        try {
          decipher.final()
          return clear
        } catch {
          // Another key may have the same one-byte mark: try on.
        }
      }
      return undefined
    },
  }
}
