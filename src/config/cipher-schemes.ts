/** Which algorithms of Java's password based encryption can be read: their keys, vectors and ciphers (configuration.md 6). */
import { createHash, pbkdf2 } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'

export interface KeyAndVector {
  readonly key: Buffer
  readonly iv: Buffer
}

export interface Scheme {
  /** As OpenSSL calls it. */
  readonly cipher: string
  /** Of the cipher, and of the salt: Jasypt takes the one for the other. */
  readonly blockBytes: 8 | 16
  /** Whether the vector stands beside the value; else it is derived from the password, and one that stands there counts for nothing. */
  readonly vector: 'beside' | 'derived'
  /** Single DES: what it hides can be found by trying all keys. Read for the sake of files that have it, never written. */
  readonly broken?: boolean
  /** @param iv That beside the value. */
  keysOf(password: string, salt: Buffer, iterations: number, iv: Buffer): Promise<KeyAndVector>
}

const derive = promisify(pbkdf2)
/** Rounds of a digest between two turns of the event loop: about a millisecond. */
const ROUNDS_AT_ONCE = 500

/**
 * Algorithms by their names in Java, in the spelling of the provider that has them: Java's own, and Bouncy Castle (`-BC`, `-OPENSSL`, and those with `SHAAND`).
 * Those of RC2, RC4, IDEA and Twofish are not here: what Node is built on has them no longer.
 */
export const schemes: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['PBEWithMD5AndTripleDES', { cipher: 'des-ede3-cbc', blockBytes: 8, vector: 'derived', keysOf: tripleDesKeys }],
  ...[1, 224, 256, 384, 512].flatMap((hash) => [128, 256].map((bits) => hmacAes(hash, bits))),
  ...(['SHA256', 'SHA'] as const).flatMap((hash) =>
    [128, 192, 256].map((bits): [string, Scheme] => [
      `PBEWITH${hash}AND${bits}BITAES-CBC-BC`,
      { cipher: `aes-${bits}-cbc`, blockBytes: 16, vector: 'derived', keysOf: pkcs12(hash === 'SHA' ? 'sha1' : 'sha256', bits / 8, 16) },
    ]),
  ),
  ...[128, 192, 256].map((bits): [string, Scheme] => [
    `PBEWITHMD5AND${bits}BITAES-CBC-OPENSSL`,
    { cipher: `aes-${bits}-cbc`, blockBytes: 16, vector: 'derived', keysOf: opensslKeys(bits / 8) },
  ]),
  ['PBEWITHSHAAND3-KEYTRIPLEDES-CBC', { cipher: 'des-ede3-cbc', blockBytes: 8, vector: 'derived', keysOf: pkcs12('sha1', 24, 8) }],
  ['PBEWITHSHA1ANDDESEDE', { cipher: 'des-ede3-cbc', blockBytes: 8, vector: 'derived', keysOf: pkcs12('sha1', 24, 8) }],
  ['PBEWITHSHAAND2-KEYTRIPLEDES-CBC', { cipher: 'des-ede3-cbc', blockBytes: 8, vector: 'derived', keysOf: twoKeys(pkcs12('sha1', 16, 8)) }],
  ['PBEWITHMD5ANDDES', { cipher: 'des-ede3-cbc', blockBytes: 8, vector: 'derived', broken: true, keysOf: singleDes('md5') }],
  ['PBEWITHSHA1ANDDES', { cipher: 'des-ede3-cbc', blockBytes: 8, vector: 'derived', broken: true, keysOf: singleDes('sha1') }],
])

/** PBES2 of RFC 8018, section 6.2, as Java's own provider has it. */
function hmacAes(hash: number, bits: number): [string, Scheme] {
  return [
    `PBEWITHHMACSHA${hash}ANDAES_${bits}`,
    {
      cipher: `aes-${bits}-cbc`,
      blockBytes: 16,
      vector: 'beside',
      keysOf: async (password, salt, iterations, iv) => ({ key: await derive(password, salt, iterations, bits / 8, `sha${hash}`), iv }),
    },
  ]
}

/** The derivation of SunJCE, which no standard describes: each half of the salt goes through MD5 with the password (configuration.md 6). */
async function tripleDesKeys(password: string, salt: Buffer, iterations: number): Promise<KeyAndVector> {
  const first = Buffer.from(salt.subarray(0, 4))
  const second = Buffer.from(salt.subarray(4, 8))
  if (first.equals(second)) first.reverse()
  const bytes = Buffer.from(password)
  const halves: Buffer[] = []
  for (const half of [first, second]) halves.push(await digests('md5', half, iterations, bytes))
  const all = Buffer.concat(halves)
  return { key: all.subarray(0, 24), iv: all.subarray(24, 32) }
}

