import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Authentication } from '../../src/authentication/index.ts'
import { type RegisteredService, serviceReference } from '../../src/services/index.ts'
import { type Session, SessionLimit } from '../../src/sso/index.ts'
import type { Overrides } from '../http/http-parts.ts'
import { authenticationOf, START, serviceOf } from './sso-parts.ts'
import { type From, HOUR, ssoWorld } from './sso-world.ts'

type World = Awaited<ReturnType<typeof ssoWorld>>

interface Login extends From {
  readonly previous?: Session | undefined
  readonly service?: RegisteredService
  /** `false`: a public workstation. */
  readonly keep?: boolean
}

/** Logs a user in as the login does: the session is made, then its cookie is set. */
async function login(world: World, authentication: Authentication, { previous, service, keep = true, ...from }: Login = {}) {
  const { value: session, setCookies } = await world.during(async (call) => {
    const made = await world.sso.open({ authentication, call, previous, service, cookie: keep })
    if (keep) world.sso.setCookie(call, made)
    return made
  }, from)
  return { session, setCookies, cookie: setCookies.find((line) => line.startsWith('TGC='))?.split(';')[0] }
}

const current = (world: World, from: From) => world.during((call) => world.sso.current(call), from)

const app = (url: string) => {
  const reference = serviceReference(url)
  if (!reference || reference === 'unusable') throw new Error(url)
  return reference
}

async function grant(world: World, session: Session, url = 'https://app.example.org/', definition = serviceOf()) {
  const answer = await world.sso.grantServiceTicket(session, app(url), definition, { renewed: false, fromNewLogin: false })
  return answer.kind === 'granted' ? answer.ticketId : answer.kind
}

const REMOVAL = 'TGC=; Path=/cas/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly'

test('a login opens a session that the browser is known by', async () => {
  await using world = await ssoWorld()
  const { session, cookie } = await login(world, authenticationOf('casuser', { of: { mail: ['u1@example.org'] } }))
  const { value: found, setCookies } = await current(world, { cookie })
  assert.equal(found?.id, session.id)
  assert.deepEqual(found?.authentication, authenticationOf('casuser', { of: { mail: ['u1@example.org'] } }))
  assert.deepEqual(setCookies, [])
  assert.deepEqual(world.actions(), ['TICKET_GRANTING_TICKET_CREATED'])
  assert.equal(world.audit.records[0]?.what.includes(session.id), false)
  assert.match(world.audit.records[0]?.what ?? '', /^TGT-\d+-\*{16}.{7}-sso1$/)
})

test('a browser without a cookie has no session, and none is removed', async () => {
  await using world = await ssoWorld()
  assert.deepEqual(await current(world, {}), { value: undefined, setCookies: [] })
})

test('opening a session sets no cookie by itself', async () => {
  await using world = await ssoWorld()
  const { setCookies } = await world.during((call) => world.sso.open({ authentication: authenticationOf('casuser'), call, cookie: true }))
  assert.deepEqual(setCookies, [])
})

test('a cookie whose session has ended is removed', async () => {
  await using world = await ssoWorld()
  const { cookie } = await login(world, authenticationOf('casuser'))
  world.clock.advance(2 * HOUR + 1)
  assert.deepEqual(await current(world, { cookie }), { value: undefined, setCookies: [REMOVAL] })
})

test('a cookie from elsewhere is removed there, and the session lives on', async () => {
  await using world = await ssoWorld()
  const { session, cookie } = await login(world, authenticationOf('casuser'))
  assert.deepEqual(await current(world, { cookie, agent: 'Thief/1' }), { value: undefined, setCookies: [REMOVAL] })
  await world.during((call) => world.sso.end(call, 'logout'), { cookie, agent: 'Thief/1' })
  assert.equal((await current(world, { cookie })).value?.id, session.id)
  assert.deepEqual(world.destroyed, [])
})

test('a session is found by its id while it lives, and a ticket of another kind is none', async () => {
  await using world = await ssoWorld()
  const { session } = await login(world, authenticationOf('casuser'))
  const ticket = await grant(world, session)
  assert.equal((await world.sso.load(session.id))?.id, session.id)
  assert.equal(await world.sso.load(ticket), undefined)
  assert.equal(await world.sso.load('TGT-1-x'), undefined)
})

