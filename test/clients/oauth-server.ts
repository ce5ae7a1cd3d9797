import assert from 'node:assert/strict'
import { BrowserClient, type Page } from '../support/browser-client.ts'
import { type Castellan, freePort, startCastellan } from '../support/castellan.ts'
import { follow, oauthClient } from '../support/oauth.ts'

/** A secret that comes out wrong wherever one side encodes it and the other does not. */
export const AWKWARD_SECRET = 'a+b %2B:"&=/!(~)*'

/** The key pair of the client `signer`, which has no secret. */
export const signerKeys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const signerJwks = JSON.stringify({ keys: [await crypto.subtle.exportKey('jwk', signerKeys.publicKey)] })

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
    },
    files: {
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
        properties: {
          '@class': 'java.util.HashMap',
          jwks: {
            '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty',
            values: ['java.util.HashSet', [signerJwks]],
          },
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
