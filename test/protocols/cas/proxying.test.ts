import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { authenticationOf } from '../../sso/sso-parts.ts'
import { testCertificate } from '../../support/certificates.ts'
import { httpStub } from '../../support/http-stub.ts'
import { APP, type CasWorldOptions, casWorld, definition } from './cas-world.ts'

const student = () => authenticationOf('casuser')

const MAIL = 'https://mail.example.org/'
const byPattern = (pattern: string, more: object = {}) => ({
  proxyPolicy: { '@class': 'org.apereo.cas.services.RegexMatchingRegisteredServiceProxyPolicy', pattern, ...more },
})

/** A portal that may proxy to callbacks of the loopback address, and the mail that it asks for. */
async function proxyWorld(more: CasWorldOptions = {}) {
  const callback = await httpStub((_call, response) => response.writeHead(200).end())
  const world = await casWorld({
    settings: { 'castellan.proxy.allowInsecureCallbacks': true, ...more.settings },
    definitions: {
      'Portal-1.json': definition(1, '^https://app\\.example\\.org/.*', byPattern('^http://127\\.0\\.0\\.1:.*')),
      'Mail-2.json': definition(2, '^https://mail\\.example\\.org/.*', byPattern('^http://127\\.0\\.0\\.1:.*')),
      'Plain-3.json': definition(3, '^https://plain\\.example\\.org/.*'),
      'Off-4.json': definition(4, '^https://off\\.example\\.org/.*', {
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false },
      }),
      'NoSso-5.json': definition(5, '^https://nosso\\.example\\.org/.*', {
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', ssoEnabled: false },
      }),
      ...more.definitions,
    },
  })
  const pgtUrl = `${callback.url}/pgt?app=portal`
  const session = await world.openSession(student())
  const validate = async (parameters: Readonly<Record<string, string>>, path = '/p3/serviceValidate') => world.ask(path, parameters)
  /** A proxy-granting ticket, as the callback got it. */
  async function begin(parameters: { ticket?: string; service?: string; url?: string; path?: string } = {}) {
    const { service = APP, url = pgtUrl, path } = parameters
    const ticket = parameters.ticket ?? (await world.grant(session, { service }))
    const answer = await validate({ service, ticket, pgtUrl: url }, path)
    const pgt = callback.calls.at(-1)?.query.get('pgtId') ?? ''
    return { ...answer, pgt, iou: /<cas:proxyGrantingTicket>([^<]+)</.exec(answer.body)?.[1] }
  }
  async function proxyTicket(pgt: string, targetService = MAIL) {
    const answer = await world.ask('/proxy', { pgt, targetService })
    return { ...answer, ticket: /<cas:proxyTicket>([^<]+)</.exec(answer.body)?.[1] ?? '' }
  }
  return {
    ...world,
    callback,
    pgtUrl,
    session,
    validate,
    begin,
    proxyTicket,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await callback[Symbol.asyncDispose]()
    },
  }
}

test('a service that may proxy gets its ticket at the callback and the reference in the answer', async () => {
  await using world = await proxyWorld()
  const { body, iou, pgt } = await world.begin()
  assert.equal(world.callback.calls.length, 1)
  const [call] = world.callback.calls
  assert.equal(call?.method, 'GET')
  assert.equal(call?.path, '/pgt')
  assert.deepEqual([...(call?.query.keys() ?? [])], ['app', 'pgtIou', 'pgtId'])
  assert.match(pgt, /^PGT-\d+-[A-Za-z0-9]+-sso1$/)
  assert.match(iou ?? '', /^PGTIOU-\d+-[A-Za-z0-9]+-sso1$/)
  assert.equal(call?.query.get('pgtIou'), iou)
  assert.ok(!body.includes(pgt), 'the ticket itself is not in the answer')
  assert.ok(!JSON.stringify([world.lines, world.audit.records]).includes(pgt), 'nor in logs or audit')
})

test('a proxy ticket is good once, at the endpoints that take one, with the proxies it came through', async () => {
  await using world = await proxyWorld()
  const { pgt } = await world.begin()
  const { ticket, body } = await world.proxyTicket(pgt)
  assert.match(ticket, /^PT-\d+-[A-Za-z0-9]+-sso1$/)
  assert.equal(
    body,
    `<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\n    <cas:proxySuccess>\n        <cas:proxyTicket>${ticket}</cas:proxyTicket>\n    </cas:proxySuccess>\n</cas:serviceResponse>\n`,
  )
  const answer = await world.validate({ service: MAIL, ticket }, '/p3/proxyValidate')
  assert.match(answer.body, /<cas:user>casuser<\/cas:user>/)
  assert.match(answer.body, /<cas:isFromNewLogin>false</)
  assert.match(
    answer.body,
    new RegExp(`<cas:proxies>\\s*<cas:proxy>${world.pgtUrl.replace(/[.?]/g, '\\$&')}</cas:proxy>\\s*</cas:proxies>`),
  )
  assert.equal((await world.validate({ service: MAIL, ticket }, '/p3/proxyValidate')).code, 'INVALID_TICKET')
})