test('looking at a session does not prolong it, a ticket does', async () => {
  await using world = await ssoWorld()
  const { session, cookie } = await login(world, authenticationOf('casuser'))
  world.clock.advance(HOUR)
  await current(world, { cookie })
  await world.sso.load(session.id)
  await grant(world, session)
  world.clock.advance(2 * HOUR)
  assert.ok((await current(world, { cookie })).value)
  world.clock.advance(1)
  assert.equal((await current(world, { cookie })).value, undefined)
})

test('the same user by the same handler keeps the session, with the new login in it', async () => {
  await using world = await ssoWorld()
  const { session, cookie } = await login(world, authenticationOf('casuser'))
  const ticket = await grant(world, session)
  const previous = (await current(world, { cookie })).value
  const again = await login(world, authenticationOf('casuser', { authenticatedAtMs: START + 5000, of: { cn: ['New'] } }), {
    previous,
    cookie,
  })
  assert.equal(again.session.id, session.id)
  assert.equal(again.session.authentication.authenticatedAtMs, START + 5000)
  assert.equal((await current(world, { cookie: again.cookie })).value?.authentication.principal.attributes['cn']?.[0], 'New')
  assert.equal(again.session.ticket.countOfUses, 1)
  assert.deepEqual(
    (await world.sso.applicationsOf(again.session)).map(({ ticketId }) => ticketId),
    [ticket],
  )
  assert.equal(world.actions().filter((action) => action === 'TICKET_GRANTING_TICKET_CREATED').length, 1)
})

test('the same user by another handler gets a new session that takes the applications over, and nobody is told', async () => {
  await using world = await ssoWorld()
  const first = await login(world, authenticationOf('casuser'))
  const ticket = await grant(world, first.session)
  const again = await login(world, authenticationOf('casuser', { successes: ['LDAP'] }), { previous: first.session })
  assert.notEqual(again.session.id, first.session.id)
  assert.equal(await world.sso.load(first.session.id), undefined)
  assert.deepEqual(
    (await world.sso.applicationsOf(again.session)).map(({ ticketId }) => ticketId),
    [ticket],
  )
  assert.deepEqual(world.destroyed, [])
})

test('another user ends the session that the browser had, and its applications are to be told', async () => {
  await using world = await ssoWorld()
  const first = await login(world, authenticationOf('casuser'))
  const ticket = await grant(world, first.session)
  const second = await login(world, authenticationOf('second'), { previous: first.session, cookie: first.cookie })
  assert.equal(await world.sso.load(first.session.id), undefined)
  assert.equal((await current(world, { cookie: second.cookie })).value?.authentication.principal.id, 'second')
  assert.equal(world.destroyed.length, 1)
  assert.equal(world.destroyed[0]?.reason, 'replaced')
  assert.deepEqual(
    world.destroyed[0]?.services.map(({ ticketId }) => ticketId),
    [ticket],
  )
  assert.equal(world.actions().includes('TICKET_GRANTING_TICKET_DESTROYED'), true)
})

test('a login after which the old session has ended meanwhile gets a new one', async () => {
  await using world = await ssoWorld()
  const first = await login(world, authenticationOf('casuser'))
  await world.registry.destroyTree(first.session.id, 'logout')
  const again = await login(world, authenticationOf('casuser'), { previous: first.session })
  assert.notEqual(again.session.id, first.session.id)
  assert.ok((await current(world, { cookie: again.cookie })).value)
})

test('a session without a cookie lives twice as long as a service ticket', async () => {
  await using world = await ssoWorld()
  const { session, cookie } = await login(world, authenticationOf('casuser'), { keep: false })
  assert.equal(cookie, undefined)
  world.clock.advance(20_000)
  assert.ok(await world.sso.load(session.id))
  world.clock.advance(1)
  assert.equal(await world.sso.load(session.id), undefined)
})

