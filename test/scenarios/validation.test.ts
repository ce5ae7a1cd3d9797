import assert from 'node:assert/strict'
import { generateKeyPairSync, privateDecrypt, constants as rsa } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, ticketOf, validate } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, startCastellan } from '../support/castellan.ts'

/** The tables of cas-protocol.md 3 and 4, seen from an application. */
let cas: Castellan
let browser: BrowserClient
const S = 'https://app.example.org/portal'
const ENDPOINTS = ['/validate', '/serviceValidate', '/p3/serviceValidate', '/proxyValidate', '/p3/proxyValidate'] as const

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const allowed = (...names: string[]) => ({
  attributeReleasePolicy: {
    '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
    allowedAttributes: ['java.util.ArrayList', names],
  },
})

before(async () => {
  cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'student1::pw',
      'cas.ticket.st.time-to-kill-in-seconds': 60,
      'cas.clearpass.cache-credential': true,
      'cas.authn.attribute-repository.json[0].location': 'file:{dir}/titles.json',
      'cas.authn.attribute-repository.json[0].id': 'titles',
      'cas.authn.attribute-repository.json[0].state': 'STANDBY',
      'cas.authn.attribute-repository.stub.attributes.cn': 'First Student',
      'cas.authn.attribute-repository.stub.attributes.mail': 'one@example.org,two@example.org',
      'cas.authn.attribute-repository.stub.attributes.sn': '<Student> & "Co"',
    },
    services: {
      'Allowed-1.json': definition(1, '^https://app\\.example\\.org/.*', allowed('cn', 'mail')),
      'All-2.json': definition(2, '^https://all\\.example\\.org/.*', {
        attributeReleasePolicy: { '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy' },
      }),
      'None-3.json': definition(3, '^https://none\\.example\\.org/.*', {
        attributeReleasePolicy: { '@class': 'org.apereo.cas.services.DenyAllAttributeReleasePolicy' },
      }),
      'Mapped-4.json': definition(4, '^https://mapped\\.example\\.org/.*', {
        attributeReleasePolicy: {
          '@class': 'org.apereo.cas.services.ReturnMappedAttributeReleasePolicy',
          allowedAttributes: { '@class': 'java.util.TreeMap', cn: 'fullName', sn: 'user@name' },
        },
      }),
      'Old-5.json': {
        ...definition(5, '^https://old\\.example\\.org/.*', allowed('cn')),
        '@class': 'org.apereo.cas.services.RegexRegisteredService',
      },
      'Leaving-6.json': definition(6, '^https://leaving\\.example\\.org/.*'),
      'Short-7.json': definition(7, '^https://short\\.example\\.org/.*', {
        serviceTicketExpirationPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceServiceTicketExpirationPolicy',
          numberOfUses: 1,
          timeToLive: 'PT1S',
        },
      }),
      'Password-8.json': definition(8, '^https://mailbox\\.example\\.org/.*', {
        publicKey: {
          '@class': 'org.apereo.cas.services.RegisteredServicePublicKeyImpl',
          location: 'classpath:mailbox.pub',
          algorithm: 'RSA',
        },
        attributeReleasePolicy: {
          '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy',
          authorizedToReleaseCredentialPassword: true,
          principalAttributesRepository: {
            '@class': 'org.apereo.cas.authentication.principal.DefaultPrincipalAttributesRepository',
            attributeRepositoryIds: ['java.util.HashSet', ['titles']],
          },
        },
      }),
    },
    files: {
      'classpath/mailbox.pub': String(publicKey.export({ type: 'spki', format: 'pem' })),
      'titles.json': '{ "student1": { "title": ["Professor"] } }',
    },
  })
  browser = new BrowserClient()
  await browser.login(cas.url, 'student1', 'pw')
})
after(() => cas?.[Symbol.asyncDispose]())

const ticketFor = async (service: string, more: Readonly<Record<string, string>> = {}) =>
  ticketOf(await browser.get(loginUrl(cas.url, { service, ...more })))
const ask = async (path: string, parameters: Readonly<Record<string, string>>) => {
  const response = await fetch(`${cas.url}${path}?${new URLSearchParams(parameters)}`)
  return { status: response.status, type: response.headers.get('content-type') ?? '', body: await response.text() }
}

test('a ticket is good once, at each endpoint, in the form of that endpoint', async () => {
  for (const path of ENDPOINTS) {
    const ticket = await ticketFor(S)
    const first = await ask(path, { service: S, ticket })
    assert.equal(first.status, 200)
    const second = await ask(path, { service: S, ticket })
    assert.equal(second.status, 200)
    if (path === '/validate') {
      assert.equal(first.body, 'yes\nstudent1\n')
      assert.equal(second.body, 'no\n\n')
      assert.match(first.type, /^text\/plain; ?charset=utf-8$/i)
    } else {
      assert.match(first.type, /^application\/xml; ?charset=utf-8$/i)
      assert.match(
        first.body,
        /^<cas:serviceResponse xmlns:cas='http:\/\/www\.yale\.edu\/tp\/cas'>\n {4}<cas:authenticationSuccess>\n {8}<cas:user>student1<\/cas:user>/,
      )
      assert.doesNotMatch(first.body, /<cas:proxies>/)
      assert.match(second.body, /<cas:authenticationFailure code="INVALID_TICKET">/)
      assert.ok(second.body.includes(ticket), 'the id of the ticket stands in the text')
    }
  }
})

