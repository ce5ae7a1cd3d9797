import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { requireApache, startApache } from '../support/apache.ts'
import { type Castellan, freePort } from '../support/castellan.ts'
import { authorizeUrl, basic, exchange, postForm } from '../support/oauth.ts'
import { type Program, programFolder } from '../support/program.ts'
import { AWKWARD_SECRET, startOAuth, visit } from './oauth-server.ts'

let server: Castellan
let apache: Program
let folder: AsyncDisposable & { readonly path: string }
let site: string

/** Apache as a resource server: it asks about each token that it has not seen, and lets in by what it hears. */
const directives = () => `${['api', 'guessing']
  .map(
    (name) => `
<Location /${name}/>
  AuthType oauth2
  OAuth2TokenVerify introspect ${server.url}/oauth2.0/introspect introspect.ssl_verify=false&introspect.auth=client_secret_basic&client_id=api&client_secret=${name === 'api' ? 'secret%20of%20api' : 'guessed'}&expiry=1
  OAuth2TargetPass remote_user_claim=sub
  Require valid-user
</Location>`,
  )
  .join('')}
<Location /signed/>
  AuthType oauth2
  OAuth2TokenVerify jwks_uri ${server.url}/oauth2.0/jwks jwks_uri.ssl_verify=false&verify.exp=required
  OAuth2TargetPass remote_user_claim=sub
  Require oauth2_claim client_id:jwt
</Location>
<Location /api/orders/>
  Require oauth2_claim client_id:web
</Location>
`

const PAGE = `user=<!--#echo var="REMOTE_USER" -->
scope=<!--#echo var="OAUTH2_CLAIM_scope" -->
client=<!--#echo var="OAUTH2_CLAIM_client_id" -->
`

before(async () => {
  requireApache('oauth2')
  folder = await programFolder('apache-oauth2')
  server = await startOAuth()
  const port = await freePort()
  site = `http://localhost:${port}`
  apache = await startApache({
    folder: folder.path,
    port,
    modules: ['oauth2'],
    logLevel: 'warn oauth2:debug',
    directives: directives(),
    pages: { 'api/index.html': PAGE, 'api/orders/index.html': PAGE, 'guessing/index.html': PAGE, 'signed/index.html': PAGE },
  })
})

after(async () => {
  await apache?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
})

async function ask(path: string, token?: string) {
  const response = await fetch(`${site}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, challenge: response.headers.get('www-authenticate') ?? '', text: await response.text() }
}

async function tokenOf() {
  const code = (await visit(server, authorizeUrl(server.url, 'web', { scope: 'orders.read' }))).searchParams.get('code') ?? ''
  const { json } = await exchange(server.url, 'web', code)
  return { access: String(json['access_token']), refresh: String(json['refresh_token']) }
}

test('mod_oauth2 lets in who comes with a token, and hands on whose it is, from which client and for what', async () => {
  const { access } = await tokenOf()
  const { status, text } = await ask('/api/', access)
  assert.equal(status, 200, await readFile(join(folder.path, 'error.log'), 'utf8'))
  assert.equal(text, 'user=ada\nscope=orders.read\nclient=web\n')
  assert.equal((await ask('/api/orders/', access)).status, 200)
})

test('mod_oauth2 turns away no token, unknown tokens and revoked ones', async () => {
  const none = await ask('/api/')
  assert.equal(none.status, 401)
  assert.match(none.challenge, /^Bearer/)
  assert.equal((await ask('/api/', 'AT-1-guessed')).status, 401)
  const { access } = await tokenOf()
  await postForm(`${server.url}/oauth2.0/revoke`, { token: access }, basic('web', 'secret of web'))
  assert.equal((await ask('/api/', access)).status, 401)
})

test('mod_oauth2 lets a program in for itself, but not where it asks for another client', async () => {
  const { json } = await postForm(`${server.url}/oauth2.0/accessToken`, {
    grant_type: 'client_credentials',
    client_id: 'batch',
    client_secret: AWKWARD_SECRET,
  })
  const token = String(json['access_token'])
  assert.match((await ask('/api/', token)).text, /user=batch\n/)
  assert.equal((await ask('/api/orders/', token)).status, 401)
})

test('mod_oauth2 hears nothing about tokens when its own secret is wrong', async () => {
  const { access } = await tokenOf()
  assert.equal((await ask('/guessing/', access)).status, 401)
  await server.logged((line) => line.msg === 'oauth request refused' && /wrong secret for api/.test(String(line['detail'])))
})

test('mod_oauth2 verifies JWTs by the key set, without asking, and takes none that was changed or is no JWT', async () => {
  const code = (await visit(server, authorizeUrl(server.url, 'jwt', { scope: 'orders.read' }))).searchParams.get('code') ?? ''
  const token = String((await exchange(server.url, 'jwt', code)).json['access_token'])
  const { status, text } = await ask('/signed/', token)
  assert.equal(status, 200, await readFile(join(folder.path, 'error.log'), 'utf8'))
  assert.equal(text, 'user=ada\nscope=orders.read\nclient=jwt\n')
  const [header, claims = '', signature] = token.split('.')
  const changed = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'grace' })).toString(
    'base64url',
  )
  assert.equal((await ask('/signed/', `${header}.${changed}.${signature}`)).status, 401)
  assert.equal((await ask('/signed/', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`)).status, 401)
  assert.equal((await ask('/signed/', (await tokenOf()).access)).status, 401)
})