test('a proxy ticket is refused, and spent, where only service tickets count', async () => {
  await using world = await proxyWorld()
  const { pgt } = await world.begin()
  for (const path of ['/serviceValidate', '/p3/serviceValidate', '/validate']) {
    const { ticket } = await world.proxyTicket(pgt)
    const answer = await world.validate({ service: MAIL, ticket }, path)
    if (path === '/validate') assert.equal(answer.body, 'no\n\n')
    else assert.equal(answer.code, 'INVALID_TICKET')
    assert.equal((await world.validate({ service: MAIL, ticket }, '/proxyValidate')).code, 'INVALID_TICKET', path)
  }
})

test('a proxied service may proxy on: the chain grows at the front', async () => {
  await using world = await proxyWorld()
  const first = await world.begin()
  const { ticket } = await world.proxyTicket(first.pgt)
  const middle = `${world.callback.url}/middle`
  const second = await world.begin({ ticket, service: MAIL, url: middle, path: '/p3/proxyValidate' })
  assert.notEqual(second.pgt, first.pgt)
  const { ticket: last } = await world.proxyTicket(second.pgt, APP)
  const json = await world.ask('/p3/proxyValidate', { service: APP, ticket: last, format: 'JSON' })
  const { proxies } = JSON.parse(json.body).serviceResponse.authenticationSuccess
  assert.deepEqual(proxies, [middle, world.pgtUrl])
})

test('JSON carries the reference, and /proxy answers in JSON when asked to', async () => {
  await using world = await proxyWorld()
  const ticket = await world.grant(world.session)
  const { body } = await world.validate({ service: APP, ticket, pgtUrl: world.pgtUrl, format: 'JSON' })
  assert.match(JSON.parse(body).serviceResponse.authenticationSuccess.proxyGrantingTicket, /^PGTIOU-/)
  const pgt = world.callback.calls.at(-1)?.query.get('pgtId') ?? ''
  const yes = await world.ask('/proxy', { pgt, targetService: MAIL, format: 'json' })
  assert.match(JSON.parse(yes.body).serviceResponse.proxySuccess.proxyTicket, /^PT-/)
  const no = await world.ask('/proxy', { pgt: 'PGT-1-x', targetService: MAIL, format: 'JSON' })
  assert.equal(no.headers.get('content-type'), 'application/json;charset=UTF-8')
  assert.equal(JSON.parse(no.body).serviceResponse.authenticationFailure.code, 'INVALID_TICKET')
})

test('/proxy says why it gives nothing', async () => {
  await using world = await proxyWorld()
  const { pgt } = await world.begin()
  const rows: readonly [Readonly<Record<string, string>>, string][] = [
    [{}, 'INVALID_REQUEST_PROXY'],
    [{ pgt }, 'INVALID_REQUEST_PROXY'],
    [{ targetService: MAIL }, 'INVALID_REQUEST_PROXY'],
    [{ pgt: 'PGT-1-x', targetService: MAIL }, 'INVALID_TICKET'],
    [{ pgt: world.session, targetService: MAIL }, 'INVALID_TICKET'],
    [{ pgt: `PGT-${'x'.repeat(5000)}`, targetService: MAIL }, 'INVALID_TICKET'],
    [{ pgt, targetService: 'https://unknown.example/' }, 'UNAUTHORIZED_SERVICE_PROXY'],
    [{ pgt, targetService: 'https://off.example.org/' }, 'UNAUTHORIZED_SERVICE_PROXY'],
    [{ pgt, targetService: 'https://nosso.example.org/' }, 'UNAUTHORIZED_SERVICE_PROXY'],
  ]
  for (const [parameters, code] of rows) {
    const answer = await world.ask('/proxy', parameters)
    assert.equal(answer.status, 200)
    assert.match(answer.body, new RegExp(`<cas:proxyFailure code="${code}">`), JSON.stringify(parameters).slice(0, 100))
  }
})

