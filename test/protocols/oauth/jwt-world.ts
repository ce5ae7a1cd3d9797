import { randomBytes } from 'node:crypto'
import { compactDecrypt, compactVerify, decodeProtectedHeader } from 'jose'
import { oauthClient, postForm } from '../../support/oauth.ts'

/** Settings of JWTs, short. */
export const CRYPTO = 'cas.authn.oauth.access-token.crypto'
export const AS_JWT = 'cas.authn.oauth.access-token.create-as-jwt'
export const newKey = (bits: number) => randomBytes(bits / 8).toString('base64url')

export const SIGNING = newKey(512)
export const ENCRYPTION = newKey(512)
export const keysConfigured = { [`${CRYPTO}.signing.key`]: SIGNING, [`${CRYPTO}.encryption.key`]: ENCRYPTION }

/** A property of a definition as CAS writes it. */
export const property = (value: string) => ({
  '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty',
  values: ['java.util.HashSet', [value]],
})
export const properties = (values: Readonly<Record<string, string>>) => ({
  properties: {
    '@class': 'java.util.HashMap',
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, property(value)])),
  },
})

/** A client whose program logs in for itself. */
export const program = (id: number, clientId: string, more: object = {}) => ({
  [`${clientId}-${id}.json`]: oauthClient(id, clientId, { scopes: ['java.util.HashSet', ['read', 'write']], ...more }),
})

export async function tokenOf(url: string, clientId: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const { json } = await postForm(`${url}/oauth2.0/accessToken`, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: `secret of ${clientId}`,
    ...more,
  })
  return String(json['access_token'])
}

export const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (content: Uint8Array) => new TextDecoder().decode(content)

/** Reads a token as a resource server would, with the keys as they stand in the settings: signature over the text of the key, `k` decoded. */
export async function readJwt(token: string, keys: { signing: string; encryption?: string | undefined; alg?: string }) {
  const { payload, protectedHeader } = await compactVerify(token, bytes(keys.signing), { algorithms: [keys.alg ?? 'HS512'] })
  const inner = textOf(payload)
  if (keys.encryption === undefined) return { header: protectedHeader, inner: undefined, claims: JSON.parse(inner) }
  const { plaintext } = await compactDecrypt(inner, Buffer.from(keys.encryption, 'base64url'))
  return { header: protectedHeader, inner: decodeProtectedHeader(inner), claims: JSON.parse(textOf(plaintext)) }
}