test('at a public workstation the session that the same user had stays, that of another user ends and its cookie goes', async () => {
  await using world = await ssoWorld()
  const first = await login(world, authenticationOf('casuser'))
  const same = await login(world, authenticationOf('casuser'), { previous: first.session, keep: false })
  assert.notEqual(same.session.id, first.session.id)
  assert.ok(await world.sso.load(first.session.id))
  const other = await login(world, authenticationOf('second'), { previous: first.session, keep: false })
  assert.equal(await world.sso.load(first.session.id), undefined)
  assert.deepEqual(other.setCookies, [REMOVAL])
})

const remembered = () => authenticationOf('casuser', { attributes: { longTermAuthenticationRequestTokenUsed: [true] } })

test('a long-term session has a hard end, a cookie that stays, and says so', async () => {
  await using world = await ssoWorld({ tickets: { 'cas.ticket.tgt.rememberMe.enabled': true } })
  const { session, setCookies } = await login(world, remembered())
  assert.deepEqual(session.ticket.policy, { timeToLiveInSeconds: 1_209_600 })
  assert.match(setCookies[0] ?? '', /; Max-Age=1209600; /)
  assert.deepEqual(session.authentication.attributes['longTermAuthenticationRequestTokenUsed'], [true])
})

test('the wish to be remembered is ignored where it is switched off, the client does not fit, or there is no cookie', async () => {
  const wish = 'cas.ticket.tgt.rememberMe'
  const cases: readonly { readonly tickets: Overrides; readonly keep?: boolean }[] = [
    { tickets: {} },
    { tickets: { [`${wish}.enabled`]: true, [`${wish}.supportedUserAgents`]: '^Firefox' } },
    { tickets: { [`${wish}.enabled`]: true, [`${wish}.supportedIpAddresses`]: '^10\\.' } },
    { tickets: { [`${wish}.enabled`]: true }, keep: false },
  ]
  for (const { tickets, keep = true } of cases) {
    await using world = await ssoWorld({ tickets })
    const { session, setCookies } = await login(world, remembered(), { keep })
    assert.equal('longTermAuthenticationRequestTokenUsed' in session.authentication.attributes, false)
    assert.equal(session.ticket.policy.timeToLiveInSeconds, keep ? 28_800 : 20)
    assert.equal(
      setCookies.some((line) => line.includes('Max-Age')),
      false,
    )
  }
  await using world = await ssoWorld({
    tickets: { [`${wish}.enabled`]: true, [`${wish}.supportedUserAgents`]: 'Browser', [`${wish}.supportedIpAddresses`]: '^192' },
  })
  assert.equal((await login(world, remembered())).session.ticket.policy.timeToLiveInSeconds, 1_209_600)
})

test('a session that is to be remembered from now on is made anew and keeps its applications', async () => {
  await using world = await ssoWorld({ tickets: { 'cas.ticket.tgt.rememberMe.enabled': true } })
  const first = await login(world, authenticationOf('casuser'))
  await grant(world, first.session)
  const again = await login(world, { ...remembered(), successes: first.session.authentication.successes }, { previous: first.session })
  assert.notEqual(again.session.id, first.session.id)
  assert.equal(again.session.ticket.policy.timeToLiveInSeconds, 1_209_600)
  assert.equal((await world.sso.applicationsOf(again.session)).length, 1)
})

test('the life of a session is set by the user, else by the service the login is for', async () => {
  await using world = await ssoWorld()
  const service = serviceOf({ ticketGrantingTicket: { timeToLiveInSeconds: 600, byUserAgent: { Browser: 60 } } })
  const policyOf = async (authentication: Authentication, from: Login) => (await login(world, authentication, from)).session.ticket.policy
  assert.deepEqual(await policyOf(authenticationOf('a'), { service, agent: 'Other' }), { timeToLiveInSeconds: 600 })
  assert.deepEqual(await policyOf(authenticationOf('b'), { service }), { timeToLiveInSeconds: 60 })
  const byUser = authenticationOf('c', { of: { authenticationSessionTimeout: ['PT5M'] } })
  assert.deepEqual(await policyOf(byUser, { service }), { timeToLiveInSeconds: 300 })
  const byHandler = authenticationOf('d', {
    attributes: { authenticationSessionTimeout: [120] },
    of: { authenticationSessionTimeout: [300] },
  })
  assert.deepEqual(await policyOf(byHandler, {}), { timeToLiveInSeconds: 120 })
  const never = authenticationOf('e', { of: { authenticationSessionTimeout: ['never mind'] } })
  assert.deepEqual(await policyOf(never, {}), { timeToLiveInSeconds: 28_800, timeToIdleInSeconds: 7200 })
})

