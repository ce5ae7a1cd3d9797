import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describedEvent, eventTrail } from '../../src/audit/index.ts'

const client = { address: '192.0.2.7', userAgent: 'test/1', serverAddress: '192.0.2.1', secure: true }
const AT = Date.UTC(2031, 0, 2, 3, 4, 5)

test('records become events with the names of CAS; what is no event is passed over', () => {
  const trail = eventTrail(10)
  const actions = [
    ['AUTHENTICATION_SUCCESS', 'authentication.CasAuthenticationTransactionSuccessfulEvent'],
    ['AUTHENTICATION_FAILED', 'authentication.CasAuthenticationTransactionFailureEvent'],
    ['TICKET_GRANTING_TICKET_CREATED', 'ticket.CasTicketGrantingTicketCreatedEvent'],
    ['SAVE_SERVICE_SUCCESS', 'service.CasRegisteredServiceSavedEvent'],
    ['DELETE_SERVICE_SUCCESS', 'service.CasRegisteredServiceDeletedEvent'],
    ['SERVICE_EXPIRED', 'service.CasRegisteredServiceExpiredEvent'],
  ] as const
  for (const [action] of [...actions, ['SERVICE_TICKET_CREATED'], ['toString']])
    trail.write({ action: action ?? '', who: 'casuser', what: 'x', client }, AT)
  trail.write({ action: 'AUTHENTICATION_FAILED', who: 'casuser', what: '{…}, failure=UnsatisfiedAuthenticationPolicyException}' }, AT)
  assert.deepEqual(
    trail.read(100).map(({ type }) => type.slice('org.apereo.cas.support.events.'.length)),
    ['authentication.CasAuthenticationPolicyFailureEvent', ...actions.map(([, type]) => type).reverse()],
  )
  const last = trail.read(100).at(-1)
  assert.ok(last)
  const { id, type: _, ...rest } = describedEvent(last)
  assert.deepEqual(rest, {
    principalId: 'casuser',
    creationTime: '2031-01-02T03:04:05.000Z',
    properties: { eventId: id, timestamp: String(AT), resource: 'x', clientip: '192.0.2.7', serverip: '192.0.2.1', agent: 'test/1' },
  })
})

test('the latest come first, older ones than may be kept are forgotten, and who listens is told', () => {
  const trail = eventTrail(3)
  const told: string[] = []
  trail.tell(({ principalId }) => told.push(principalId))
  for (let index = 0; index < 10; index++) trail.write({ action: 'AUTHENTICATION_SUCCESS', who: `u${index}`, what: '' }, AT)
  assert.deepEqual(
    trail.read(2).map(({ principalId }) => principalId),
    ['u9', 'u8'],
  )
  assert.deepEqual(
    trail.read(100).map(({ principalId }) => principalId),
    ['u9', 'u8', 'u7'],
  )
  assert.equal(told.length, 10)
  trail.clear()
  assert.deepEqual(trail.read(1), [])
})
