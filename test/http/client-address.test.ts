import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { plainAddress } from '../../src/http/index.ts'
import { type Overrides, route, testApp } from './http-parts.ts'

const show = route('/login', (call) => {
  const { address, secure, serverAddress } = call.get('client')
  return new Response(`${address} ${secure ? 'https' : 'http'} ${serverAddress}`)
})

async function ask(from: string, headers: Record<string, string>, overrides: Overrides = {}, encrypted = false): Promise<string> {
  const app = testApp([show], overrides)
  const answer = await app.request('/cas/login', { headers }, { peer: { address: from, serverAddress: '192.0.2.1', encrypted } })
  return answer.text()
}

test('headers of a stranger about its own address are ignored', async () => {
  const forged = { 'x-forwarded-for': '10.0.0.1', 'x-forwarded-proto': 'https', forwarded: 'for=10.0.0.1;proto=https' }
  for (const strategy of ['NATIVE', 'FRAMEWORK', 'NONE']) {
    assert.equal(await ask('203.0.113.7', forged, { 'server.forwardHeadersStrategy': strategy }), '203.0.113.7 http 192.0.2.1')
  }
})

test('a trusted proxy says for whom it speaks; the first address from the right that is no proxy counts', async () => {
  for (const [list, client] of [
    ['203.0.113.7', '203.0.113.7'],
    ['1.1.1.1, 203.0.113.7', '203.0.113.7'],
    ['1.1.1.1,203.0.113.7 , 10.9.9.9', '203.0.113.7'],
    ['10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['1.1.1.1, unknown, 10.2.2.2', '10.2.2.2'],
    ['<script>', '10.0.0.2'],
    ['', '10.0.0.2'],
    ['[2001:DB8::1]:4711', '2001:db8::1'],
    ['203.0.113.7:80', '203.0.113.7'],
    [`${'1.1.1.1,'.repeat(5000)}203.0.113.7`, '203.0.113.7'],
  ] as const) {
    assert.equal(await ask('10.0.0.2', { 'x-forwarded-for': list }), `${client} http 192.0.2.1`, list.slice(0, 50))
  }
  for (const proxy of ['::ffff:10.0.0.2', '127.0.0.1', '::1', '192.168.3.4', '172.31.0.1', '100.127.0.1', 'fe80::1%eth0', 'fd00::1']) {
    assert.match(await ask(proxy, { 'x-forwarded-for': '203.0.113.7' }), /^203\.0\.113\.7 /, proxy)
  }
  for (const stranger of ['172.32.0.1', '100.128.0.1', '11.0.0.1', '2001:db8::2']) {
    assert.ok((await ask(stranger, { 'x-forwarded-for': '203.0.113.7' })).startsWith(stranger), stranger)
  }
})

test('a trusted proxy says whether the browser spoke https', async () => {
  assert.match(await ask('10.0.0.2', { 'x-forwarded-proto': 'https' }), /https/)
  assert.match(await ask('10.0.0.2', { 'x-forwarded-proto': 'https,http' }), /http /)
  assert.match(await ask('10.0.0.2', { 'x-forwarded-proto': 'http' }, {}, true), /http /)
  assert.match(await ask('10.0.0.2', {}, {}, true), /https/)
  assert.match(await ask('203.0.113.7', {}, { 'cas.server.tomcat.httpProxy.enabled': true }), /https/)
})

test('which proxies are trusted and which headers they use are settings', async () => {
  const only = { 'server.tomcat.remoteip.internalProxies': '192\\.0\\.2\\.9' }
  assert.match(await ask('192.0.2.9', { 'x-forwarded-for': '203.0.113.7' }, only), /^203/)
  assert.match(await ask('10.0.0.2', { 'x-forwarded-for': '203.0.113.7' }, only), /^10/)
  assert.match(await ask('192.0.2.99', { 'x-forwarded-for': '203.0.113.7' }, only), /^192\.0\.2\.99/)
  const named = { 'cas.audit.engine.alternateClientAddrHeaderName': 'CF-Connecting-IP' }
  assert.match(await ask('10.0.0.2', { 'cf-connecting-ip': '203.0.113.7', 'x-forwarded-for': '1.1.1.1' }, named), /^203/)
  assert.match(await ask('10.0.0.2', { 'x-forwarded-for': '1.1.1.1' }, named), /^1\.1/)
  assert.match(await ask('203.0.113.9', { 'cf-connecting-ip': '1.1.1.1' }, named), /^203/)
  const header = { 'server.tomcat.remoteip.remoteIpHeader': 'X-Real-IP', 'cas.audit.engine.alternateClientAddrHeaderName': '' }
  assert.match(await ask('10.0.0.2', { 'x-real-ip': '203.0.113.7', 'x-forwarded-for': '1.1.1.1' }, header), /^203/)
})

test('in which header, and by which word, a proxy says https are settings; so is what it says of itself', async () => {
  const named = { 'server.tomcat.remoteip.protocolHeader': 'X-Scheme', 'server.tomcat.remoteip.protocolHeaderHttpsValue': 'tls' }
  assert.match(await ask('10.0.0.2', { 'x-scheme': 'TLS' }, named), /https/)
  assert.match(await ask('10.0.0.2', { 'x-scheme': 'https' }, named), /http /)
  assert.match(await ask('10.0.0.2', { 'x-forwarded-proto': 'https' }, named), /http /)
  const proxy = { 'cas.server.tomcat.httpProxy.enabled': true, 'cas.server.tomcat.httpProxy.secure': false }
  assert.match(await ask('203.0.113.7', {}, { ...proxy, 'cas.server.tomcat.httpProxy.scheme': 'http' }), /http /)
  assert.match(await ask('203.0.113.7', {}, { ...proxy, 'cas.server.tomcat.httpProxy.scheme': 'https' }), /https/)
})

test('the strategy FRAMEWORK reads the header Forwarded too, NONE reads nothing', async () => {
  const framework = { 'server.forwardHeadersStrategy': 'FRAMEWORK' }
  const forwarded = 'for=1.1.1.1, for="[2001:db8::1]:80";proto=https;by=10.0.0.2'
  assert.equal(await ask('10.0.0.2', { forwarded }, framework), '2001:db8::1 https 192.0.2.1')
  assert.match(await ask('10.0.0.2', { forwarded }), /^10\.0\.0\.2 http /)
  assert.match(await ask('10.0.0.2', { 'x-forwarded-for': '203.0.113.7' }, framework), /^203/)
  assert.match(await ask('10.0.0.2', { 'x-forwarded-for': '203.0.113.7' }, { 'server.forwardHeadersStrategy': 'NONE' }), /^10/)
})

test('only clients that the settings allow are served', async () => {
  const app = testApp([show], {
    'cas.server.tomcat.remoteAddr.enabled': true,
    'cas.server.tomcat.remoteAddr.allowedClientIpAddressRegex': '203\\.0\\.113\\..+',
    'cas.server.tomcat.remoteAddr.deniedClientIpAddressRegex': '203\\.0\\.113\\.66',
  })
  const statusFor = async (address: string) =>
    (await app.request('/cas/login', {}, { peer: { address, serverAddress: '', encrypted: true } })).status
  assert.equal(await statusFor('203.0.113.7'), 200)
  assert.equal(await statusFor('203.0.113.66'), 403)
  assert.equal(await statusFor('198.51.100.1'), 403)
})

test('a pattern that cannot be read names its setting', () => {
  assert.throws(
    () => testApp([], { 'server.tomcat.remoteip.internalProxies': '(' }),
    (error: Error) => error instanceof StartRefusal && error.message.startsWith('server.tomcat.remoteip.internal-proxies '),
  )
})

test('an address is recognised in every form in which it is written, and nothing else is', () => {
  assert.equal(plainAddress(' 10.0.0.1 '), '10.0.0.1')
  assert.equal(plainAddress('::ffff:10.0.0.1'), '10.0.0.1')
  assert.equal(plainAddress('[::1]'), '::1')
  for (const text of ['', 'localhost', '10.0.0', '10.0.0.1.', '1.2.3.4, 5.6.7.8', '[', '[]', '::1]', 'x'.repeat(1000), '10.0.0.1\r\nX: y'])
    assert.equal(plainAddress(text), undefined, text)
})
