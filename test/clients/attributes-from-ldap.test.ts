import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPasswordlessAccounts } from '../../src/authentication/index.ts'
import { openDirectory } from '../../src/authentication/ldap/directory.ts'
import { silentLog } from '../../src/base/log.ts'
import { type Settings, schema } from '../../src/config/schema.ts'
import { BrowserClient, loginUrl, ticketOf, validate } from '../support/browser-client.ts'
import { type Castellan, definition, startCastellan } from '../support/castellan.ts'
import { type TestCertificate, testCertificate } from '../support/certificates.ts'
import { answering, type HttpStub, httpStub } from '../support/http-stub.ts'
import { settingsOf } from '../support/settings.ts'
import { BASE, type Slapd, slapd } from '../support/slapd.ts'

/** Attributes of users out of a real OpenLDAP and another server (authentication.md 9), as an application gets them. */
let directory: Slapd
let people: HttpStub
let cas: Castellan
let certificate: TestCertificate
const S = 'https://app.example.org/'

const person = (uid: string, ou: string, more = '') => `dn: uid=${uid},ou=${ou},${BASE}
objectClass: inetOrgPerson
uid: ${uid}
cn: Person ${uid}
sn: ${uid}
mail: ${uid}@example.org
mail: ${uid}@mail.example.org
jpegPhoto:: /9j/4AAQ
${more}
`
const folder = (name: string) => `dn: ou=${name},${BASE}
objectClass: organizationalUnit
ou: ${name}

`
const LDIF = `${folder('staff')}${folder('guests')}${person('student1', 'staff', 'title: Professor\nuserPassword: secret\ntelephoneNumber: +1 555 000 0001\nemployeeType: TRUE')}
${person('guest1', 'guests')}
${person('twice', 'staff')}
${person('twice', 'guests')}
${person('odd)(uid=student1', 'staff').replace('dn: uid=odd)(uid=student1', 'dn: uid=odd)(uid\\=student1')}`

before(async () => {
  certificate = testCertificate()
  directory = await slapd({ ldif: LDIF, certificate })
  people = await httpStub(answering({ cn: 'One of REST', groups: ['a', 'b'] }))
  const ldap = (index: number) => `cas.authn.attribute-repository.ldap[${index}]`
  cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'student1::pw,nobody::pw,twice::pw',
      'cas.authn.attribute-repository.rest[0].url': `${people.url}/people`,
      'cas.authn.attribute-repository.core.expiration-time': 0,
      [`${ldap(0)}.ldap-url`]: directory.url,
      [`${ldap(0)}.bind-dn`]: `cn=reader,${BASE}`,
      [`${ldap(0)}.bind-credential`]: 'reader',
      [`${ldap(0)}.base-dn`]: BASE,
      [`${ldap(0)}.search-filter`]: 'uid={user}',
      [`${ldap(0)}.attributes.mail`]: 'mail',
      [`${ldap(0)}.attributes.title`]: 'role,position',
      [`${ldap(0)}.order`]: 2,
    },
    services: {
      'App-1.json': definition(1, '^https://app\\.example\\.org/.*', {
        attributeReleasePolicy: {
          '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
          allowedAttributes: ['java.util.ArrayList', ['cn', 'mail', 'groups', 'role', 'position', 'sn']],
        },
      }),
    },
  })
})
after(async () => {
  await cas?.[Symbol.asyncDispose]()
  await people?.[Symbol.asyncDispose]()
  await directory?.[Symbol.asyncDispose]()
  certificate?.[Symbol.dispose]()
})

async function toldOf(user: string) {
  const browser = new BrowserClient()
  await browser.login(cas.url, user, 'pw')
  const { attributes } = await validate(cas.url, S, ticketOf(await browser.get(loginUrl(cas.url, { service: S }))))
  return Object.fromEntries(['cn', 'mail', 'groups', 'role', 'position', 'sn'].map((name) => [name, attributes.get(name)]))
}

test('an application gets the attributes that a directory and another server know of its user [AU2]', async () => {
  assert.deepEqual(await toldOf('student1'), {
    cn: ['One of REST'],
    groups: ['a', 'b'],
    mail: ['student1@example.org', 'student1@mail.example.org'],
    role: ['Professor'],
    position: ['Professor'],
    sn: undefined,
  })
  assert.equal(people.calls.at(-1)?.query.get('username'), 'student1')
})

test('for whom a directory does not know there is what the others say', async () => {
  const told = await toldOf('nobody')
  assert.deepEqual([told['cn'], told['mail']], [['One of REST'], undefined])
})

test('of two entries none is taken, and the log says why', async () => {
  const told = await toldOf('twice')
  assert.deepEqual([told['cn'], told['mail']], [['One of REST'], undefined])
  await cas.logged(({ cause }) => /more than one entry/.test(String(cause)))
})

test('a directory that was away is asked again when it is back; meanwhile logins go on without it', async () => {
  await directory.stop()
  const told = await toldOf('student1')
  assert.deepEqual([told['cn'], told['mail']], [['One of REST'], undefined])
  await cas.logged(({ msg, source }) => source === 'ldap0' && /attribute source failed/.test(msg))
  assert.ok(!JSON.stringify(await cas.logSoFar()).includes('reader"'), 'no password in the log')
  await directory.start()
  assert.deepEqual((await toldOf('student1'))['mail'], ['student1@example.org', 'student1@mail.example.org'])
})

