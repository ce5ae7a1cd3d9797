import { constants, createHmac, sign as signInPool } from 'node:crypto'
import type { SigningKey } from './cipher.ts'

const base64url = (text: string) => Buffer.from(text).toString('base64url')

/**
 * A signed text in the compact form (RFC 7515 section 7.1) by an algorithm of RFC 7518 section 3: HS, RS, PS, ES. The work with private keys is done by the
 * thread pool. With `jose` each signature would cost as much again as the rest of a token (docs/decisions/080-jose.md).
 *
 * @param more Further members of the header, or another `typ`.
 */
export async function signCompact(
  { alg, kid, sign: key }: SigningKey,
  content: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const input = `${base64url(JSON.stringify({ alg, typ: 'JWT', kid, ...more }))}.${base64url(content)}`
  const hash = `sha${alg.slice(2)}`
  if (key instanceof Uint8Array) {
    if (!alg.startsWith('HS')) throw new Error(`${alg} needs a private key`)
    return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`
  }
  const options = OPTIONS[alg.slice(0, 2)]
  // Node takes 70 us longer to find the key inside of an object.
  const how = options === undefined ? key : { key, ...options }
  const signature = await new Promise<Buffer>((resolve, reject) => {
    signInPool(hash, Buffer.from(input), how, (error, made) => (error ? reject(error) : resolve(made)))
  })
  return `${input}.${signature.toString('base64url')}`
}

const OPTIONS: Readonly<Record<string, object>> = {
  // As long as the hash (RFC 7518 section 3.5).
  PS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  // Two numbers side by side, no DER (RFC 7518 section 3.4).
  ES: { dsaEncoding: 'ieee-p1363' },
}
