import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Castellan, requirePrograms } from '../support/castellan.ts'
import { postForm, redirectOf } from '../support/oauth.ts'
import { AWKWARD_SECRET, startOAuth, visit, visitDevice } from './oauth-server.ts'

const PYTHON = '/usr/bin/python3'
const PACKAGES = '/usr/lib/python3/dist-packages'
const LIBRARIES = ['authlib', 'requests-oauthlib'] as const

let server: Castellan
let python: ChildProcess
let lines: Interface
let answers: AsyncIterator<string>
let complaints = ''

before(async () => {
  requirePrograms(PYTHON, `${PACKAGES}/authlib/__init__.py`, `${PACKAGES}/requests_oauthlib/__init__.py`)
  // Debian's own Python and packages, whatever else the machine has.
  python = spawn(PYTHON, ['-I', fileURLToPath(new URL('oauth-libraries.py', import.meta.url))], { env: {} })
  python.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  assert.ok(python.stdout)
  lines = createInterface({ input: python.stdout })
  answers = lines[Symbol.asyncIterator]()
  server = await startOAuth()
})
after(async () => {
  python?.stdin?.end()
  lines?.close()
  await server?.[Symbol.asyncDispose]()
})

type Json = Readonly<Record<string, unknown>>

async function tell(request: object): Promise<Json> {
  python.stdin?.write(`${JSON.stringify(request)}\n`)
  const line = await answers.next()
  assert.ok(!line.done, complaints)
  return JSON.parse(line.value) as Json
}

let opened = 0

/** A session of a library, as an application has one. */
async function open(library: (typeof LIBRARIES)[number], client: string, secret: string | null = `secret of ${client}`, more: Json = {}) {
  const session = `session ${++opened}`
  const method = secret === null ? 'none' : 'client_secret_basic'
  const options = { server: server.url, client, secret, redirect: redirectOf(client), method, ...more }
  assert.deepEqual(await tell({ session, library, do: 'open', with: options }), { answer: null })
  const run = (what: string, options: Json = {}) => tell({ session, do: what, with: options })
  return {
    /** @returns what the library hands to the application. */
    async does<T = Json>(what: string, options?: Json): Promise<T> {
      const { answer, text } = await run(what, options)
      assert.equal(text, undefined)
      return answer as T
    },
    /** The library throws, with this code of the protocol. */
    async fails(code: string, what: string, options?: Json): Promise<void> {
      const { error, text, answer } = await run(what, options)
      assert.equal(error, code, `${text ?? JSON.stringify(answer)}`)
    },
  }
}

type Session = Awaited<ReturnType<typeof open>>

const goes = async (session: Session, says: 'allow' | 'deny' = 'allow') =>
  (await visit(server, await session.does<string>('begin'), says)).href