test('a service ticket says for whom it was issued and how the user came to it', async () => {
  await using world = await ssoWorld()
  const { session } = await login(world, authenticationOf('casuser'))
  const answer = await world.sso.grantServiceTicket(session, app('https://app.example.org/x;jsessionid=1?y=2'), serviceOf(), {
    renewed: true,
    fromNewLogin: true,
  })
  assert.ok(answer.kind === 'granted')
  const consumed = await world.registry.consume(answer.ticketId, ['ST'])
  assert.ok(consumed.ok)
  assert.deepEqual(consumed.ticket.body, { service: 'https://app.example.org/x?y=2', renewed: true, fromNewLogin: true })
  assert.equal(consumed.parent?.principalId, 'casuser')
  const record = world.audit.records.at(-1)
  assert.equal(record?.action, 'SERVICE_TICKET_CREATED')
  assert.equal(record?.who, 'casuser')
  assert.match(record?.what ?? '', /^ST-\d+-\*{16}.{7}-sso1 for https:\/\/app\.example\.org\/x\?y=2$/)
})

test('the first ticket of a session counts as that of a new login, later ones as they are', async () => {
  await using world = await ssoWorld()
  const { session, cookie } = await login(world, authenticationOf('casuser'))
  const fromNewLogin = async (holder: Session) => {
    const consumed = await world.registry.consume(await grant(world, holder), ['ST'])
    return consumed.ok && (consumed.ticket.body as { fromNewLogin: boolean }).fromNewLogin
  }
  assert.equal(await fromNewLogin(session), true)
  const later = (await current(world, { cookie })).value
  assert.ok(later)
  assert.equal(await fromNewLogin(later), false)
})

test('a ticket ends after its time, of the settings or of the service', async () => {
  await using world = await ssoWorld()
  const { session } = await login(world, authenticationOf('casuser'))
  const usual = await grant(world, session)
  const short = await grant(
    world,
    session,
    'https://app.example.org/a',
    serviceOf({ serviceTicket: { timeToLiveInSeconds: 2, numberOfUses: 3 } }),
  )
  assert.deepEqual((await world.registry.get(short))?.policy, { timeToLiveInSeconds: 2, numberOfUses: 3 })
  world.clock.advance(2001)
  assert.equal((await world.registry.consume(short, ['ST'])).ok, false)
  world.clock.advance(7999)
  assert.equal((await world.registry.consume(usual, ['ST'])).ok, true)
})

test('of several tickets for one path the newest is remembered, or all', async () => {
  const remembers = async (onlyTrackMostRecentSession: boolean) => {
    await using world = await ssoWorld({ tickets: { 'cas.ticket.tgt.core.onlyTrackMostRecentSession': onlyTrackMostRecentSession } })
    const { session } = await login(world, authenticationOf('casuser'))
    const tickets = [
      await grant(world, session, 'https://app.example.org/x?a=1'),
      await grant(world, session, 'https://app.example.org/x?a=2'),
      await grant(world, session, 'https://app.example.org/y'),
    ]
    const tracked = (await world.sso.applicationsOf(session)).map(({ ticketId }) => tickets.indexOf(ticketId))
    return tracked.sort()
  }
  assert.deepEqual(await remembers(true), [1, 2])
  assert.deepEqual(await remembers(false), [0, 1, 2])
})

test('no ticket comes from a session that has ended, and a ticket dies with its session', async () => {
  await using world = await ssoWorld()
  const { session, cookie } = await login(world, authenticationOf('casuser'))
  const ticket = await grant(world, session)
  await world.during((call) => world.sso.end(call, 'logout'), { cookie })
  assert.equal(await grant(world, session), 'session-gone')
  assert.equal(world.audit.records.at(-1)?.action, 'SERVICE_TICKET_NOT_CREATED')
  assert.equal((await world.registry.consume(ticket, ['ST'])).ok, false)
})