test('only released attributes leave the server: an allowed list, in both classes of a CAS service [A6, P2, P4]', async () => {
  const validated = await validate(cas.url, S, await ticketFor(S))
  const own = [...validated.attributes.keys()].filter((name) => ['cn', 'mail', 'sn'].includes(name)).sort()
  assert.deepEqual(own, ['cn', 'mail'])
  assert.deepEqual(validated.attributes.get('cn'), ['First Student'])
  assert.deepEqual(validated.attributes.get('mail'), ['one@example.org', 'two@example.org'])
  for (const name of ['authenticationDate', 'longTermAuthenticationRequestTokenUsed', 'isFromNewLogin'])
    assert.ok(validated.attributes.has(name), name)
  assert.match(validated.attributes.get('authenticationDate')?.[0] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.ok(!validated.attributes.has('clientIpAddress'), 'facts about the browser are not released unasked')

  const old = await validate(cas.url, 'https://old.example.org/', await ticketFor('https://old.example.org/'))
  assert.deepEqual(old.attributes.get('cn'), ['First Student'])
  assert.ok(!old.attributes.has('mail'))
})

test('all, none, and mapped attributes', async () => {
  const all = await validate(cas.url, 'https://all.example.org/', await ticketFor('https://all.example.org/'))
  assert.deepEqual(all.attributes.get('sn'), ['&lt;Student&gt; &amp; &quot;Co&quot;'])
  const none = await validate(cas.url, 'https://none.example.org/', await ticketFor('https://none.example.org/'))
  assert.equal(none.user, 'student1')
  assert.deepEqual([...none.attributes.keys()], [])
  assert.doesNotMatch(none.body, /<cas:attributes>/)
  const mapped = await validate(cas.url, 'https://mapped.example.org/', await ticketFor('https://mapped.example.org/'))
  assert.deepEqual(mapped.attributes.get('fullName'), ['First Student'])
  assert.ok(!mapped.attributes.has('cn'))
  assert.ok(mapped.attributes.has('_75736572406e616d65'), 'a name that XML does not admit is written in hexadecimal')
})

test('JSON: the same answer with arrays; another format is an error in XML and leaves the ticket alone', async () => {
  const ticket = await ticketFor(S)
  const yaml = await ask('/p3/serviceValidate', { service: S, ticket, format: 'yaml' })
  assert.match(yaml.body, /code="INVALID_REQUEST"/)
  const json = await ask('/p3/serviceValidate', { service: S, ticket, format: 'json' })
  assert.match(json.type, /^application\/json/)
  const { authenticationSuccess } = JSON.parse(json.body).serviceResponse
  assert.equal(authenticationSuccess.user, 'student1')
  assert.deepEqual(authenticationSuccess.attributes.mail, ['one@example.org', 'two@example.org'])
  assert.deepEqual(authenticationSuccess.attributes.isFromNewLogin, [false])
  const failed = JSON.parse((await ask('/serviceValidate', { service: S, ticket, format: 'JSON' })).body)
  assert.equal(failed.serviceResponse.authenticationFailure.code, 'INVALID_TICKET')
})

test('every way to fail has its code, and always the status 200', async () => {
  const missing: Readonly<Record<string, string>>[] = [{}, { service: S }, { ticket: 'ST-1-x' }, { service: '', ticket: 'ST-1-x' }]
  for (const parameters of missing) {
    const answer = await ask('/serviceValidate', parameters)
    assert.equal(answer.status, 200)
    assert.match(answer.body, /code="INVALID_REQUEST"/)
    assert.equal((await ask('/validate', parameters)).body, 'no\n\n')
  }
  for (const ticket of ['ST-1-unknown', 'TGT-1-x', 'PT-1-x', 'nonsense', '<b>"&', `ST-${'x'.repeat(5000)}`]) {
    const answer = await ask('/serviceValidate', { service: S, ticket })
    assert.equal(answer.status, 200)
    assert.match(answer.body, /code="INVALID_TICKET"/)
    assert.ok(!answer.body.includes('<b>'))
    assert.ok(answer.body.length < 2000, 'a long id is cut')
  }
  const unknown = await ask('/serviceValidate', { service: 'https://unknown.example.org/', ticket: 'ST-1-x' })
  assert.equal(unknown.status, 200)
  assert.match(unknown.body, /code="(INVALID_TICKET|UNAUTHORIZED_SERVICE)"/)
})

test('a ticket presented for another service is refused and spent', async () => {
  const ticket = await ticketFor(S)
  const wrong = await validate(cas.url, 'https://all.example.org/', ticket)
  assert.equal(wrong.code, 'INVALID_SERVICE')
  assert.ok(!wrong.body.includes('app.example.org'), 'the answer does not tell a thief where the ticket belongs')
  assert.equal((await validate(cas.url, S, ticket)).code, 'INVALID_TICKET')
})

test('when two addresses are the same service', async () => {
  for (const [issued, presented, same] of [
    ['https://app.example.org/x', 'https://app.example.org/X', true],
    ['https://app.example.org/x#/route', 'https://app.example.org/x', true],
    ['https://app.example.org/x?u=%C3%A9', 'https://app.example.org/x?u=é', true],
    ['https://app.example.org/x;jsessionid=1', 'https://app.example.org/x', true],
    ['https://app.example.org/x/', 'https://app.example.org/x', false],
    ['https://app.example.org/x?b=1&a=2', 'https://app.example.org/x?a=2&b=1', false],
    ['https://app.example.org/x?q=%zz', 'https://app.example.org/x?q=%zz', false],
  ] as const) {
    const validated = await validate(cas.url, presented, await ticketFor(issued))
    assert.equal(validated.user === 'student1', same, `${issued} and ${presented}: ${validated.body}`)
    if (!same) assert.equal(validated.code, 'INVALID_SERVICE')
  }
})

test('renew at the validation: a ticket of the session does not do and is spent', async () => {
  const ticket = await ticketFor(S)
  assert.equal((await validate(cas.url, S, ticket, { parameters: { renew: 'true' } })).code, 'INVALID_TICKET')
  assert.equal((await validate(cas.url, S, ticket)).code, 'INVALID_TICKET')
  for (const renew of ['false', '']) {
    assert.equal((await validate(cas.url, S, await ticketFor(S), { parameters: { renew } })).user, 'student1', `renew=${renew}`)
  }
})

test('a definition that is taken away takes its outstanding tickets with it [P3]', async () => {
  const service = 'https://leaving.example.org/'
  const ticket = await ticketFor(service)
  await rm(join(cas.servicesDirectory, 'Leaving-6.json'))
  await eventually(
    'the application is refused',
    async () => (await browser.get(loginUrl(cas.url, { service }))).status === 403 || undefined,
  )
  const late = await validate(cas.url, service, ticket)
  assert.equal(late.status, 200)
  assert.equal(late.code, 'UNAUTHORIZED_SERVICE')
})

test('a ticket lives as long as its definition says', async () => {
  const service = 'https://short.example.org/'
  const ticket = await ticketFor(service)
  await new Promise((resolve) => setTimeout(resolve, 1_300))
  assert.equal((await validate(cas.url, service, ticket)).code, 'INVALID_TICKET')
  assert.equal((await validate(cas.url, service, await ticketFor(service))).user, 'student1')
})

test('a validation may be posted; other methods are refused with the methods that work', async () => {
  const ticket = await ticketFor(S)
  const posted = await fetch(`${cas.url}/p3/serviceValidate`, { method: 'POST', body: new URLSearchParams({ service: S, ticket }) })
  assert.match(await posted.text(), /<cas:user>student1/)
  const deleted = await fetch(`${cas.url}/p3/serviceValidate`, { method: 'DELETE' })
  assert.equal(deleted.status, 405)
  assert.match(deleted.headers.get('allow') ?? '', /GET/)
})

test('isFromNewLogin tells a ticket of fresh credentials from one of the session', async () => {
  const fresh = new BrowserClient()
  const first = ticketOf(await fresh.login(cas.url, 'student1', 'pw', { service: S }))
  assert.deepEqual((await validate(cas.url, S, first)).attributes.get('isFromNewLogin'), ['true'])
  const second = ticketOf(await fresh.get(loginUrl(cas.url, { service: S })))
  assert.deepEqual((await validate(cas.url, S, second)).attributes.get('isFromNewLogin'), ['false'])
})

test('a definition may have the password along, encrypted, and attributes of a source that logins do not ask', async () => {
  const service = 'https://mailbox.example.org/'
  const { attributes } = await validate(cas.url, service, await ticketFor(service))
  const [credential = ''] = attributes.get('credential') ?? []
  assert.equal(
    privateDecrypt({ key: privateKey, padding: rsa.RSA_PKCS1_PADDING }, Buffer.from(credential, 'base64')).toString('utf8'),
    'pw',
  )
  assert.deepEqual(attributes.get('title'), ['Professor'])
  const other = await validate(cas.url, 'https://all.example.org/', await ticketFor('https://all.example.org/'))
  assert.equal(other.attributes.get('credential'), undefined)
  assert.equal(other.attributes.get('title'), undefined)
})

test('no ticket, password or cookie stands in the log', async () => {
  const secret = new BrowserClient()
  const ticket = ticketOf(await secret.login(cas.url, 'student1', 'pw', { service: S }))
  await validate(cas.url, S, ticket)
  await validate(cas.url, S, ticket)
  await new BrowserClient().login(cas.url, 'student1', 'mistyped-secret')
  const log = JSON.stringify(await cas.logSoFar()) + cas.errors()
  assert.ok(!log.includes(ticket))
  assert.ok(!log.includes(secret.cookie('TGC') ?? 'no cookie'))
  assert.ok(!log.includes('mistyped-secret'))
  assert.doesNotMatch(log, /TGT-\d+-[A-Za-z0-9_-]{20}/)
})
