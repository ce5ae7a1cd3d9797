import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { sealer } from '../../../src/base/crypto.ts'
import { clientOf } from '../../../src/protocols/oauth/client.ts'
import { type OAuthConfig, oauthConfig } from '../../../src/protocols/oauth/config.ts'
import { OAuthError } from '../../../src/protocols/oauth/errors.ts'
import { families } from '../../../src/protocols/oauth/families.ts'
import type { GrantRequest } from '../../../src/protocols/oauth/grant.ts'
import { authorizationCode } from '../../../src/protocols/oauth/grants/authorization-code.ts'
import { refreshToken } from '../../../src/protocols/oauth/grants/refresh-token.ts'
import { holders } from '../../../src/protocols/oauth/holder.ts'
import { oauthTicketKinds } from '../../../src/protocols/oauth/kinds.ts'
import type { Room } from '../../../src/protocols/oauth/room.ts'
import type { RegisteredService } from '../../../src/services/index.ts'
import { type NewTicket, type TicketRegistry, ticketIds, ticketKinds } from '../../../src/tickets/index.ts'
import { memoryRegistry } from '../../../src/tickets/registry/memory.ts'
import { settingsOf } from '../../support/settings.ts'

const NOW = Date.UTC(2031, 2, 9)
const settings = settingsOf<OAuthConfig>(oauthConfig, { 'cas.authn.oauth.code.removeRelatedAccessTokens': true })
const service = {
  id: '1',
  serviceId: 'https://shop.example.org/cb',
  definition: { clientId: 'shop', clientSecret: 's' },
  property: () => [],
  flag: (_name: string, fallback: boolean) => fallback,
} as unknown as RegisteredService

/** What maps of a store are asked while something runs: looks at one entry, and entries that an iteration would go through. */
async function looksDuring(work: () => Promise<unknown>): Promise<{ readonly single: number; readonly iterated: number }> {
  const { get, has, values, entries, keys, forEach } = Map.prototype
  const seen = { single: 0, iterated: 0 }
  const counting = <F extends (this: Map<unknown, unknown>, ...given: never[]) => unknown>(original: F, each: boolean) =>
    function (this: Map<unknown, unknown>, ...given: never[]) {
      if (each) seen.iterated += this.size
      else seen.single += 1
      return original.apply(this, given)
    }
  Object.assign(Map.prototype, {
    get: counting(get as never, false),
    has: counting(has as never, false),
    values: counting(values as never, true),
    entries: counting(entries as never, true),
    keys: counting(keys as never, true),
    forEach: counting(forEach as never, true),
    [Symbol.iterator]: counting(entries as never, true),
  })
  try {
    await work()
  } finally {
    Object.assign(Map.prototype, { get, has, values, entries, keys, forEach, [Symbol.iterator]: entries })
  }
  return seen
}

/** A registry with so many codes and refresh tokens, and the methods that are called of it. */
async function filled(count: number) {
  const store = memoryRegistry({
    idKey: randomBytes(32),
    catalogue: [...ticketKinds, ...oauthTicketKinds(settings)],
    maxTickets: 100_000,
    clock: () => NOW,
  })
  const newTicketId = (kind: string) => ticketIds({ hostSuffix: '' }).create(kind, 40)
  for (let at = 0; at < count; at++) {
    const kind = at % 2 === 0 ? 'OC' : 'RT'
    const ticket: NewTicket = { id: newTicketId(kind), kind, createdAtMs: NOW, policy: { numberOfUses: 1 }, body: {} }
    await store.add(ticket)
  }
  const called: string[] = []
  const registry = new Proxy(store, {
    get(target, name: keyof TicketRegistry) {
      const method = target[name]
      return (...given: unknown[]) => {
        called.push(name)
        return (method as (...all: unknown[]) => unknown).apply(target, given)
      }
    },
  })
  const key = randomBytes(32)
  const room = {
    settings,
    registry,
    families: families({ key, registry, newTicketId }),
    holders: holders(sealer([key]), { load: async () => undefined }),
    format: { resolve: async (id: string) => ({ kind: 'ticket', id }) },
    services: { acceptsRedirect: () => true },
    clock: () => NOW,
    log: { warn() {} },
    audit: { record() {} },
  } as unknown as Room
  return { room, called, newTicketId }
}

function request(fields: Readonly<Record<string, string>>): GrantRequest {
  const parameters = { get: (name: string) => fields[name], all: () => [], inQuery: () => false }
  return {
    client: clientOf(service, 'cas-compat'),
    method: 'client_secret_post',
    parameters,
    call: { get: () => undefined },
  } as unknown as GrantRequest
}

test('a wrong code or refresh token costs the same few looks among 10,000 tickets as beside one', async () => {
  const seen: unknown[] = []
  for (const count of [1, 10_000]) {
    const { room, called, newTicketId } = await filled(count)
    for (const [grant, fields] of [
      [authorizationCode(room), { code: newTicketId('OC'), redirect_uri: 'https://shop.example.org/cb' }],
      [refreshToken(room), { refresh_token: room.families.refreshToken(room.families.begin(undefined)) }],
    ] as const) {
      called.length = 0
      const looks = await looksDuring(() => assert.rejects(grant.authorize(request(fields)), OAuthError))
      assert.ok(called.length > 0)
      for (const name of ['ticketsOf', 'sessions', 'counts', 'dueSessions', 'sweep']) assert.ok(!called.includes(name), name)
      seen.push({ grant: grant.type, called: [...called], looks })
    }
  }
  assert.deepEqual(seen.slice(2), seen.slice(0, 2))
  // The counting itself counts: somebody has looked.
  assert.ok(seen.every((one) => (one as { looks: { single: number } }).looks.single > 0))
})