test('a session that wants a pause between two uses refuses the ticket that comes too soon and lives on', async () => {
  const throttled = 'cas.ticket.tgt.throttledTimeout'
  await using world = await ssoWorld({
    tickets: { [`${throttled}.timeToKillInSeconds`]: 3600, [`${throttled}.timeInBetweenUsesInSeconds`]: 5 },
  })
  const { session } = await login(world, authenticationOf('casuser'))
  assert.match(await grant(world, session), /^ST-/)
  world.clock.advance(3000)
  assert.equal(await grant(world, session), 'too-soon')
  world.clock.advance(5001)
  assert.match(await grant(world, session), /^ST-/)
})

test('logout ends the session once, tells of its applications, and removes both cookies', async () => {
  await using world = await ssoWorld()
  const { session, cookie } = await login(world, authenticationOf('casuser'))
  await grant(world, session)
  const out = await world.during((call) => world.sso.end(call, 'logout'), { cookie })
  assert.equal(out.value?.reason, 'logout')
  assert.equal(out.value?.services[0]?.service, 'https://app.example.org/')
  assert.deepEqual(out.setCookies, [REMOVAL, REMOVAL.replace('TGC', 'CASPRIVACY')])
  const again = await world.during((call) => world.sso.end(call, 'logout'), { cookie })
  assert.equal(again.value, undefined)
  assert.deepEqual(again.setCookies, out.setCookies)
  assert.equal(world.destroyed.length, 1)
  assert.equal(world.actions().filter((action) => action === 'TICKET_GRANTING_TICKET_DESTROYED').length, 1)
})

test('with single sign-on switched off no session counts and none is kept', async () => {
  await using world = await ssoWorld({ settings: { 'cas.sso.ssoEnabled': false } })
  const { session } = await login(world, authenticationOf('casuser'))
  assert.equal((await world.sso.participates(session, undefined)).yes, false)
  assert.equal(world.sso.mayKeepSession(undefined, { forced: false }), false)
})

test('a forced login keeps its session unless the settings or the service say no', async () => {
  const policy = (word: string) =>
    serviceOf({
      singleSignOnParticipation: {
        type: 'DefaultRegisteredServiceSingleSignOnParticipationPolicy',
        members: { createCookieOnRenewedAuthentication: word },
      },
    })
  await using usual = await ssoWorld()
  await using strict = await ssoWorld({ settings: { 'cas.sso.createSsoCookieOnRenewAuthn': false } })
  assert.equal(usual.sso.mayKeepSession(undefined, { forced: true }), true)
  assert.equal(usual.sso.mayKeepSession(policy('FALSE'), { forced: true }), false)
  assert.equal(usual.sso.mayKeepSession(policy('FALSE'), { forced: false }), true)
  assert.equal(strict.sso.mayKeepSession(undefined, { forced: true }), false)
  assert.equal(strict.sso.mayKeepSession(policy('TRUE'), { forced: true }), true)
  assert.equal(strict.sso.mayKeepSession(undefined, { forced: false }), true)
})

test('a user may have one session more than the limit says, ended ones not counted', async () => {
  await using world = await ssoWorld({ uniquePrincipal: { enabled: true, maximumAllowedSessions: 0 } })
  const first = await login(world, authenticationOf('casuser'))
  await assert.rejects(login(world, authenticationOf('CasUser')), SessionLimit)
  await assert.rejects(login(world, authenticationOf('casuser')), { code: 'session-limit', status: 401 })
  assert.equal(world.audit.records.at(-1)?.action, 'TICKET_GRANTING_TICKET_NOT_CREATED')
  await login(world, authenticationOf('second'))
  assert.equal(await world.registry.countSessionsOf('casuser'), 1)
  // The browser that has the session may log in again, by whatever handler.
  const again = await login(world, authenticationOf('casuser', { successes: ['LDAP'] }), { previous: first.session })
  assert.equal(await world.registry.countSessionsOf('casuser'), 1)
  world.clock.advance(2 * HOUR + 1)
  assert.equal(await world.sso.load(again.session.id), undefined)
  await login(world, authenticationOf('casuser'))
})

