import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sealer } from '../../src/base/crypto.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { ticketGrantingCookie, warningCookie } from '../../src/sso/cookie.ts'
import { addressesIn } from '../../src/sso/pattern.ts'
import { type Overrides, recordingLog, route, testApp } from '../http/http-parts.ts'
import { frozenClock, key, ssoSettings } from './sso-parts.ts'

const ID = 'TGT-104233-abcDEF0123456789-sso1'

interface World {
  readonly settings?: Overrides
  readonly keys?: readonly string[]
  readonly contextPath?: string
}

/** A server whose /set gives out the cookie, /read says what it makes of it, /clear removes it. */
function cookieServer({ settings: overrides = {}, keys = ['one'], contextPath = '/cas' }: World = {}) {
  const clock = frozenClock()
  const { log, lines } = recordingLog()
  const settings = ssoSettings(overrides)
  const allowed = addressesIn(settings.cas.tgc.allowedIpAddressesPattern, 'cas.tgc.allowed-ip-addresses-pattern')
  const sealed = sealer(keys.map(key))
  const tgc = ticketGrantingCookie({ settings, contextPath, sealer: sealed, clock, log, metrics: noMetrics, isAllowedAddress: allowed })
  const warn = warningCookie(settings, contextPath)
  const app = testApp([
    route('/set', (call) => {
      tgc.set(call, ID, call.get('parameters').has('longTerm'))
      return call.text('')
    }),
    route('/read', (call) => call.json(tgc.read(call))),
    route('/clear', (call) => {
      tgc.clear(call)
      return call.text('')
    }),
    route('/clear-and-set', (call) => {
      tgc.clear(call)
      tgc.set(call, ID, false)
      return call.text('')
    }),
    route('/warn', (call) => {
      if (call.get('parameters').has('clear')) warn.clear(call)
      else warn.set(call)
      return call.text(String(warn.isSet(call)))
    }),
  ])
  const ask = (path: string, from: From = {}) => {
    const { address = '192.0.2.7', agent = 'Browser/1', cookie } = from
    const headers = new Headers({ 'user-agent': agent, ...(cookie === undefined ? {} : { cookie }) })
    if (agent === '') headers.delete('user-agent')
    return app.request(`/cas${path}`, { headers }, { peer: { address, serverAddress: '127.0.0.1', encrypted: true } })
  }
  const setCookies = async (path: string, from?: From) => (await ask(path, from)).headers.getSetCookie()
  const given = async (from?: From) => (await setCookies('/set', from))[0]?.split(';')[0] ?? ''
  const read = async (cookie: string, from: From = {}) => (await ask('/read', { ...from, cookie })).json()
  return { ask, setCookies, given, read, clock, lines }
}
interface From {
  readonly address?: string
  readonly agent?: string
  readonly cookie?: string
}

const masked = (line: string | undefined) => line?.replace(/=[A-Za-z0-9_-]{40,}/, '=<sealed>')

test('the ticket-granting cookie has the attributes of CAS', async () => {
  const server = cookieServer()
  assert.deepEqual((await server.setCookies('/set')).map(masked), ['TGC=<sealed>; Path=/cas/; SameSite=None; Secure; HttpOnly'])
  assert.deepEqual((await server.setCookies('/set?longTerm')).map(masked), [
    'TGC=<sealed>; Max-Age=1209600; Path=/cas/; SameSite=None; Secure; HttpOnly',
  ])
})

test('its removal names the same cookie and expires it', async () => {
  const removal = 'TGC=; Path=/cas/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly'
  assert.deepEqual(await cookieServer().setCookies('/clear'), [removal])
})

test('an answer that removes and sets the cookie has it once', async () => {
  assert.deepEqual((await cookieServer().setCookies('/clear-and-set')).map(masked), [
    'TGC=<sealed>; Path=/cas/; SameSite=None; Secure; HttpOnly',
  ])
})

