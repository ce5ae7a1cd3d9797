import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyServiceHeaders } from '../../src/http/index.ts'
import { echo, route, testApp } from './http-parts.ts'

const secure = { peer: { address: '203.0.113.7', serverAddress: '192.0.2.1', encrypted: true } }

test('every answer over https carries the headers of CAS and a strict policy', async () => {
  const app = testApp()
  const { headers } = await app.request('/cas/login', {}, secure)
  const expected = {
    'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
    pragma: 'no-cache',
    expires: '0',
    'strict-transport-security': 'max-age=15768000 ; includeSubDomains',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'x-xss-protection': '1; mode=block',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(headers.get(name), value, name)
  const policy = headers.get('content-security-policy') ?? ''
  assert.match(
    policy,
    /^default-src 'none'; script-src 'self' 'nonce-[\w-]{22}'; style-src 'self' 'nonce-[\w-]{22}';.*frame-ancestors 'none'$/,
  )
  assert.doesNotMatch(policy, /form-action|unsafe/)
  for (const path of ['/cas/nowhere', '/cas/login?service=a&service=b']) {
    const error = await app.request(path, {}, secure)
    assert.ok(error.status >= 400)
    assert.equal(error.headers.get('x-frame-options'), 'DENY', path)
    assert.ok(error.headers.get('content-security-policy'), path)
  }
})

test('the nonce of the policy is that of the call and never the same twice', async () => {
  const app = testApp([route('/login', (call) => new Response(call.get('nonce')))])
  const seen = new Set<string>()
  for (let turn = 0; turn < 600; turn++) {
    const answer = await app.request('/cas/login')
    const nonce = await answer.text()
    assert.ok(answer.headers.get('content-security-policy')?.includes(`'nonce-${nonce}'`))
    seen.add(nonce)
  }
  assert.equal(seen.size, 600)
})

test('plain http gets no Strict-Transport-Security', async () => {
  assert.equal((await testApp().request('/cas/login')).headers.get('strict-transport-security'), null)
})

test('static files may be kept by browsers', async () => {
  const app = testApp([route('/css/cas.css', echo), route('/login.txt/x', echo)])
  assert.equal((await app.request('/cas/css/cas.css?v=1')).headers.get('cache-control'), null)
  assert.ok((await app.request('/cas/login.txt/x')).headers.get('cache-control'))
})

test('each header can be switched off or changed', async () => {
  const { headers } = await testApp(undefined, {
    'cas.httpWebRequest.header.cache': false,
    'cas.httpWebRequest.header.hstsOptions': 'max-age=1',
    'cas.httpWebRequest.header.xframeOptions': 'SAMEORIGIN',
    'cas.httpWebRequest.header.xcontent': false,
    'cas.httpWebRequest.header.xss': false,
    'cas.httpWebRequest.customHeaders': { 'X-Mine': 'yes' },
  }).request('/cas/login', {}, secure)
  assert.equal(headers.get('cache-control'), null)
  assert.equal(headers.get('strict-transport-security'), 'max-age=1')
  assert.equal(headers.get('x-frame-options'), 'SAMEORIGIN')
  assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'self'$/)
  assert.equal(headers.get('x-content-type-options'), null)
  assert.equal(headers.get('x-xss-protection'), null)
  assert.equal(headers.get('x-mine'), 'yes')
  const none = (await testApp(undefined, { 'cas.httpWebRequest.header.enabled': false }).request('/cas/login', {}, secure)).headers
  for (const name of ['cache-control', 'x-frame-options', 'content-security-policy', 'strict-transport-security'])
    assert.equal(none.get(name), null)
})

test('a page may have its own policy, a configured one wins over it', async () => {
  const routes = [route('/login', () => new Response('', { headers: { 'Content-Security-Policy': "script-src 'none'" } }))]
  const policyOf = async (overrides: object) => {
    const answer = await testApp(routes, { ...overrides }).request('/cas/login')
    return answer.headers.get('content-security-policy') ?? ''
  }
  assert.equal(await policyOf({}), "script-src 'none'")
  assert.match(
    await policyOf({ 'cas.httpWebRequest.header.contentSecurityPolicy': "script-src 'nonce-@nonce@'; img-src *" }),
    /^script-src 'nonce-[\w-]{22}'; img-src \*$/,
  )
})

test('the definition of an application changes the headers while it is processed', async () => {
  const properties: Record<string, string> = {}
  const app = testApp([
    route('/login', (call) => {
      applyServiceHeaders(call, (name) => properties[name])
      return new Response('')
    }),
  ])
  const headersWith = async (changes: Record<string, string>) => {
    for (const name of Object.keys(properties)) delete properties[name]
    Object.assign(properties, changes)
    return (await app.request('/cas/login', {}, secure)).headers
  }
  const framed = await headersWith({ httpHeaderXFrameOptions: 'SAMEORIGIN', httpHeaderStrictTransportSecurity: 'max-age=9' })
  assert.equal(framed.get('x-frame-options'), 'SAMEORIGIN')
  assert.match(framed.get('content-security-policy') ?? '', /frame-ancestors 'self'$/)
  assert.equal(framed.get('strict-transport-security'), 'max-age=9')
  const off = await headersWith({
    httpHeaderEnableCacheControl: 'false',
    httpHeaderEnableXContentOptions: 'false',
    httpHeaderEnableXFrameOptions: 'false',
    httpHeaderEnableStrictTransportSecurity: 'false',
    httpHeaderEnableXSSProtection: 'false',
  })
  for (const name of ['cache-control', 'x-content-type-options', 'x-frame-options', 'strict-transport-security', 'x-xss-protection']) {
    assert.equal(off.get(name), null, name)
  }
  assert.doesNotMatch(off.get('content-security-policy') ?? '', /frame-ancestors/)
  assert.equal((await headersWith({ httpHeaderEnableContentSecurityPolicy: 'false' })).get('content-security-policy'), null)
  assert.equal((await headersWith({ httpHeaderXFrameOptions: 'x\r\nSet-Cookie: a=b' })).get('x-frame-options'), 'DENY')
})
