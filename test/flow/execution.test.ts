import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { sealer } from '../../src/base/crypto.ts'
import { silentLog } from '../../src/base/log.ts'
import { executions } from '../../src/flow/execution.ts'
import type { Login } from '../../src/flow/login.ts'
import { openTicketRegistry, type TicketsConfig, ticketKinds, ticketsConfig } from '../../src/tickets/index.ts'
import { settingsOf } from '../support/settings.ts'

async function world(keys = [randomBytes(32)]) {
  let now = Date.UTC(2031, 0, 1)
  const settings: TicketsConfig = settingsOf(ticketsConfig, { 'castellan.ticketRegistry.store': 'memory' })
  const registry = await openTicketRegistry({
    settings,
    stateDirectory: '/nowhere',
    keys: { ids: randomBytes(32), bodies: [] },
    catalogue: ticketKinds,
    clock: () => now,
    log: silentLog,
  })
  return {
    registry,
    pass: (seconds: number) => {
      now += seconds * 1000
    },
    executions: executions({
      sealer: sealer(keys),
      registry,
      clock: () => now,
      maxTimeToLiveInSeconds: 1800,
      authenticatedMaxTimeToLiveInSeconds: 600,
    }),
  }
}

const login: Login = {
  conversation: '3f2b8c1e-0a4d-4a5e-9d3f-6b1c2d3e4f50',
  request: {
    service: { id: 'https://a.example.org/', originalUrl: 'https://a.example.org/#x' },
    renew: true,
    passive: false,
    method: 'POST',
    locale: 'de',
    theme: undefined,
  },
  authentication: undefined,
  presented: undefined,
  grantedSessionId: undefined,
  state: { interrupt: { seen: true } },
  done: new Set(['credentials@identify']),
  directives: { ssoVetoed: false },
  registeredService: undefined,
  existing: undefined,
  session: undefined,
  rejection: undefined,
  resumed: false,
  expiredNotice: false,
  // Not carried in the token.
  call: undefined as never,
}

const authentication = {
  principal: { id: 'u', attributes: {} },
  authenticatedAtMs: 1,
  attributes: {},
  successes: ['x'],
  failures: {},
  warnings: [],
}

test('a conversation comes back as it was, in the outward form of CAS', async () => {
  const { executions } = await world()
  const token = await executions.seal(login, 'warn@before-ticket', 'browser')
  assert.match(token, /^[0-9a-fA-F-]{36}_[A-Za-z0-9_\-=.+/]+$/)
  const opened = await executions.open(token, 'browser')
  assert.equal(opened.kind, 'opened')
  assert.deepEqual(opened.kind === 'opened' && opened.carried.request, JSON.parse(JSON.stringify(login.request)))
  assert.deepEqual(opened.kind === 'opened' && [opened.carried.mark, opened.carried.done, opened.carried.state], [
    'warn@before-ticket',
    ['credentials@identify'],
    { interrupt: { seen: true } },
  ])
})

test('a token of another browser, of other keys, garbled or too old is not used; a genuine one still tells the service', async () => {
  const here = await world()
  const token = await here.executions.seal(login, 'credentials@identify', 'browser')
  const elsewhere = await (await world()).executions.open(token, 'browser')
  assert.deepEqual(elsewhere, { kind: 'unusable', why: 'unreadable' })
  for (const garbled of [
    'abc',
    `${token}x`,
    token.slice(0, -1),
    token.replace('_', '-'),
    `${token.slice(0, 37)}R.unknown`,
    'x'.repeat(100_000),
    '',
  ]) {
    assert.equal((await here.executions.open(garbled, 'browser')).kind, 'unusable')
  }
  const stranger = await here.executions.open(token, 'other')
  assert.deepEqual(stranger, { kind: 'unusable', why: 'other-browser', serviceUrl: 'https://a.example.org/#x' })
  here.pass(1800)
  assert.equal((await here.executions.open(token, 'browser')).kind, 'opened')
  here.pass(1)
  assert.deepEqual(await here.executions.open(token, 'browser'), {
    kind: 'unusable',
    why: 'expired',
    serviceUrl: 'https://a.example.org/#x',
  })
})

test('a page without a user may be sent again, one with a user in it counts once', async () => {
  const { executions, pass } = await world()
  const form = await executions.seal(login, 'credentials@identify', '')
  assert.equal((await executions.open(form, '')).kind, 'opened')
  assert.equal((await executions.open(form, '')).kind, 'opened')
  const page = await executions.seal({ ...login, authentication }, 'interrupt@authenticated', '')
  const racers = await Promise.all(Array.from({ length: 20 }, () => executions.open(page, '')))
  assert.equal(racers.filter((one) => one.kind === 'opened').length, 1)
  const later = await executions.seal({ ...login, authentication }, 'interrupt@authenticated', '')
  pass(601)
  assert.equal((await executions.open(later, '')).kind, 'unusable')
})

test('a conversation with a user in it that is too large for a page waits in the ticket registry, sealed', async () => {
  const { executions, registry } = await world()
  const large = { ...login, authentication, state: { interrupt: 'long text '.repeat(1000) } }
  const token = await executions.seal(large, 'interrupt@authenticated', 'browser')
  assert.ok(token.length < 200)
  const stored = await registry.get(`TST-${token.slice(37 + 2)}`)
  assert.equal(typeof stored?.body === 'string' && stored.body.includes('long text'), false)
  const opened = await executions.open(token, 'browser')
  assert.deepEqual(opened.kind === 'opened' && opened.carried.state, large.state)
})