test('its attributes follow the settings', async () => {
  const line = async (settings: Overrides, contextPath?: string) =>
    masked((await cookieServer({ settings, ...(contextPath === undefined ? {} : { contextPath }) }).setCookies('/set'))[0])
  assert.equal(await line({ 'cas.tgc.name': 'CASTGC' }), 'CASTGC=<sealed>; Path=/cas/; SameSite=None; Secure; HttpOnly')
  assert.equal(await line({ 'cas.tgc.path': '/' }), 'TGC=<sealed>; Path=/; SameSite=None; Secure; HttpOnly')
  assert.equal(await line({}, ''), 'TGC=<sealed>; Path=/; SameSite=None; Secure; HttpOnly')
  assert.equal(await line({ 'cas.tgc.autoConfigureCookiePath': false }), 'TGC=<sealed>; Path=/cas; SameSite=None; Secure; HttpOnly')
  assert.equal(
    await line({ 'cas.tgc.domain': 'example.org', 'cas.tgc.maxAge': 3600 }),
    'TGC=<sealed>; Max-Age=3600; Domain=example.org; Path=/cas/; SameSite=None; Secure; HttpOnly',
  )
  assert.equal(
    await line({ 'cas.tgc.httpOnly': false, 'cas.tgc.sameSitePolicy': 'strict' }),
    'TGC=<sealed>; Path=/cas/; SameSite=Strict; Secure',
  )
  assert.equal(await line({ 'cas.tgc.sameSitePolicy': 'Off' }), 'TGC=<sealed>; Path=/cas/; Secure; HttpOnly')
  assert.equal(await line({ 'cas.tgc.sameSitePolicy': 'whatever' }), 'TGC=<sealed>; Path=/cas/; SameSite=None; Secure; HttpOnly')
  assert.equal(await line({ 'cas.tgc.secure': false }), 'TGC=<sealed>; Path=/cas/; SameSite=Lax; HttpOnly')
  assert.equal(await line({ 'castellan.cookies.sameSiteDefault': 'Lax' }), 'TGC=<sealed>; Path=/cas/; SameSite=Lax; Secure; HttpOnly')
})

test('the cookie names its session to the browser it was given to', async () => {
  const server = cookieServer()
  assert.deepEqual(await server.read(await server.given()), { kind: 'session', id: ID })
  assert.equal((await server.given()).includes(ID), false)
})

test('from another address or another agent it names none, and the log says which part differed, once a minute', async () => {
  const server = cookieServer()
  const cookie = await server.given()
  assert.deepEqual(await server.read(cookie, { address: '192.0.2.8' }), { kind: 'rejected', fault: 'address' })
  assert.deepEqual(await server.read(cookie, { agent: 'Browser/2' }), { kind: 'rejected', fault: 'user-agent' })
  await server.read(cookie, { agent: 'Browser/2' })
  const told = () => server.lines.filter((line) => line['event'] === 'tgc-rejected').map((line) => `${line['address']} ${line['reason']}`)
  assert.deepEqual(told(), ['192.0.2.8 address', '192.0.2.7 user-agent'])
  server.clock.advance(60_000)
  await server.read(cookie, { agent: 'Browser/2' })
  assert.equal(told().length, 3)
  assert.equal(JSON.stringify(server.lines).includes(ID), false)
})

test('an address that the settings tolerate may differ, its agent may not', async () => {
  const server = cookieServer({ settings: { 'cas.tgc.allowedIpAddressesPattern': '^10\\.' } })
  const cookie = await server.given()
  assert.deepEqual(await server.read(cookie, { address: '10.4.5.6' }), { kind: 'session', id: ID })
  assert.deepEqual(await server.read(cookie, { address: '192.0.2.10' }), { kind: 'rejected', fault: 'address' })
  assert.deepEqual(await server.read(cookie, { address: '10.4.5.6', agent: 'x' }), { kind: 'rejected', fault: 'user-agent' })
})

