import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { route, testApp } from './http-parts.ts'

const LONG = 'a word and another '.repeat(200)
const answer = (body: string, headers: Record<string, string>) => () => new Response(body, { headers })
const routes = [
  route('/page', answer(LONG, { 'content-type': 'text/html;charset=UTF-8', vary: 'Accept-Language' })),
  route('/short', answer('short', { 'content-type': 'text/html' })),
  route('/image', answer(LONG, { 'content-type': 'image/png' })),
  route('/strong', answer(LONG, { 'content-type': 'application/json', etag: '"1"' })),
  route('/weak', answer(LONG, { 'content-type': 'application/json', etag: 'W/"1"' })),
  route('/done', answer(LONG, { 'content-type': 'text/html', 'content-encoding': 'br' })),
]
const GZIP = { 'accept-encoding': 'deflate, gzip;q=0.8' }

test('long texts are compressed for whoever accepts it, and the answer says of what it depends', async () => {
  const app = testApp(routes)
  const compressed = await app.request('/cas/page', { headers: GZIP })
  assert.equal(compressed.headers.get('content-encoding'), 'gzip')
  assert.equal(compressed.headers.get('vary'), 'Accept-Language, Accept-Encoding')
  assert.match(compressed.headers.get('content-security-policy') ?? '', /default-src/)
  const bytes = Buffer.from(await compressed.arrayBuffer())
  assert.ok(bytes.length < LONG.length / 4)
  assert.equal(gunzipSync(bytes).toString(), LONG)
  assert.equal((await app.request('/cas/weak', { headers: GZIP })).headers.get('content-encoding'), 'gzip')
})

test('what is short, of another type, compressed already, or has a strong tag is sent as it is', async () => {
  const app = testApp(routes)
  for (const [path, encoding] of [
    ['/short', null],
    ['/image', null],
    ['/strong', null],
    ['/done', 'br'],
  ] as const) {
    const sent = await app.request(`/cas${path}`, { headers: GZIP })
    assert.equal(sent.headers.get('content-encoding'), encoding, path)
    if (path === '/short') assert.equal(await sent.text(), 'short')
  }
})

test('nobody gets what he does not accept', async () => {
  const app = testApp(routes)
  for (const accept of [undefined, 'br', 'identity', 'gzip;q=0', 'gzip; q=0.0, br', 'xgzip']) {
    const sent = await app.request('/cas/page', accept === undefined ? {} : { headers: { 'accept-encoding': accept } })
    assert.equal(sent.headers.get('content-encoding'), null, String(accept))
  }
  for (const accept of ['gzip', '*', 'br;q=1, gzip;q=0.5', 'GZIP', 'gzip ; q=1.0']) {
    const sent = await app.request('/cas/page', { headers: { 'accept-encoding': accept } })
    assert.equal(sent.headers.get('content-encoding'), 'gzip', accept)
  }
})

test('the settings say which types, from which size on, and whether at all', async () => {
  const off = testApp(routes, { 'server.compression.enabled': false })
  assert.equal((await off.request('/cas/page', { headers: GZIP })).headers.get('content-encoding'), null)
  const large = testApp(routes, { 'server.compression.minResponseSize': 1_000_000 })
  assert.equal((await large.request('/cas/page', { headers: GZIP })).headers.get('content-encoding'), null)
  const images = testApp(routes, { 'server.compression.mimeTypes': ['image/png'] })
  assert.equal((await images.request('/cas/image', { headers: GZIP })).headers.get('content-encoding'), 'gzip')
  assert.equal((await images.request('/cas/page', { headers: GZIP })).headers.get('content-encoding'), null)
})