test('a callback that does not take the ticket fails the validation, and the ticket it saw is worth nothing', async () => {
  for (const status of [404, 500, 303]) {
    await using world = await proxyWorld()
    world.callback.answer = (_call, response) => response.writeHead(status).end()
    const { code, pgt } = await world.begin()
    assert.equal(code, 'INVALID_PROXY_CALLBACK', String(status))
    assert.match((await world.ask('/proxy', { pgt, targetService: MAIL })).body, /code="INVALID_TICKET"/)
  }
  for (const status of [202, 204, 301, 302, 304]) {
    await using world = await proxyWorld()
    world.callback.answer = (_call, response) => response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end()
    assert.match((await world.begin()).iou ?? '', /^PGTIOU-/, String(status))
    assert.equal(world.callback.calls.length, 1, 'no redirect is followed: the ticket stands in the address')
  }
})

test('an address that nobody listens on, or that is none of an application, fails the validation', async () => {
  await using world = await proxyWorld({
    definitions: { 'Portal-1.json': definition(1, '^https://app\\.example\\.org/.*', byPattern('.*')) },
  })
  const rows = [
    'http://127.0.0.1:9/pgt',
    'http://169.254.169.254/latest',
    'http://[fe80::1]/pgt',
    'zzz',
    'ftp://127.0.0.1/',
    'http://user:secret@127.0.0.1/',
    `${world.callback.url}/pgt#fragment`,
    'http:\\\\127.0.0.1/',
    'javascript:alert(1)',
  ]
  for (const url of rows) assert.equal((await world.begin({ url })).code, 'INVALID_PROXY_CALLBACK', url)
  assert.equal(world.callback.calls.length, 0)
})

test('a policy decides who may proxy, and where to', async () => {
  const policy = (name: string, more: object = {}) => ({
    proxyPolicy: { '@class': `org.apereo.cas.services.${name}RegisteredServiceProxyPolicy`, ...more },
  })
  const answer = async (more: object, url?: string) => {
    await using world = await proxyWorld({ definitions: { 'Portal-1.json': definition(1, '^https://app\\.example\\.org/.*', more) } })
    return (await world.begin(url === undefined ? {} : { url })).code
  }
  assert.equal(await answer({}), 'UNAUTHORIZED_SERVICE_PROXY')
  assert.equal(await answer(policy('Refuse')), 'UNAUTHORIZED_SERVICE_PROXY')
  assert.equal(await answer(byPattern('^https://elsewhere\\.example\\.org/')), 'INVALID_PROXY_CALLBACK')
  assert.equal(await answer(byPattern('127\\.0\\.0\\.1')), undefined, 'a pattern is looked for anywhere')
  assert.equal(await answer(byPattern('http://127.0.0.1', { exactMatch: true })), 'INVALID_PROXY_CALLBACK')
  assert.equal(await answer(byPattern('', { useServiceId: true })), 'INVALID_PROXY_CALLBACK')
  await using judge = await httpStub((call, response) => response.writeHead(call.query.get('pgtUrl')?.includes('/pgt') ? 200 : 403).end())
  assert.equal(
    await answer(policy('Restful', { endpoint: `${judge.url}/ask`, headers: { '@class': 'java.util.HashMap', key: 'k1' } })),
    undefined,
  )
  assert.equal(judge.calls[0]?.headers.key, 'k1')
  assert.equal(await answer(policy('Restful', { endpoint: 'http://127.0.0.1:9/' })), 'INVALID_PROXY_CALLBACK')
})

test('the end of the session ends every proxy, and tells the applications they led to', async () => {
  await using world = await proxyWorld()
  const { pgt } = await world.begin()
  const { ticket } = await world.proxyTicket(pgt)
  const ended = await world.store.destroyTree(world.session, 'logout')
  assert.deepEqual(
    ended?.services.map(({ service }) => service),
    [APP, MAIL],
  )
  assert.ok(ended?.services.some((tracked) => tracked.ticketId === ticket))
  assert.match((await world.proxyTicket(pgt)).body, /code="INVALID_TICKET"/)
  assert.equal((await world.validate({ service: MAIL, ticket }, '/proxyValidate')).code, 'INVALID_TICKET')
})

test('a service that loses its right to proxy gets nothing for the tickets it has', async () => {
  await using world = await proxyWorld()
  const { pgt } = await world.begin()
  await world.write('Portal-1.json', definition(1, '^https://app\\.example\\.org/.*'))
  await world.services.reload()
  assert.match((await world.proxyTicket(pgt)).body, /code="UNAUTHORIZED_SERVICE_PROXY"/)
})