const CONNECTION = {
  connectionStrategy: 'ACTIVE_PASSIVE',
  useStartTls: false,
  connectTimeout: 5,
  responseTimeout: 5,
  bindDn: `cn=reader,${BASE}`,
  bindCredential: 'reader',
  trustCertificates: '',
  trustManager: 'DEFAULT',
  hostnameVerifier: 'DEFAULT',
  binaryAttributes: ['jpegPhoto'],
} as const

async function found(more: object, filter = '(uid=student1)', wish: object = {}) {
  const opened = openDirectory(
    { ...CONNECTION, ldapUrl: directory.url, ...more },
    { name: 'test', configurationDirectory: '/', log: silentLog },
  )
  try {
    const search = { base: BASE, subtree: true, filter, attributes: [], atMost: 10, ...wish }
    return (await opened.search(search)).map(({ dn, attributes }) => ({ dn, attributes }))
  } finally {
    await opened.close()
  }
}

test('entries come with all values, bytes as Base64; a base that does not exist has none', async () => {
  const [entry] = await found({})
  assert.equal(entry?.dn, `uid=student1,ou=staff,${BASE}`)
  assert.deepEqual(entry?.attributes['mail'], ['student1@example.org', 'student1@mail.example.org'])
  assert.deepEqual(entry?.attributes['jpegPhoto'], ['/9j/4AAQ'])
  assert.equal(entry?.attributes['userPassword'], undefined)
  assert.equal((await found({}, '(uid=twice)')).length, 2)
  assert.deepEqual(await found({}, '(uid=*)', { base: `ou=gone,${BASE}` }), [])
  assert.deepEqual(await found({}, '(uid=student1)', { subtree: false }), [])
})

test('a name with the signs of a filter is a name', async () => {
  const { userFilter } = await import('../../src/authentication/ldap/directory.ts')
  const entries = await found({}, userFilter('uid={user}', 'odd)(uid=student1'))
  assert.deepEqual(
    entries.map(({ attributes }) => attributes['cn']),
    [['Person odd)(uid=student1']],
  )
  assert.deepEqual(await found({}, userFilter('uid={user}', '*')), [])
})

test('connections are encrypted and the certificate counts', async () => {
  const trusted = { trustCertificates: certificate.certificate }
  assert.equal((await found({ ...trusted, ldapUrl: directory.secureUrl })).length, 1)
  assert.equal((await found({ ...trusted, ldapUrl: directory.url.replace('127.0.0.1', 'localhost'), useStartTls: true })).length, 1)
  await assert.rejects(found({ ldapUrl: directory.secureUrl }), /certificate|self.signed/i)
  assert.equal((await found({ ldapUrl: directory.secureUrl, trustManager: 'ANY' })).length, 1)
})

test('of several servers the next one answers when the first does not; a wrong password of the reader is an error', async () => {
  assert.equal((await found({ ldapUrl: `ldap://127.0.0.1:1 ${directory.url}` })).length, 1)
  await assert.rejects(found({ bindCredential: 'wrong' }), /credentials/i)
  await assert.rejects(found({ ldapUrl: 'ldap://127.0.0.1:1' }), /127\.0\.0\.1:1.*ECONNREFUSED/)
})

test('a login without a password finds its account in the directory: mailbox, phone, name, who has to give a password, and who is nobody', async () => {
  const settings = settingsOf<Settings>(schema, {
    'cas.authn.passwordless.accounts.ldap.ldapUrl': directory.url,
    'cas.authn.passwordless.accounts.ldap.bindDn': `cn=reader,${BASE}`,
    'cas.authn.passwordless.accounts.ldap.bindCredential': 'reader',
    'cas.authn.passwordless.accounts.ldap.baseDn': `ou=guests,${BASE}|ou=staff,${BASE}`,
    'cas.authn.passwordless.accounts.ldap.searchFilter': 'uid={user}',
    'cas.authn.passwordless.accounts.ldap.usernameAttribute': 'UID',
    'cas.authn.passwordless.accounts.ldap.phoneAttribute': 'telephoneNumber',
    'cas.authn.passwordless.accounts.ldap.requestPasswordAttribute': 'employeeType',
    'cas.authn.passwordless.accounts.ldap.requiredAttribute': 'title',
  })
  const accounts = await openPasswordlessAccounts({
    settings,
    configurationDirectory: '/nonexistent',
    scriptTimeoutMs: 2000,
    log: silentLog,
  })
  try {
    // As the directory writes it, however it was typed.
    assert.deepEqual(await accounts.find('Student1'), {
      username: 'student1',
      email: 'student1@example.org',
      phone: '+1 555 000 0001',
      attributes: { name: ['Person student1'] },
      requestPassword: true,
      multifactorEligible: undefined,
    })
    for (const name of ['guest1', 'nobody', '*', 'student*', 'x)(uid=student1']) assert.equal(await accounts.find(name), undefined, name)
  } finally {
    await accounts.close()
  }
})
