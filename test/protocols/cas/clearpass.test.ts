import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto'
import { test } from 'node:test'
import { sealedPasswords } from '../../../src/sso/index.ts'
import { authenticationOf, key } from '../../sso/sso-parts.ts'
import { httpStub } from '../../support/http-stub.ts'
import { APP, type CasWorldOptions, casWorld, definition } from './cas-world.ts'

const PASSWORD = 'pä55 & <word>'
const passwords = sealedPasswords([key('clearpass')])
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = publicKey.export({ type: 'spki', format: 'pem' })

const KEY = { publicKey: { '@class': 'org.apereo.cas.services.RegisteredServicePublicKeyImpl', location: 'classpath:../app.pub' } }
const policy = (more: object, name = 'ReturnAllAttributeReleasePolicy') => ({
  attributeReleasePolicy: { '@class': `org.apereo.cas.services.${name}`, ...more },
})
const WANTS_PASSWORD = policy({ authorizedToReleaseCredentialPassword: true })

/** A user who has logged in with a password that was kept, and what one application is told of them. */
async function told(more: object, options: CasWorldOptions & { readonly sealed?: string | undefined; readonly parameters?: object } = {}) {
  await using world = await casWorld({
    definitions: { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*', more) },
    files: { 'app.pub': PEM },
    openPassword: passwords.open,
    ...options,
  })
  const sealedPassword = 'sealed' in options ? options.sealed : passwords.seal(PASSWORD, 'casuser')
  const login = authenticationOf('casuser', {
    of: { cn: ['One'], credential: ['claimed'] },
    ...(sealedPassword === undefined ? {} : { sealedPassword }),
  })
  const session = await world.openSession(login)
  const ticket = await world.grant(session)
  const { body } = await world.ask('/p3/serviceValidate', { service: APP, ticket, format: 'JSON', ...options.parameters })
  const { authenticationSuccess: success } = JSON.parse(body).serviceResponse
  return { attributes: success?.attributes, proxyGrantingTicket: success?.proxyGrantingTicket, body, lines: world.lines, world }
}

const opened = (cipherText: string, padding = constants.RSA_PKCS1_PADDING) =>
  privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, Buffer.from(cipherText, 'base64')).toString('utf8')

test('the password of the login reaches an application that is to have it, encrypted with its key', async () => {
  const { attributes, body, lines } = await told({ ...WANTS_PASSWORD, ...KEY })
  assert.equal(opened(attributes.credential[0]), PASSWORD)
  assert.deepEqual(attributes.credential.length, 1, 'an attribute of the user does not pass for it')
  assert.ok(!body.includes(PASSWORD) && !JSON.stringify(lines).includes(PASSWORD))
})

test('the padding is OAEP with SHA-256 where the settings say so', async () => {
  const { attributes } = await told({ ...WANTS_PASSWORD, ...KEY }, { services: { 'castellan.clearpass.padding': 'OAEP' } })
  assert.equal(opened(attributes.credential[0], constants.RSA_PKCS1_OAEP_PADDING), PASSWORD)
})

const KEPT_BACK: readonly (readonly [what: string, more: object, options?: Parameters<typeof told>[1]])[] = [
  ['the definition does not ask for it', { ...policy({}), ...KEY }],
  ['the definition has no key', WANTS_PASSWORD],
  ['the policy denies everything', { ...policy({ authorizedToReleaseCredentialPassword: true }, 'DenyAllAttributeReleasePolicy'), ...KEY }],
  [
    'the policy is not active for the user',
    {
      ...policy({
        authorizedToReleaseCredentialPassword: true,
        activationCriteria: {
          '@class': 'org.apereo.cas.services.AttributeBasedRegisteredServiceAttributeReleaseActivationCriteria',
          requiredAttributes: { cn: ['Two'] },
        },
      }),
      ...KEY,
    },
  ],
  ['passwords are not kept', { ...WANTS_PASSWORD, ...KEY }, { openPassword: () => undefined, sealed: undefined }],
  ['it was sealed for another user', { ...WANTS_PASSWORD, ...KEY }, { sealed: passwords.seal(PASSWORD, 'other') }],
  ['it was sealed under another key', { ...WANTS_PASSWORD, ...KEY }, { sealed: sealedPasswords([key('other')]).seal(PASSWORD, 'casuser') }],
  ['it is too long for the key', { ...WANTS_PASSWORD, ...KEY }, { sealed: passwords.seal('x'.repeat(246), 'casuser') }],
]
for (const [what, more, options] of KEPT_BACK) {
  test(`the password stays here when ${what}`, async () => {
    const { attributes, body } = await told(more, options)
    assert.notEqual(attributes, undefined, body)
    assert.ok(attributes.credential === undefined || attributes.credential[0] === 'claimed')
  })
}