test('limits of a definition count for its proxy-granting and proxy tickets', async () => {
  const limited = (name: string, more: object) => ({
    '@class': `org.apereo.cas.services.DefaultRegisteredService${name}ExpirationPolicy`,
    ...more,
  })
  await using world = await proxyWorld({
    definitions: {
      'Portal-1.json': definition(1, '^https://app\\.example\\.org/.*', {
        ...byPattern('.*'),
        proxyGrantingTicketExpirationPolicy: limited('ProxyGrantingTicket', { maxTimeToLiveInSeconds: 100 }),
      }),
      'Mail-2.json': definition(2, '^https://mail\\.example\\.org/.*', {
        proxyTicketExpirationPolicy: limited('ProxyTicket', { numberOfUses: 2, timeToLive: '30' }),
      }),
    },
  })
  const { pgt } = await world.begin()
  const { ticket } = await world.proxyTicket(pgt)
  world.clock.advance(29_000)
  assert.match((await world.validate({ service: MAIL, ticket }, '/proxyValidate')).body, /casuser/)
  assert.match((await world.validate({ service: MAIL, ticket }, '/proxyValidate')).body, /casuser/)
  assert.equal((await world.validate({ service: MAIL, ticket }, '/proxyValidate')).code, 'INVALID_TICKET')
  world.clock.advance(72_000)
  assert.match((await world.proxyTicket(pgt)).body, /code="INVALID_TICKET"/)
})

test('plain http is refused unless it is allowed, and the name in a certificate counts', async () => {
  using certificate = testCertificate()
  const asked: string[] = []
  const server = createServer({ key: readFileSync(certificate.key), cert: readFileSync(certificate.certificate) }, (request, response) => {
    asked.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const portal = { 'Portal-1.json': definition(1, '^https://app\\.example\\.org/.*', byPattern('.*')) }
    const settings = { 'castellan.proxy.allowInsecureCallbacks': false }
    await using strict = await proxyWorld({ settings, definitions: portal })
    assert.equal((await strict.begin()).code, 'INVALID_PROXY_CALLBACK', 'http')
    assert.equal(
      (await strict.begin({ url: `https://127.0.0.1:${port}/pgt` })).code,
      'INVALID_PROXY_CALLBACK',
      'a certificate nobody trusts',
    )
    assert.equal(asked.length, 0)
    const trusting = { ...settings, 'cas.httpClient.truststore.file': certificate.certificate }
    await using trusted = await proxyWorld({ settings: trusting, definitions: portal })
    assert.match((await trusted.begin({ url: `https://localhost:${port}/pgt` })).iou ?? '', /^PGTIOU-/)
    assert.match(asked[0] ?? '', /^\/pgt\?pgtIou=PGTIOU-[^&]+&pgtId=PGT-/)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('the callback is called once without parameters before, where that is wished', async () => {
  await using world = await proxyWorld({ settings: { 'castellan.proxy.probeCallback': true } })
  assert.match((await world.begin()).iou ?? '', /^PGTIOU-/)
  assert.deepEqual(
    world.callback.calls.map(({ query }) => query.has('pgtId')),
    [false, true],
  )
})

test('of many who present one proxy ticket at once exactly one gets the user', async () => {
  await using world = await proxyWorld()
  const { pgt } = await world.begin()
  const { ticket } = await world.proxyTicket(pgt)
  const answers = await Promise.all(Array.from({ length: 20 }, () => world.validate({ service: MAIL, ticket }, '/proxyValidate')))
  assert.equal(answers.filter(({ code }) => code === undefined).length, 1)
})

test('an application that wants a second factor is reached by a proxy only if the user has passed one', async () => {
  const policy = {
    multifactorPolicy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceMultifactorPolicy',
      multifactorAuthenticationProviders: ['java.util.HashSet', ['mfa-simple']],
    },
  }
  await using world = await proxyWorld({ definitions: { 'Pay-6.json': definition(6, '^https://pay\\.example\\.org/.*', policy) } })
  const target = 'https://pay.example.org/'
  const { pgt } = await world.begin()
  const refused = await world.proxyTicket(pgt, target)
  assert.match(refused.body, /code="UNAUTHORIZED_SERVICE_PROXY"/)
  assert.equal(refused.ticket, '')
  assert.notEqual((await world.proxyTicket(pgt)).ticket, '')

  const session = await world.openSession(authenticationOf('other', { attributes: { authnContextClass: ['mfa-simple'] } }))
  const passed = await world.begin({ ticket: await world.grant(session, { service: APP }) })
  const { ticket } = await world.proxyTicket(passed.pgt, target)
  assert.match((await world.validate({ service: target, ticket }, '/p3/proxyValidate')).body, /<cas:user>other</)
})
