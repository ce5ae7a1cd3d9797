import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { sealer } from '../../src/base/crypto.ts'
import { httpCaller } from '../../src/base/http-call.ts'
import { silentLog } from '../../src/base/log.ts'
import { escapeXml } from '../../src/base/xml.ts'
import {
  authenticationToBody,
  logoutNotices,
  NOTICE,
  type SsoConfig,
  singleLogout,
  singleLogoutKinds,
  ssoConfig,
} from '../../src/sso/index.ts'
import { deliveries } from '../../src/sso/single-logout/delivery.ts'
import { logoutRequestXml, packedRequest } from '../../src/sso/single-logout/request.ts'
import { startCleaner, ticketKinds } from '../../src/tickets/index.ts'
import { memoryRegistry } from '../../src/tickets/registry/memory.ts'
import { settingsOf } from '../http/http-parts.ts'
import { APP, casWorld, definition } from '../protocols/cas/cas-world.ts'
import { eventually } from '../support/castellan.ts'
import { httpStub } from '../support/http-stub.ts'
import { ticketSettings } from '../tickets/settings.ts'
import { authenticationOf, key } from './sso-parts.ts'

test('a logout message is one line, as clients look for it, with what a name may hold escaped', () => {
  const xml = logoutRequestXml({
    id: 'LR-19-kd83',
    issuedAtMs: Date.UTC(2031, 2, 9, 9, 1, 10, 999),
    nameId: `o'brien & <co>`,
    sessionIndex: 'ST-7-Qm4-sso1',
  })
  assert.equal(
    xml,
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="LR-19-kd83" Version="2.0" IssueInstant="2031-03-09T09:01:10Z">' +
      '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">o&#39;brien &amp; &lt;co&gt;</saml:NameID>' +
      '<samlp:SessionIndex>ST-7-Qm4-sso1</samlp:SessionIndex></samlp:LogoutRequest>',
  )
  assert.equal(inflateRawSync(Buffer.from(packedRequest(xml), 'base64')).toString(), xml)
  assert.equal(escapeXml('a\u0000b'), 'ab')
})

/** Timers that a test lets run. */
function timers() {
  const waiting: { ms: number; run: () => void }[] = []
  return {
    waiting,
    after(ms: number, run: () => void) {
      const entry = { ms, run }
      waiting.push(entry)
      return { cancel: () => void waiting.splice(waiting.indexOf(entry), 1) }
    },
    next() {
      const entry = waiting.shift()
      entry?.run()
      return entry?.ms
    },
  }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a message that does not arrive is tried again after 5 and 60 seconds, then given up', async () => {
  const clock = timers()
  const queue = deliveries({ after: clock.after })
  let tries = 0
  const ends: (string | undefined)[] = []
  await queue.add({
    host: 'a',
    send: async () => {
      tries++
      return 'status 500'
    },
    done: (failure) => void ends.push(failure),
  })
  assert.equal(queue.waiting, 1)
  assert.equal(clock.next(), 5_000)
  await turn()
  assert.equal(clock.next(), 60_000)
  await turn()
  assert.equal(tries, 3)
  assert.deepEqual(ends, ['status 500'])
  assert.equal(clock.waiting.length, 0)
  assert.equal(queue.waiting, 0)
  await queue.close()
})

test('a slow host gets four messages at a time and holds up no other', async () => {
  const queue = deliveries({ after: timers().after })
  let slow = 0
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
  const ends: string[] = []
  const message = (host: string) => ({
    host,
    send: async () => {
      if (host !== 'slow') return undefined
      slow++
      return released
    },
    done: () => void ends.push(host),
  })
  const all = [
    ...Array.from({ length: 100 }, () => queue.add(message('slow'))),
    ...Array.from({ length: 100 }, (_, n) => queue.add(message(`quick${n}`))),
  ]
  await Promise.all(all.slice(100))
  assert.equal(slow, 4)
  assert.equal(ends.length, 100)
  release(undefined)
  await Promise.all(all)
  assert.equal(slow, 100)
  assert.equal(ends.length, 200)
  await queue.close()
})

test('after the end nothing is begun and nobody waits for ever', async () => {
  const clock = timers()
  const queue = deliveries({ after: clock.after })
  await queue.add({ host: 'a', send: async () => 'no', done: () => assert.fail('not given up: its notice stays') })
  await queue.close()
  assert.equal(clock.waiting.length, 0)
  await queue.add({ host: 'a', send: async () => assert.fail('closed'), done: () => assert.fail('closed') })
})

test('what a process that died has left is told by the next one that looks, and the notice shows nobody a ticket', async () => {
  await using world = await casWorld()
  await using application = await httpStub((_call, response) => response.writeHead(200).end())
  await world.write('Application-1.json', definition(1, '^https://app\\.example\\.org.*', { logoutUrl: `${application.url}/out` }))
  await world.services.reload()
  const { clock, services } = world
  const common = { sealer: sealer([key('logout')]), clock, log: silentLog }
  let next = 100_000
  const newTicketId = (kind: string) => `${kind}-${++next}-abcDEFghiJKLmnoPQRstuVWXyz${next}-sso1`
  const registry = memoryRegistry({
    idKey: key('ids'),
    catalogue: [...ticketKinds, ...singleLogoutKinds],
    maxTickets: 100,
    clock,
    lastWords: logoutNotices({ ...common, newTicketId }),
  })
  const session = newTicketId('TGT')
  const ticketId = newTicketId('ST')
  await registry.add({
    id: session,
    kind: 'TGT',
    createdAtMs: clock(),
    policy: {},
    principalId: 'casuser',
    body: authenticationToBody(authenticationOf('casuser')),
  })
  const ticket = { id: ticketId, kind: 'ST', createdAtMs: clock(), policy: { timeToLiveInSeconds: 10 }, parentId: session, body: {} }
  await registry.grantChild(session, ticket, { service: { service: APP, ticketId, grantedAtMs: clock() }, mode: 'all' })
  const ended = await registry.destroyTree(session, 'logout')
  const notice = await registry.get(ended?.leftId ?? '')
  assert.ok(notice && !JSON.stringify(notice).includes(ticketId) && !JSON.stringify(notice).includes('casuser'))

  // Nobody told anybody: the process is gone.
  clock.advance(300_001)
  const calls = httpCaller()
  const slo = singleLogout({
    ...common,
    settings: settingsOf<SsoConfig>(ssoConfig, {}),
    services,
    registry,
    calls,
    newRequestId: () => 'LR-1-x',
    prefix: 'https://sso.example.org/cas',
  })
  const settings = ticketSettings({})
  const cleaner = startCleaner({
    ...common,
    registry,
    settings,
    hostName: 'sso1',
    onExpiredSession: async () => {},
    overdue: { [NOTICE]: (due) => slo.takeUp(due) },
  })
  await cleaner.run()
  await eventually('the message', () => application.calls.length === 1 || undefined)
  assert.match(new URLSearchParams(application.calls[0]?.body).get('logoutRequest') ?? '', new RegExp(`<samlp:SessionIndex>${ticketId}<`))
  await eventually('the notice is gone', async () => (await registry.counts())[NOTICE] === 0 || undefined)
  assert.deepEqual(slo.outcomes(), { delivered: 1, failed: 0, waiting: 0 })
  clock.advance(300_001)
  await cleaner.run()
  assert.equal(application.calls.length, 1)
  await cleaner.stop()
  await slo.close()
  calls.close()
})
