import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { BrowserClient } from '../../support/browser-client.ts'
import {
  type Answer,
  answerOf,
  authorizeUrl,
  basic,
  codeFor,
  exchange,
  inRedirect,
  oauthClient,
  postForm,
  profile,
  redirectOf,
  refresh,
} from '../../support/oauth.ts'
import { property } from './jwt-world.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

/** The table of the security profiles, row by row, as it is seen from outside (oauth.md 19). */
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const VERIFIER = 'v'.repeat(43)
const PKCE = { code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'), code_challenge_method: 'S256' }
const list = (...words: string[]) => ['java.util.HashSet', words]
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const services = {
  'Empty-1.json': oauthClient(1, 'empty', { generateRefreshToken: true }),
  'Listed-2.json': oauthClient(2, 'listed', {
    supportedGrantTypes: list('password', 'authorization_code', EXCHANGE),
    supportedResponseTypes: list('code', 'token'),
  }),
  'Spa-3.json': oauthClient(3, 'spa', { clientSecret: '', generateRefreshToken: true }),
  'Opted-4.json': oauthClient(4, 'opted', { properties: { '@class': 'java.util.HashMap', oauthAccessTokenInQuery: property('true') } }),
}
const says = ({ status, json }: Answer) => `${status}${json['error'] === undefined ? '' : ` ${json['error']}`}`

interface Row {
  readonly what: string
  readonly ask: (world: OAuthWorld) => Promise<string>
  /** In `cas-compat`, `cas7` and `rfc9700`. */
  readonly hears: readonly [compat: string, cas7: string, rfc9700: string]
}

const token = ({ url }: OAuthWorld) => `${url}/oauth2.0/token`
const secretOf = (clientId: string) => ({ client_id: clientId, client_secret: `secret of ${clientId}` })
const own = { grant_type: 'client_credentials' }
const password = { grant_type: 'password', username: 'ada', password: 'pw' }
const subject = { subject_token: 'AT-1-x', subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }

async function tokenOf(world: OAuthWorld, clientId: string): Promise<string> {
  return String((await postForm(token(world), { ...own, ...secretOf(clientId) })).json['access_token'])
}
async function authorizes({ url }: OAuthWorld, clientId: string, more: Readonly<Record<string, string>>): Promise<string> {
  const browser = new BrowserClient()
  await browser.login(url, 'ada', 'pw')
  const page = await browser.get(authorizeUrl(url, clientId, more))
  const part = more['response_type'] === 'token' ? 'fragment' : 'query'
  return inRedirect(page, 'error', part) ?? (inRedirect(page, 'code', part) || inRedirect(page, 'access_token', part) ? 'yes' : 'nothing')
}
async function bought(world: OAuthWorld, clientId: string) {
  const code = await codeFor(world.url, clientId, PKCE)
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectOf(clientId), code_verifier: VERIFIER }
  const who = clientId === 'spa' ? { client_id: 'spa' } : secretOf(clientId)
  return { code, ask: () => postForm(token(world), { ...fields, ...who }) }
}

