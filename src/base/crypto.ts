import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/** Whether two texts are equal, in a time that does not depend on where they differ. */
export function equalInConstantTime(one: string, other: string): boolean {
  digests[0].write(hash('sha256', one, 'binary'), 'latin1')
  digests[1].write(hash('sha256', other, 'binary'), 'latin1')
  return timingSafeEqual(...digests)
}

/** Room for the two that are compared; a buffer made by the hash costs as much as the hash. */
const digests = [Buffer.alloc(32), Buffer.alloc(32)] as const

/**
 * Derives a 32-byte key for one purpose from configured key material (HKDF-SHA-256, RFC 5869).
 *
 * @param material The texts of the configured keys, in a fixed order.
 * @param purpose Keeps keys of different uses apart, e.g. `tgc`, `execution`, `ticket-ids`.
 */
export function deriveKey(material: readonly string[], purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', material.join('\u0000'), 'castellan', purpose, 32))
}

/** Seals and opens small texts; what was sealed with any of its keys opens, the first key seals. */
export interface Sealer {
  /** @returns base64url text: key mark, nonce, ciphertext, tag. */
  seal(clear: string | Buffer, context?: string): string
  /** @returns `undefined` for anything that was not sealed here with the same context, of whatever form. */
  open(sealed: string, context?: string): Buffer | undefined
  /** The same, and whether the key that sealed is the one that seals now: what another one has sealed ends when that is taken away. */
  look(sealed: string, context?: string): { readonly clear: Buffer; readonly isCurrent: boolean } | undefined
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const MARK_BYTES = 1

/**
 * AES-256-GCM with a random nonce. `context` is authenticated with the text, so that a value sealed for one use does not open for another.
 *
 * @param keys 32 bytes each; the first writes, all read (rotation).
 */
export function sealer(keys: readonly Buffer[]): Sealer {
  // Made once: a key given as bytes costs three times the whole sealing.
  const marked = keys.map((key) => ({ key: createSecretKey(key), mark: createHash('sha256').update(key).digest()[0] ?? 0 }))
  const writer = marked[0]
  if (!writer) throw new Error('a sealer needs a key')
  const nonces = noncePool()
  return {
    seal(clear, context = '') {
      const nonce = nonces()
      const cipher = createCipheriv('aes-256-gcm', writer.key, nonce)
      cipher.setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(clear), cipher.final()])
      return Buffer.concat([Buffer.of(writer.mark), nonce, body, cipher.getAuthTag()]).toString('base64url')
    },
    open: (sealed, context) => look(sealed, context)?.clear,
    look,
  }

  function look(sealed: string, context = ''): { readonly clear: Buffer; readonly isCurrent: boolean } | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    // Node drops what is no base64url: one value must not have a second spelling.
    if (bytes.length < MARK_BYTES + NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return undefined
    for (const one of marked) {
      const { key, mark } = one
      if (bytes[0] !== mark) continue
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(MARK_BYTES, MARK_BYTES + NONCE_BYTES))
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
      try {
        const clear = Buffer.concat([decipher.update(bytes.subarray(MARK_BYTES + NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()])
        return { clear, isCurrent: one === writer }
      } catch {
        // Another key may have the same one-byte mark: try on.
      }
    }
    return undefined
  }
}

/** Nonces of AES-GCM (12 bytes) from the system's generator, drawn a hundred at a time: asking for so few costs more than the sealing. */
export function noncePool(): () => Buffer {
  let pool: Buffer = Buffer.alloc(0)
  let position = 0
  return () => {
    if (position >= pool.length) {
      pool = randomBytes(NONCE_BYTES * 100)
      position = 0
    }
    position += NONCE_BYTES
    return pool.subarray(position - NONCE_BYTES, position)
  }
}

/** HMAC-SHA-256 of a text, in one of these spellings; `binary`: a character for each byte. */
export type KeyedHash = (text: string, encoding: 'base64url' | 'binary') => string

const BLOCK_BYTES = 64
const HASH_BYTES = 32
const LONGEST_SHORT_TEXT = 1000

/**
 * HMAC-SHA-256 under one key (RFC 2104), for ids that are looked up over and over: two plain hashes without an object of the library, which would cost three
 * times as much and then the collection of the garbage.
 *
 * @param key At most 64 bytes.
 */
export function keyedHash(key: Buffer): KeyedHash {
  if (key.length > BLOCK_BYTES) throw new Error('a key of a keyed hash has at most 64 bytes')
  const inner = Buffer.alloc(BLOCK_BYTES + 3 * LONGEST_SHORT_TEXT)
  const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES)
  for (let at = 0; at < BLOCK_BYTES; at++) {
    inner[at] = (key[at] ?? 0) ^ 0x36
    outer[at] = (key[at] ?? 0) ^ 0x5c
  }
  return (text, encoding) => {
    if (text.length > LONGEST_SHORT_TEXT) return createHmac('sha256', key).update(text).digest(encoding)
    const end = BLOCK_BYTES + inner.write(text, BLOCK_BYTES)
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'latin1')
    return hash('sha256', outer, encoding)
  }
}

const keyedHashes = new WeakMap<Buffer, KeyedHash>()

/** HMAC-SHA-256 as base64url, for ids that a store must not be able to give back. */
export function keyedDigest(key: Buffer, text: string): string {
  let keyed = keyedHashes.get(key)
  if (!keyed) {
    keyed = keyedHash(key)
    keyedHashes.set(key, keyed)
  }
  return keyed(text, 'base64url')
}

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')

/** 4 × 62: a byte from here on would make the first letters of the alphabet likelier than the last. */
const UNBIASED = 248

/** Texts of `A-Z a-z 0-9`, each character equally likely (rejection sampling), out of a pool that is filled with one call for many of them. */
export function randomCharacters(random: (bytes: number) => Buffer = randomBytes): (count: number) => string {
  let pool: Buffer = Buffer.alloc(0)
  let position = 0
  return (count) => {
    const letters = Buffer.allocUnsafe(count)
    for (let length = 0; length < count; ) {
      if (position >= pool.length) {
        pool = random(1024)
        position = 0
      }
      const byte = pool[position] ?? UNBIASED
      // What has been given out does not stay in memory.
      pool[position++] = 0
      if (byte < UNBIASED) letters[length++] = ALPHABET[byte % ALPHABET.length] ?? 0
    }
    const text = letters.toString('latin1')
    letters.fill(0)
    return text
  }
}

/** So many characters of `A-Z a-z 0-9` from the system's generator. */
export const randomText: (length: number) => string = randomCharacters()
