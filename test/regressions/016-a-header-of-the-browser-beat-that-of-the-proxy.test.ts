import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Overrides, route, testApp } from '../http/http-parts.ts'

/**
 * Where the proxy names the client in a header of its own (X-Real-IP) and passes X-Forwarded-For on as it came, the latter was looked at first: whoever
 * sent one chose the address that throttling counts and cookies are pinned to.
 */
test('a header that the settings name counts before X-Forwarded-For, which nobody asked for', async () => {
  const show = route('/login', (call) => new Response(call.get('client').address))
  const ask = async (headers: Record<string, string>, overrides: Overrides) => {
    const peer = { address: '10.0.0.2', serverAddress: '10.0.0.1', encrypted: false }
    return (await testApp([show], overrides).request('/cas/login', { headers }, { peer })).text()
  }
  const both = { 'x-real-ip': '203.0.113.7', 'cf-connecting-ip': '203.0.113.8', 'x-forwarded-for': '1.1.1.1' }
  const remote = { 'server.tomcat.remoteip.remoteIpHeader': 'X-Real-IP' }
  const alternate = { 'cas.audit.engine.alternateClientAddrHeaderName': 'CF-Connecting-IP' }
  assert.equal(await ask(both, remote), '203.0.113.7')
  assert.equal(await ask(both, alternate), '203.0.113.8')
  assert.equal(await ask(both, { ...remote, ...alternate }), '203.0.113.8')
  assert.equal(await ask(both, {}), '1.1.1.1')
  assert.equal(await ask({ 'x-forwarded-for': '1.1.1.1' }, remote), '1.1.1.1', 'where the proxy says nothing in its own')
})