const ROWS: readonly Row[] = [
  {
    what: 'an empty list allows passwords',
    ask: async (world) => says(await postForm(token(world), { ...password, ...secretOf('empty') })),
    hears: ['200', '200', '400 unauthorized_client'],
  },
  {
    what: 'an empty list allows no exchange',
    ask: async (world) => says(await postForm(token(world), { grant_type: EXCHANGE, ...subject, ...secretOf('empty') })),
    hears: ['400 unauthorized_client', '400 unauthorized_client', '400 unauthorized_client'],
  },
  {
    what: 'an empty list allows devices and programs',
    ask: async (world) =>
      [
        await postForm(token(world), { ...own, ...secretOf('empty') }),
        await postForm(token(world), { response_type: 'device_code', client_id: 'empty' }),
      ]
        .map(says)
        .join(),
    hears: ['200,200', '200,200', '200,200'],
  },
  {
    what: 'an empty list allows tokens in the front',
    ask: (world) => authorizes(world, 'empty', { response_type: 'token' }),
    hears: ['yes', 'yes', 'unauthorized_client'],
  },
  {
    what: 'a list that has it allows tokens in the front',
    ask: (world) => authorizes(world, 'listed', { response_type: 'token' }),
    hears: ['yes', 'yes', 'yes'],
  },
  {
    what: 'a list that has it allows passwords',
    ask: async (world) => says(await postForm(token(world), { ...password, ...secretOf('listed') })),
    hears: ['200', '200', '200'],
  },
  {
    what: 'a password without the secret of the client',
    ask: async (world) => says(await postForm(token(world), { ...password, client_id: 'listed' })),
    hears: ['200', '401 invalid_client', '401 invalid_client'],
  },
  {
    what: 'a password with a wrong secret',
    ask: async (world) => says(await postForm(token(world), { ...password, client_id: 'listed', client_secret: 'x' })),
    hears: ['401 invalid_client', '401 invalid_client', '401 invalid_client'],
  },
  {
    what: 'the question of a device without the secret',
    async ask(world) {
      const { json } = await postForm(`${world.url}/oauth2.0/device_authorization`, { client_id: 'empty' })
      return says(await postForm(token(world), { grant_type: DEVICE, client_id: 'empty', device_code: String(json['device_code']) }))
    },
    hears: ['400 slow_down', '400 slow_down', '401 invalid_client'],
  },
  {
    what: 'an access token in the query of /profile',
    ask: async (world) => says(await profile(world.url, await tokenOf(world, 'empty'))),
    hears: ['200', '200', '401 invalid_request'],
  },
  {
    what: 'an access token in the query, where the definition wants it',
    ask: async (world) => says(await profile(world.url, await tokenOf(world, 'opted'))),
    hears: ['200', '200', '200'],
  },
  {
    what: 'a secret in the query of the token address',
    ask: async (world) =>
      says(await answerOf(await fetch(`${token(world)}?${new URLSearchParams({ ...own, ...secretOf('empty') })}`, { method: 'POST' }))),
    hears: ['200', '200', '400 invalid_request'],
  },
  {
    what: 'a secret in the query of the address of revocation',
    ask: async (world) => {
      const query = new URLSearchParams({ ...secretOf('empty'), token: 'AT-1-x' })
      return says(await answerOf(await fetch(`${world.url}/oauth2.0/revoke?${query}`, { method: 'POST' })))
    },
    hears: ['200', '200', '400 invalid_request'],
  },
  {
    what: 'GET at the token address',
    ask: async (world) =>
      says(await answerOf(await fetch(`${token(world)}?${new URLSearchParams(own)}`, { headers: basic('empty', 'secret of empty') }))),
    hears: ['200', '200', '405 invalid_request'],
  },
  {
    what: 'a client with a secret without PKCE',
    ask: (world) => authorizes(world, 'empty', {}),
    hears: ['yes', 'yes', 'invalid_request'],
  },
  {
    what: 'a client without a secret without PKCE',
    ask: (world) => authorizes(world, 'spa', {}),
    hears: ['invalid_request', 'invalid_request', 'invalid_request'],
  },
  {
    what: 'PKCE with the method plain',
    ask: (world) => authorizes(world, 'spa', { code_challenge: VERIFIER }),
    hears: ['yes', 'yes', 'invalid_request'],
  },
  {
    what: 'a refresh token of a client without a secret is used again',
    async ask(world) {
      const { json } = await (await bought(world, 'spa')).ask()
      const fields = { grant_type: 'refresh_token', client_id: 'spa', refresh_token: String(json['refresh_token']) }
      await postForm(token(world), fields)
      return says(await postForm(token(world), fields))
    },
    hears: ['200', '200', '400 invalid_grant'],
  },
  {
    what: 'what a code has bought, when it comes again',
    async ask(world) {
      const { ask } = await bought(world, 'empty')
      const { json } = await ask()
      await ask()
      return says(await refresh(world.url, 'empty', json['refresh_token']))
    },
    hears: ['200', '200', '400 invalid_grant'],
  },
  {
    what: 'a refresh token for a program',
    ask: async (world) => String('refresh_token' in (await postForm(token(world), { ...own, ...secretOf('empty') })).json),
    hears: ['true', 'true', 'false'],
  },
  {
    what: 'a foreign token is asked about',
    async ask(world) {
      const fields = { token: await tokenOf(world, 'opted') }
      return String((await postForm(`${world.url}/oauth2.0/introspect`, fields, basic('empty', 'secret of empty'))).json['active'])
    },
    hears: ['true', 'true', 'false'],
  },
  {
    what: 'a client without a secret asks about its own token',
    async ask(world) {
      const { json } = await (await bought(world, 'spa')).ask()
      return says(await postForm(`${world.url}/oauth2.0/introspect`, { token: String(json['access_token']) }, basic('spa', '')))
    },
    hears: ['200', '200', '401 invalid_client'],
  },
  {
    what: 'another redirect_uri that the pattern takes',
    ask: async ({ url }) =>
      says(
        await exchange(url, 'empty', await codeFor(url, 'empty', PKCE), {
          redirect_uri: `${redirectOf('empty')}?a=1`,
          code_verifier: VERIFIER,
        }),
      ),
    hears: ['400 invalid_grant', '400 invalid_grant', '400 invalid_grant'],
  },
]

for (const [at, name] of (['cas-compat', 'cas7', 'rfc9700'] as const).entries()) {
  describe(`the profile ${name}`, () => {
    test('is what its column says', async () => {
      await using world = await openOAuth({ services, properties: { 'castellan.oauth.profile': name } })
      for (const { what, ask, hears } of ROWS) assert.equal(await ask(world), hears[at], what)
    })
  })
}