test('the proxy-granting ticket reaches an application that is to have it in the answer, encrypted; its callback is not called', async () => {
  await using callback = await httpStub((_call, response) => response.writeHead(200).end())
  const proxyPolicy = { '@class': 'org.apereo.cas.services.RegexMatchingRegisteredServiceProxyPolicy', pattern: '^http://127\\.0\\.0\\.1:' }
  const settings = { 'castellan.proxy.allowInsecureCallbacks': true }
  await using world = await casWorld({
    definitions: {
      'Application-1.json': definition(1, '^https://app\\.example\\.org/.*', {
        ...policy({ authorizedToReleaseProxyGrantingTicket: true }),
        ...KEY,
        proxyPolicy,
      }),
      'Mail-2.json': definition(2, '^https://mail\\.example\\.org/.*'),
      'Keyless-3.json': definition(3, '^https://keyless\\.example\\.org/.*', {
        ...policy({ authorizedToReleaseProxyGrantingTicket: true }),
        proxyPolicy,
      }),
      'Refused-4.json': definition(4, '^https://refused\\.example\\.org/.*', {
        ...policy({ authorizedToReleaseProxyGrantingTicket: true }),
        ...KEY,
      }),
    },
    files: { 'app.pub': PEM },
    settings,
  })
  const session = await world.openSession(authenticationOf('casuser'))
  const validate = async (service: string) => {
    const ticket = await world.grant(session, { service })
    return world.ask('/p3/serviceValidate', { service, ticket, pgtUrl: `${callback.url}/pgt`, format: 'JSON' })
  }
  const { body } = await validate(APP)
  const { attributes, proxyGrantingTicket } = JSON.parse(body).serviceResponse.authenticationSuccess
  const pgt = opened(attributes.proxyGrantingTicket[0])
  assert.match(pgt, /^PGT-/)
  assert.deepEqual(attributes.proxyGrantingTicketIou, [proxyGrantingTicket])
  assert.equal(callback.calls.length, 0)
  assert.ok(!body.includes(pgt))
  const granted = await world.ask('/proxy', { pgt, targetService: 'https://mail.example.org/' })
  assert.match(granted.body, /<cas:proxyTicket>PT-/)

  // Without a key it is handed over as usual; a definition that may not proxy gets none either way.
  const keyless = JSON.parse((await validate('https://keyless.example.org/')).body).serviceResponse.authenticationSuccess
  assert.equal(keyless.attributes.proxyGrantingTicket, undefined)
  assert.equal(callback.calls.length, 1)
  assert.equal((await validate('https://refused.example.org/')).code, 'UNAUTHORIZED_SERVICE_PROXY')
})

test('where an answer has no attributes the proxy-granting ticket goes to the callback', async () => {
  await using callback = await httpStub((_call, response) => response.writeHead(200).end())
  await using world = await casWorld({
    definitions: {
      'Application-1.json': definition(1, '^https://app\\.example\\.org/.*', {
        ...policy({ authorizedToReleaseProxyGrantingTicket: true }),
        ...KEY,
        proxyPolicy: { '@class': 'org.apereo.cas.services.RegexMatchingRegisteredServiceProxyPolicy', pattern: '^http://127\\.0\\.0\\.1:' },
      }),
    },
    files: { 'app.pub': PEM },
    settings: { 'castellan.proxy.allowInsecureCallbacks': true, 'cas.view.cas2.v3ForwardCompatible': false },
  })
  const ticket = await world.grant(await world.openSession(authenticationOf('casuser')))
  const { body } = await world.ask('/serviceValidate', { service: APP, ticket, pgtUrl: `${callback.url}/pgt` })
  assert.match(body, /<cas:proxyGrantingTicket>PGTIOU-/)
  assert.equal(callback.calls.length, 1)
})

test('a script that cannot make the name of the user fails the validation, and no other name goes out', async () => {
  await using world = await casWorld({
    definitions: {
      'Application-1.json': definition(1, '^https://app\\.example\\.org/.*', {
        usernameAttributeProvider: {
          '@class': 'org.apereo.cas.services.GroovyRegisteredServiceUsernameProvider',
          groovyScript: "groovy { return attributes['gone'].get(0) }",
        },
      }),
    },
  })
  const session = await world.openSession(authenticationOf('casuser'))
  const answer = await world.ask('/p3/serviceValidate', { service: APP, ticket: await world.grant(session) })
  assert.equal(answer.status, 200)
  assert.equal(answer.code, 'INTERNAL_ERROR')
  assert.ok(!answer.body.includes('casuser'))
  const plain = await world.ask('/validate', { service: APP, ticket: await world.grant(session) })
  assert.equal(plain.body, 'no\n\n')
})