test('without pinning it counts from everywhere', async () => {
  const pinned = cookieServer()
  const free = cookieServer({ settings: { 'cas.tgc.pinToSession': false } })
  const elsewhere = { address: '2001:db8::1', agent: 'x' }
  assert.deepEqual(await free.read(await free.given(), elsewhere), { kind: 'session', id: ID })
  assert.deepEqual(await free.read(await pinned.given(), elsewhere), { kind: 'session', id: ID })
  assert.deepEqual(await pinned.read(await free.given()), { kind: 'rejected', fault: 'address' })
})

test('agents with @, without anything, and of any length keep their session, and the cookie stays small', async () => {
  const server = cookieServer()
  for (const agent of ['me@example.org@@/1', '', 'x'.repeat(6000)]) {
    const cookie = await server.given({ agent })
    assert.ok(cookie.length < 4096)
    assert.deepEqual(await server.read(cookie, { agent }), { kind: 'session', id: ID }, agent.slice(0, 20))
  }
})

test('what was not sealed here names no session', async () => {
  const server = cookieServer()
  const good = await server.given()
  const other = await cookieServer({ keys: ['other'] }).given()
  const flipped = good.slice(0, -1) + (good.endsWith('A') ? 'B' : 'A')
  for (const cookie of ['TGC=garbage', 'TGC=AAAA', `TGC=${ID}`, other, flipped, good.slice(0, -4)]) {
    assert.deepEqual(await server.read(cookie), { kind: 'rejected', fault: 'unreadable' }, cookie)
  }
  for (const cookie of ['TGC=', `XTGC=${good.slice(4)}`, `TGC=${'A'.repeat(5000)}`]) {
    assert.deepEqual(await server.read(cookie), { kind: 'absent' }, cookie.slice(0, 20))
  }
})

test('a key that was replaced still opens what it sealed, and says that it is the old one', async () => {
  const before = await cookieServer({ keys: ['old'] }).given()
  assert.deepEqual(await cookieServer({ keys: ['new', 'old'] }).read(before), { kind: 'session', id: ID, isOld: true })
})

test('the session is taken from the cookie only, not from a header or a parameter of its name', async () => {
  const server = cookieServer()
  const value = (await server.given()).slice(4)
  assert.deepEqual(await (await server.ask(`/read?TGC=${value}`)).json(), { kind: 'absent' })
})

test('with crypto off the cookie is the bare id', async () => {
  const server = cookieServer({ settings: { 'cas.tgc.crypto.enabled': false } })
  assert.equal(await server.given(), `TGC=${ID}`)
  assert.deepEqual(await server.read(`TGC=${ID}`, { address: '198.51.100.1', agent: 'x' }), { kind: 'session', id: ID })
})

test('the warning cookie sends no SameSite unless the settings say so, and counts with the value true only', async () => {
  const server = cookieServer()
  assert.deepEqual(await server.setCookies('/warn'), ['CASPRIVACY=true; Path=/cas/; Secure; HttpOnly'])
  assert.deepEqual(await server.setCookies('/warn?clear'), [
    'CASPRIVACY=; Path=/cas/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly',
  ])
  assert.equal(await (await server.ask('/warn', { cookie: 'CASPRIVACY=true' })).text(), 'true')
  assert.equal(await (await server.ask('/warn', { cookie: 'CASPRIVACY=false' })).text(), 'false')
  const strict = cookieServer({ settings: { 'cas.warningCookie.sameSitePolicy': 'Strict', 'cas.warningCookie.maxAge': 60 } })
  assert.deepEqual(await strict.setCookies('/warn'), ['CASPRIVACY=true; Max-Age=60; Path=/cas/; SameSite=Strict; Secure; HttpOnly'])
})

test('a pattern of addresses that cannot be read stops the start and names the setting', () => {
  assert.throws(
    () => cookieServer({ settings: { 'cas.tgc.allowedIpAddressesPattern': '(' } }),
    /^StartRefusal: cas\.tgc\.allowed-ip-addresses-pattern /,
  )
})