/** PKCS#12 (RFC 7292, appendix B.2): the password in UTF-16 with a zero at its end, a diversifier of 1 for the key and 2 for the vector. */
function pkcs12(hash: 'sha1' | 'sha256', keyBytes: number, ivBytes: number): Scheme['keysOf'] {
  return async (password, salt, iterations) => {
    const secret = Buffer.from(`${password}\0`, 'utf16le').swap16()
    return {
      key: await pkcs12Bytes(hash, 1, secret, salt, iterations, keyBytes),
      iv: await pkcs12Bytes(hash, 2, secret, salt, iterations, ivBytes),
    }
  }
}

/** Bytes of a block of SHA-1 and SHA-256. */
const HASH_BLOCK = 64

async function pkcs12Bytes(hash: string, id: number, secret: Buffer, salt: Buffer, iterations: number, wanted: number): Promise<Buffer> {
  const diversifier = Buffer.alloc(HASH_BLOCK, id)
  const input = Buffer.concat([repeated(salt), repeated(secret)])
  const found: Buffer[] = []
  for (let length = 0; length < wanted; ) {
    const digest = await digests(hash, Buffer.concat([diversifier, input]), iterations)
    found.push(digest)
    length += digest.length
    addToBlocks(input, repeated(digest))
  }
  return Buffer.concat(found).subarray(0, wanted)
}

/** As often as needed for whole blocks. */
function repeated(bytes: Buffer): Buffer {
  const whole = Buffer.alloc(Math.ceil(bytes.length / HASH_BLOCK) * HASH_BLOCK)
  for (let at = 0; at < whole.length; at++) whole[at] = bytes[at % bytes.length] ?? 0
  return whole
}

/** Each block of the input becomes its sum with the addend and one, as numbers that lose their overflow. */
function addToBlocks(input: Buffer, addend: Buffer): void {
  for (let block = 0; block < input.length; block += HASH_BLOCK) {
    let carry = 1
    for (let at = HASH_BLOCK - 1; at >= 0; at--) {
      carry += (input[block + at] ?? 0) + (addend[at] ?? 0)
      input[block + at] = carry & 0xff
      carry >>= 8
    }
  }
}

/** Of each character the lower byte, as Bouncy Castle takes a password where it is not UTF-16. */
const lowBytes = (password: string) => Buffer.from(password, 'latin1')

/** `EVP_BytesToKey` of OpenSSL with MD5, one round each however many are configured. */
function opensslKeys(keyBytes: number): Scheme['keysOf'] {
  return async (password, salt) => {
    const secret = Buffer.concat([lowBytes(password), salt])
    let all = Buffer.alloc(0)
    let last = Buffer.alloc(0)
    while (all.length < keyBytes + 16) {
      last = createHash('md5').update(last).update(secret).digest()
      all = Buffer.concat([all, last])
    }
    return { key: all.subarray(0, keyBytes), iv: all.subarray(keyBytes, keyBytes + 16) }
  }
}

/** PBKDF1 (RFC 8018, section 5.1). DES is triple DES with one key three times, which is how a library without DES has it. */
function singleDes(hash: 'md5' | 'sha1'): Scheme['keysOf'] {
  return async (password, salt, iterations) => {
    const digest = await digests(hash, Buffer.concat([lowBytes(password), salt]), iterations)
    const key = digest.subarray(0, 8)
    return { key: Buffer.concat([key, key, key]), iv: digest.subarray(8, 16) }
  }
}

/** Triple DES whose third key is its first. */
function twoKeys(keysOf: Scheme['keysOf']): Scheme['keysOf'] {
  return async (...given) => {
    const { key, iv } = await keysOf(...given)
    return { key: Buffer.concat([key, key.subarray(0, 8)]), iv }
  }
}

/** A digest of a digest, so many times; `more` goes into each after what came before. */
async function digests(hash: string, first: Buffer, rounds: number, more = Buffer.alloc(0)): Promise<Buffer> {
  let digest = first
  for (let round = 0; round < rounds; round += 1) {
    digest = createHash(hash).update(digest).update(more).digest()
    if (round % ROUNDS_AT_ONCE === ROUNDS_AT_ONCE - 1) await setImmediate()
  }
  return digest
}