test('a login refused by the limit leaves the session of the user before in the browser', async () => {
  await using world = await ssoWorld({ uniquePrincipal: { enabled: true, maximumAllowedSessions: 0 } })
  await login(world, authenticationOf('casuser'))
  const other = await login(world, authenticationOf('second'))
  await assert.rejects(login(world, authenticationOf('casuser'), { previous: other.session, cookie: other.cookie }), SessionLimit)
  assert.ok(await world.sso.load(other.session.id))
})

test('of twenty logins at once exactly as many succeed as there is room for', async () => {
  for (const maximumAllowedSessions of [0, 2]) {
    await using world = await ssoWorld({ uniquePrincipal: { enabled: true, maximumAllowedSessions } })
    const results = await world.during((call) =>
      Promise.allSettled(
        Array.from({ length: 20 }, () => world.sso.open({ authentication: authenticationOf('casuser'), call, cookie: true })),
      ),
    )
    const won = results.value.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    assert.equal(await world.registry.countSessionsOf('casuser'), maximumAllowedSessions + 1)
    const living = await Promise.all(won.map(({ id }) => world.sso.load(id)))
    assert.equal(living.filter(Boolean).length, maximumAllowedSessions + 1)
  }
})

test('the limit holds for logins at two nodes at once, and a clock that is slow does not cost anybody a session that stood', async () => {
  const uniquePrincipal = { enabled: true, maximumAllowedSessions: 1 }
  await using one = await ssoWorld({ uniquePrincipal })
  await using other = await ssoWorld({ uniquePrincipal, registry: one.registry, skewMs: -3000 })
  const attempts = (world: World) =>
    world.during((call) =>
      Promise.allSettled(
        Array.from({ length: 10 }, () => world.sso.open({ authentication: authenticationOf('casuser'), call, cookie: true })),
      ),
    )
  await Promise.all([attempts(one), attempts(other)])
  const standing = (await one.registry.sessionsOf('casuser')).map(({ handle }) => handle)
  assert.equal(standing.length, 2)
  await assert.rejects(login(other, authenticationOf('casuser')), SessionLimit)
  assert.deepEqual(
    (await one.registry.sessionsOf('casuser')).map(({ handle }) => handle),
    standing,
  )
})

test('where the limit is told to make room, the oldest session goes and is told of', async () => {
  await using world = await ssoWorld({
    settings: { 'castellan.sessions.onExceed': 'DESTROY_OLDEST' },
    uniquePrincipal: { enabled: true, maximumAllowedSessions: 1 },
  })
  const sessions: Session[] = []
  for (let n = 0; n < 3; n++) {
    sessions.push((await login(world, authenticationOf('casuser'))).session)
    world.clock.advance(10)
  }
  const alive = await Promise.all(sessions.map(async ({ id }) => (await world.sso.load(id)) !== undefined))
  assert.deepEqual(alive, [false, true, true])
  assert.deepEqual(
    world.destroyed.map(({ reason }) => reason),
    ['session-limit'],
  )
})

test('crypto switched off is said once at the start', async () => {
  await using world = await ssoWorld({ settings: { 'cas.tgc.crypto.enabled': false } })
  assert.equal(world.lines.filter((line) => line['setting'] === 'cas.tgc.crypto.enabled' && line.level === 40).length, 1)
})

test('a cookie that an old key has sealed is sealed anew when it is used, so that the key may go', async () => {
  await using before = await ssoWorld({ keys: ['old'] })
  const { registry } = before
  const { session, cookie } = await login(before, authenticationOf('casuser'))
  await using both = await ssoWorld({ registry, keys: ['new', 'old'] })
  const used = await current(both, { cookie })
  assert.equal(used.value?.id, session.id)
  const resealed = used.setCookies.find((line) => line.startsWith('TGC='))?.split(';')[0]
  assert.notEqual(resealed, cookie)
  await using after = await ssoWorld({ registry, keys: ['new'] })
  const later = await current(after, { cookie: resealed })
  assert.equal(later.value?.id, session.id)
  assert.deepEqual(later.setCookies, [])
  assert.equal((await current(after, { cookie })).value, undefined)
})
