import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import type { Castellan } from '../support/castellan.ts'
import { redirectOf } from '../support/oauth.ts'
import { startOAuth, visit } from './oauth-server.ts'

type Outcome =
  | { readonly kind: 'success'; readonly user: Readonly<Record<string, unknown>> }
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'fail'; readonly message: string; readonly status: number | undefined }
  | { readonly kind: 'error'; readonly error: Error & { readonly code?: string } }

/** What passport itself hands to a strategy, and calls on it. */
interface Strategy {
  userProfile(token: string, done: (error: Error | null, profile?: object) => void): void
  readonly _oauth2: {
    useAuthorizationHeaderforGET(use: boolean): void
    get(url: string, token: string, done: (error: Error | null, body?: string) => void): void
  }
  authenticate(request: object): void
}
type Verify = (access: string, refresh: string, parameters: object, profile: object, done: (error: null, user: object) => void) => void
const OAuth2Strategy = createRequire(import.meta.url)('passport-oauth2') as new (options: object, verify: Verify) => Strategy

let server: Castellan
before(async () => {
  server = await startOAuth()
})
after(() => server?.[Symbol.asyncDispose]())

/** An application with the strategy as its documentation shows it: state and PKCE in the session, the profile from the server. */
function application(client: string, clientSecret: string | undefined, scope?: readonly string[]) {
  const options = {
    authorizationURL: `${server.url}/oauth2.0/authorize`,
    tokenURL: `${server.url}/oauth2.0/accessToken`,
    clientID: client,
    clientSecret,
    callbackURL: redirectOf(client),
    state: true,
    pkce: true,
    ...(scope ? { scope } : {}),
  }
  const strategy = new OAuth2Strategy(options, (access, refresh, parameters, profile, done) =>
    done(null, { ...profile, access, refresh, parameters }),
  )
  strategy._oauth2.useAuthorizationHeaderforGET(true)
  strategy.userProfile = (token, done) =>
    strategy._oauth2.get(`${server.url}/oauth2.0/profile`, token, (error, body) =>
      error ? done(error) : done(null, JSON.parse(body ?? '')),
    )
  const session = {}
  return (query: Readonly<Record<string, string>> = {}) =>
    new Promise<Outcome>((resolve) => {
      Object.assign(Object.create(strategy), {
        success: (user: Readonly<Record<string, unknown>>) => resolve({ kind: 'success', user }),
        redirect: (url: string) => resolve({ kind: 'redirect', url }),
        fail: (challenge: { readonly message?: string } | undefined, status?: number) =>
          resolve({ kind: 'fail', message: challenge?.message ?? '', status }),
        error: (error: Error) => resolve({ kind: 'error', error }),
      }).authenticate({ query, session })
    })
}

async function goes(request: (query?: Readonly<Record<string, string>>) => Promise<Outcome>, says: 'allow' | 'deny' = 'allow') {
  const away = await request()
  assert.ok(away.kind === 'redirect', JSON.stringify(away))
  return Object.fromEntries((await visit(server, away.url, says, new BrowserClient())).searchParams)
}

test('passport-oauth2: a person comes in with PKCE, state and profile, for clients with and without a secret', async () => {
  for (const [client, secret] of [
    ['web', 'secret of web'],
    ['app', undefined],
  ] as const) {
    const request = application(client, secret, client === 'web' ? ['orders.read', 'orders.write'] : undefined)
    const answer = await request(await goes(request))
    assert.ok(answer.kind === 'success', JSON.stringify(answer))
    const { id, client_id, attributes, refresh } = answer.user
    assert.deepEqual({ id, client_id }, { id: 'ada', client_id: client })
    assert.deepEqual((attributes as Record<string, unknown>)['affiliation'], ['student', 'member'])
    assert.match(String(refresh), /^RT-/)
  }
})

test('passport-oauth2: whoever denies is turned away', async () => {
  const request = application('web', 'secret of web')
  const answer = await request(await goes(request, 'deny'))
  assert.ok(answer.kind === 'fail', JSON.stringify(answer))
  assert.match(answer.message, /denied/)
})

test('passport-oauth2: the error of the server reaches the application', async () => {
  const refused = async (request: ReturnType<typeof application>, query: Readonly<Record<string, string>>, code: string) => {
    const answer = await request(query)
    assert.ok(answer.kind === 'error', JSON.stringify(answer))
    assert.equal(answer.error.code, code)
  }
  // A wrong secret.
  const guessing = application('web', 'guessed')
  await refused(guessing, await goes(guessing), 'invalid_client')
  // A code of another browser: this one has another verifier.
  const [mine, theirs] = [application('web', 'secret of web'), application('web', 'secret of web')]
  const [my, their] = [await goes(mine), await goes(theirs)]
  await refused(mine, { ...my, code: their['code'] ?? '' }, 'invalid_grant')
  // A code that comes again, in a request that is new.
  assert.equal((await theirs(their)).kind, 'success')
  const again = await goes(theirs)
  await refused(theirs, { ...again, code: their['code'] ?? '' }, 'invalid_grant')
  // A request that must not be.
  await refused(application('web', 'secret of web'), { error: 'invalid_scope', error_description: 'no' }, 'invalid_scope')
})
