import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { BrowserClient, type Page } from '../support/browser-client.ts'
import { type Castellan, freePort, startCastellan } from '../support/castellan.ts'
import { follow, oauthClient } from '../support/oauth.ts'

/** A secret that comes out wrong wherever one side encodes it and the other does not. */
export const AWKWARD_SECRET = 'a+b %2B:"&=/!(~)*'

/** The key pair of the client `signer`, which has no secret. */
export const signerKeys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const signerJwks = JSON.stringify({ keys: [await crypto.subtle.exportKey('jwk', signerKeys.publicKey)] })

/** The key pair with which the resource server `vault` has answers encrypted for it. */
export const vaultKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const vaultJwks = JSON.stringify({ keys: [{ ...vaultKeys.publicKey.export({ format: 'jwk' }), use: 'enc', kid: 'vault' }] })

const properties = (values: Readonly<Record<string, string>>) => ({
  properties: {
    '@class': 'java.util.HashMap',
    ...Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: ['java.util.HashSet', [value]] },
      ]),
    ),
  },
})

/** The server that the OAuth libraries talk to, over plain http, under the name by which they reach it: they compare the issuer. */
export async function startOAuth(): Promise<Castellan> {
  const port = await freePort()
  const person = {
    attributeReleasePolicy: {
      '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
      allowedAttributes: ['java.util.ArrayList', ['mail', 'affiliation']],
    },
  }
  const rotating = { generateRefreshToken: true, renewRefreshToken: true }
  return startCastellan({
    properties: {
      'server.port': port,
      'cas.server.name': `http://127.0.0.1:${port}`,
      'cas.authn.accept.enabled': false,
      'cas.authn.json.location': 'file:{dir}/users.json',
      'cas.authn.oauth.device-token.refresh-interval': 'PT1S',
      'cas.authn.oauth.access-token.crypto.signing.key': 'file:{dir}/sign.pem',
      'cas.authn.oauth.access-token.crypto.encryption-enabled': false,
      'castellan.oauth.access-token.rfc9068': true,
    },
    files: {
      'sign.pem': generateKeyPairSync('rsa', {
        modulusLength: 2048,
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }).privateKey,
      'users.json': JSON.stringify({
        ada: { password: 'pw', attributes: { mail: 'ada@example.org', affiliation: ['student', 'member'], phone: '0' } },
      }),
    },
    services: {
      'Web-1.json': oauthClient(1, 'web', { ...person, ...rotating, bypassApprovalPrompt: false, scopes: ['orders.read', 'orders.write'] }),
      'App-2.json': oauthClient(2, 'app', { ...person, ...rotating, clientSecret: undefined }),
      'Batch-3.json': oauthClient(3, 'batch', { clientSecret: AWKWARD_SECRET, scopes: ['orders.read'] }),
      'Tv-4.json': oauthClient(4, 'tv', { ...person, ...rotating, clientSecret: undefined }),
      'Api-5.json': oauthClient(5, 'api'),
      'Signer-7.json': oauthClient(7, 'signer', {
        clientSecret: undefined,
        tokenEndpointAuthenticationMethod: 'private_key_jwt',
        ...properties({ jwks: signerJwks }),
      }),
      'Jwt-8.json': oauthClient(8, 'jwt', {
        ...person,
        jwtAccessToken: true,
        audience: ['https://api.example.org/'],
        scopes: ['orders.read'],
      }),
      'Vault-9.json': oauthClient(9, 'vault', {
        ...properties({ jwks: vaultJwks }),
        introspectionSignedResponseAlg: 'PS256',
        introspectionEncryptedResponseAlg: 'RSA-OAEP-256',
      }),
      'Broker-10.json': oauthClient(10, 'broker', {
        supportedGrantTypes: ['java.util.HashSet', ['urn:ietf:params:oauth:grant-type:token-exchange', 'client_credentials']],
        tokenExchangePolicy: {
          '@class': 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuthTokenExchangePolicy',
          allowedResources: ['java.util.HashSet', ['https://api\\.example\\.org/.*']],
        },
      }),
      'Old-6.json': oauthClient(6, 'old', { ...person, ...rotating }),
    },
  })
}

const hidden = ({ body }: Page) =>
  Object.fromEntries(
    [...body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [name, value]),
  )

/** A person opens the address in a browser, logs in with the form, and says what they think of the request where they are asked. @returns where the client is told. */
export async function visit(
  { url }: Castellan,
  address: string | URL,
  says: 'allow' | 'deny' = 'allow',
  browser = new BrowserClient(),
): Promise<URL> {
  let page = await follow(url, browser, String(address))
  if (page.status === 200 && page.body.includes('id="allow"')) {
    page = await browser.post(`${url}/oauth2.0/authorize`, { ...hidden(page), [says]: 'true' })
  }
  assert.ok(page.location, `nobody is told: ${page.status} ${page.body.slice(0, 2000)}`)
  return new URL(page.location)
}

/** A person opens the address that a device shows, logs in, and allows or denies. @returns the page at the end. */
export async function visitDevice({ url }: Castellan, address: string, says: 'allow' | 'deny'): Promise<Page> {
  const browser = new BrowserClient()
  const form = await follow(url, browser, address)
  const usercode = /name="usercode"[^>]* value="([^"]*)"/.exec(form.body)?.[1]
  const question = await browser.post(`${url}/oauth2.0/device`, { ...hidden(form), usercode })
  assert.match(question.body, /id="deny"/)
  return browser.post(`${url}/oauth2.0/device`, { ...hidden(question), [says]: 'true' })
}