for (const library of LIBRARIES) {
  test(`${library}: code with PKCE, with and without a secret, and the profile`, async () => {
    for (const [client, secret, more] of [
      ['web', undefined, { scope: 'orders.read orders.write' }],
      ['web', 'secret of web', { method: 'client_secret_post' }],
      ['app', null, {}],
    ] as const) {
      const session = await open(library, client, secret, more)
      const token = await session.does('finish', { response: await goes(session) })
      assert.match(String(token['access_token']), /^AT-/)
      const { status, id, client_id } = await session.does('profile')
      assert.deepEqual({ status, id, client_id }, { status: 200, id: 'ada', client_id: client })
    }
  })

  test(`${library}: denied, a wrong secret, a wrong verifier, a code that comes again`, async () => {
    const denied = await open(library, 'web')
    const response = await goes(denied, 'deny')
    // Authlib looks for no error where there is no code; that is left to the application.
    if (library === 'authlib') assert.equal(new URL(response).searchParams.get('error'), 'access_denied')
    else await denied.fails('access_denied', 'finish', { response })
    const guessing = await open(library, 'web', 'guessed')
    await guessing.fails('invalid_client', 'finish', { response: await goes(guessing) })
    const session = await open(library, 'web')
    const returned = { response: await goes(session) }
    await session.fails('invalid_grant', 'finish', { ...returned, verifier: 'x'.repeat(43) })
    await session.does('finish', returned)
    await session.fails('invalid_grant', 'finish', returned)
  })

  test(`${library}: refresh with rotation, a spent token, revocation`, async () => {
    const session = await open(library, 'web')
    const first = await session.does('finish', { response: await goes(session) })
    const second = await session.does('refresh', { token: first['refresh_token'] })
    assert.notEqual(second['access_token'], first['access_token'])
    assert.notEqual(second['refresh_token'], first['refresh_token'])
    await session.fails('invalid_grant', 'refresh', { token: first['refresh_token'] })
    await session.fails('invalid_grant', 'refresh', { token: second['refresh_token'] })

    const other = await open(library, 'web')
    const token = await other.does('finish', { response: await goes(other) })
    assert.equal(await other.does<number>('revoke', { token: token['refresh_token'] }), 200)
    assert.equal((await other.does('profile'))['status'], 401)
    await other.fails('invalid_grant', 'refresh', { token: token['refresh_token'] })
  })

  test(`${library}: client credentials and password`, async () => {
    const batch = await open(library, 'batch', AWKWARD_SECRET, { scope: 'orders.read' })
    await batch.does('client_credentials')
    assert.equal((await batch.does('profile'))['id'], 'batch')
    await (await open(library, 'batch', 'guessed')).fails('invalid_client', 'client_credentials')

    const old = await open(library, 'old')
    await old.does('password', { username: 'ada', password: 'pw' })
    assert.equal((await old.does('profile'))['id'], 'ada')
    await old.fails('invalid_grant', 'password', { username: 'ada', password: 'wrong' })
    await (await open(library, 'old', 'guessed')).fails('invalid_client', 'password', { username: 'ada', password: 'pw' })
    // The call of old applications has no secret.
    await (await open(library, 'old', null)).does('password', { username: 'ada', password: 'pw' })
  })

  test(`${library}: a device, allowed and denied`, async () => {
    const start = async () => (await postForm(`${server.url}/oauth2.0/device_authorization`, { client_id: 'tv' })).json
    const [allowed, denied] = [await start(), await start()]
    const tv = await open(library, 'tv', null)
    await tv.fails('slow_down', 'device', { code: allowed['device_code'] })
    await visitDevice(server, String(allowed['verification_uri_complete']), 'allow')
    await visitDevice(server, String(denied['verification_uri_complete']), 'deny')
    await tv.does('device', { code: allowed['device_code'] })
    assert.equal((await tv.does('profile'))['id'], 'ada')
    await tv.fails('access_denied', 'device', { code: denied['device_code'] })
  })
}

test('authlib: a signed assertion instead of the secret, of ten minutes at most', async () => {
  const signing = (more: Json, secret?: string) => open('authlib', 'web', secret, { method: 'client_secret_jwt', ...more })
  const session = await signing({ assertion_life: 300 })
  await session.does('finish', { response: await goes(session) })
  const guessing = await signing({ assertion_life: 300 }, 'guessed')
  await guessing.fails('invalid_client', 'finish', { response: await goes(guessing) })
  // An hour, as the library has it by default.
  const longLived = await signing({})
  await longLived.fails('invalid_client', 'finish', { response: await goes(longLived) })
  await server.logged((line) => /it lives too long/.test(String(line['detail'])))
})

test('authlib: introspection by a resource server', async () => {
  const session = await open('authlib', 'web')
  const { access_token: token } = await session.does('finish', { response: await goes(session) })
  const api = await open('authlib', 'api')
  const { active, sub, client_id } = await api.does('introspect', { token })
  assert.deepEqual({ active, sub, client_id }, { active: true, sub: 'ada', client_id: 'web' })
  assert.equal((await api.does('introspect', { token: 'AT-1-guessed' }))['active'], false)
  assert.equal((await (await open('authlib', 'api', 'guessed')).does('introspect', { token }))['error'], 'invalid_client')
})

test('requests-oauthlib: the access token in the fragment of the redirect [S3-7]', async () => {
  const session = await open('requests-oauthlib', 'old')
  const returned = await visit(server, await session.does<string>('begin_implicit'))
  assert.equal(returned.search, '')
  assert.match(returned.hash, /^#access_token=AT-/)
  const token = await session.does('finish_implicit', { response: returned.href })
  assert.match(String(token['access_token']), /^AT-/)
  assert.equal((await session.does('profile'))['id'], 'ada')
})
