import assert from 'node:assert/strict'
import { constants, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto'
import { test } from 'node:test'
import { definition, openWorld, type World } from './world.ts'

const CLASS = 'org.apereo.cas.services.'
const URL = 'https://app/x'
const USER = {
  cn: ['Case User'],
  mail: ['u1@example.org', 'u2@example.org'],
  memberOf: ['CN=g1,OU=example,DC=org', 'CN=g2,OU=example,DC=org'],
  uid: ['casuser'],
}

async function withPolicy(type: string, members: object = {}, bundle: readonly string[] = [], more: object = {}): Promise<World> {
  const attributeReleasePolicy = { '@class': CLASS + type, ...members }
  return openWorld({ bundle, files: { 'App-1.json': definition(1, 'App', '^https://app/.*', { attributeReleasePolicy, ...more }) } })
}

const filter = (type: string, members: object) => ({ attributeFilter: { '@class': `${CLASS}support.${type}`, ...members } })

/** class, members, default bundle, what is released. */
const ROWS: readonly (readonly [type: string, members: object, bundle: readonly string[], released: object])[] = [
  ['ReturnAllowedAttributeReleasePolicy', { allowedAttributes: ['java.util.ArrayList', ['cn', 'missing']] }, [], { cn: USER.cn }],
  ['ReturnAllowedAttributeReleasePolicy', { allowedAttributes: ['CN', 'MAIL'] }, [], { CN: USER.cn, MAIL: USER.mail }],
  ['ReturnAllowedAttributeReleasePolicy', { allowedAttributes: 'cn' }, ['uid', 'nothing'], { uid: USER.uid, cn: USER.cn }],
  ['ReturnAllowedAttributeReleasePolicy', { excludeDefaultAttributes: true }, ['uid'], {}],
  ['ReturnAllAttributeReleasePolicy', {}, [], USER],
  [
    'ReturnAllAttributeReleasePolicy',
    { excludedAttributes: ['java.util.LinkedHashSet', ['MAIL', 'memberOf']] },
    [],
    { cn: USER.cn, uid: USER.uid },
  ],
  ['DenyAllAttributeReleasePolicy', {}, ['uid'], {}],
  [
    'ReturnMappedAttributeReleasePolicy',
    {
      allowedAttributes: {
        '@class': 'java.util.TreeMap',
        cn: 'displayName',
        mail: ['java.util.ArrayList', ['email', 'contact']],
        gone: 'x',
      },
    },
    [],
    { displayName: USER.cn, email: USER.mail, contact: USER.mail },
  ],
  [
    'ReturnMappedAttributeReleasePolicy',
    { allowedAttributes: { cn: 'groovy { return attributes["cn"] }', uid: 'file:/etc/cas/x.groovy', mail: 'm' } },
    [],
    { cn: USER.cn, m: USER.mail },
  ],
  [
    'ReturnStaticAttributeReleasePolicy',
    { allowedAttributes: { '@class': 'java.util.HashMap', group: ['java.util.ArrayList', ['a', 'b']], one: 'c' } },
    [],
    { group: ['a', 'b'], one: ['c'] },
  ],
  ['ReturnLinkedAttributeReleasePolicy', { allowedAttributes: { name: ['displayName', 'cn'], none: ['a', 'b'] } }, [], { name: USER.cn }],
  [
    'PatternMatchingAttributeReleasePolicy',
    {
      allowedAttributes: {
        '@class': 'java.util.TreeMap',
        memberOf: {
          '@class': `${CLASS}PatternMatchingAttributeReleasePolicy$Rule`,
          pattern: '^CN=(\\w+),\\s*OU=(\\w+),.+',
          transform: `$\{2}/$\{1}`,
        },
        mail: { pattern: 'u2' },
        cn: { '@class': `${CLASS}PatternMatchingAttributeReleasePolicy$Rule`, pattern: 'nothing', transform: 'x' },
      },
    },
    [],
    { memberOf: ['example/g1', 'example/g2'], mail: ['u2'] },
  ],
  [
    'ChainingAttributeReleasePolicy',
    {
      policies: [
        { '@class': `${CLASS}ReturnStaticAttributeReleasePolicy`, order: 2, allowedAttributes: { cn: ['static'] } },
        { '@class': `${CLASS}ReturnAllowedAttributeReleasePolicy`, order: 1, allowedAttributes: ['cn', 'uid'] },
      ],
    },
    [],
    { cn: ['static'], uid: USER.uid },
  ],
  [
    'ChainingAttributeReleasePolicy',
    {
      mergingPolicy: 'multivalued',
      policies: [
        'java.util.ArrayList',
        [
          { '@class': `${CLASS}ReturnAllowedAttributeReleasePolicy`, allowedAttributes: ['cn'] },
          { '@class': `${CLASS}ReturnStaticAttributeReleasePolicy`, allowedAttributes: { cn: ['static'] } },
        ],
      ],
    },
    [],
    { cn: ['Case User', 'static'] },
  ],
  [
    'ChainingAttributeReleasePolicy',
    {
      mergingPolicy: 'ADD',
      policies: [
        {
          '@class': `${CLASS}ReturnAllowedAttributeReleasePolicy`,
          allowedAttributes: ['mail'],
          ...filter('RegisteredServiceRegexAttributeFilter', { pattern: 'u1.*' }),
        },
        { '@class': `${CLASS}ReturnAllAttributeReleasePolicy`, excludedAttributes: ['memberOf', 'cn', 'uid'] },
      ],
    },
    [],
    { mail: ['u1@example.org'] },
  ],
  ['ReturnAllAttributeReleasePolicy', filter('RegisteredServiceRegexAttributeFilter', { pattern: '^u\\d@.*' }), [], { mail: USER.mail }],
  [
    'ReturnAllAttributeReleasePolicy',
    filter('RegisteredServiceMappedRegexAttributeFilter', { patterns: { memberOf: 'cn=g1', cn: 'nobody' } }),
    [],
    { mail: USER.mail, memberOf: ['CN=g1,OU=example,DC=org'], uid: USER.uid },
  ],
  [
    'ReturnAllAttributeReleasePolicy',
    filter('RegisteredServiceMappedRegexAttributeFilter', {
      patterns: { uid: ['java.util.ArrayList', ['cas']] },
      excludeUnmappedAttributes: true,
      completeMatch: true,
    }),
    [],
    {},
  ],
  [
    'ReturnAllAttributeReleasePolicy',
    filter('RegisteredServiceReverseMappedRegexAttributeFilter', { patterns: { memberOf: ['g1'], uid: '(broken' } }),
    [],
    { cn: USER.cn, mail: USER.mail, memberOf: ['CN=g2,OU=example,DC=org'] },
  ],
  [
    'ReturnAllAttributeReleasePolicy',
    filter('RegisteredServiceMutantRegexAttributeFilter', {
      excludeUnmappedAttributes: true,
      patterns: { memberOf: '^CN=(\\w+).*$ -> group-$1', mail: 'u1' },
    }),
    [],
    { mail: ['u1@example.org'], memberOf: ['group-g1', 'group-g2'] },
  ],
  [
    'ReturnAllAttributeReleasePolicy',
    filter('RegisteredServiceChainingAttributeFilter', {
      filters: [{ '@class': `${CLASS}support.RegisteredServiceRegexAttributeFilter`, pattern: '.*@.*' }],
      policies: [{ '@class': `${CLASS}support.RegisteredServiceRegexAttributeFilter`, pattern: 'u1.*' }],
    }),
    [],
    { mail: ['u1@example.org'] },
  ],
  ['ReturnAllAttributeReleasePolicy', filter('RegisteredServiceScriptedAttributeFilter', { script: 'x' }), [], {}],
  ['ReturnAllowedAttributeReleasePolicy', { allowedAttributes: ['cn'], canonicalizationMode: 'UPPER' }, [], { cn: ['CASE USER'] }],
  [
    'ReturnAllowedAttributeReleasePolicy',
    {
      allowedAttributes: ['cn', 'mail'],
      canonicalizationMode: 'UPPER',
      ...filter('RegisteredServiceRegexAttributeFilter', { pattern: 'case.*' }),
    },
    [],
    { cn: ['Case User'] },
  ],
  [
    'ReturnAllowedAttributeReleasePolicy',
    { allowedAttributes: ['cn'], principalIdAttribute: 'login' },
    [],
    { cn: ['Case User'], login: ['casuser'] },
  ],
  ['ReturnAllowedAttributeReleasePolicy', { allowedAttributes: ['uid'], principalIdAttribute: 'UID' }, [], { uid: ['casuser'] }],
  [
    'ReturnAllAttributeReleasePolicy',
    {
      activationCriteria: {
        '@class': `${CLASS}AttributeBasedRegisteredServiceAttributeReleaseActivationCriteria`,
        requiredAttributes: { cn: ['nobody'] },
      },
    },
    ['uid'],
    {},
  ],
  [
    'ReturnAllowedAttributeReleasePolicy',
    {
      allowedAttributes: ['cn'],
      activationCriteria: {
        '@class': `${CLASS}AttributeBasedRegisteredServiceAttributeReleaseActivationCriteria`,
        requiredAttributes: { cn: ['nobody'] },
        reverseMatch: true,
      },
    },
    [],
    { cn: USER.cn },
  ],
  ['GroovyScriptAttributeReleasePolicy', { groovyScript: 'file:/x.groovy' }, [], {}],
  ['ReturnRestfulAttributeReleasePolicy', { endpoint: 'https://x' }, [], {}],
]

for (const [type, members, bundle, released] of ROWS) {
  test(`${type} with ${JSON.stringify(members).slice(0, 160)} and the bundle [${bundle}]`, async () => {
    await using world = await withPolicy(type, members, bundle)
    assert.deepEqual((await world.release(URL, USER)).attributes, released)
  })
}

test('only the attributes of the Java-typed list reach the application [A6]', async () => {
  await using world = await withPolicy('ReturnAllowedAttributeReleasePolicy', {
    allowedAttributes: ['java.util.ArrayList', ['cn', 'mail']],
  })
  assert.deepEqual(await world.release(URL, USER), {
    username: 'casuser',
    attributes: { cn: USER.cn, mail: USER.mail },
    authenticationAttributes: true,
  })
})

test('attributes of the authentication go along unless the policy says no', async () => {
  await using denied = await withPolicy('DenyAllAttributeReleasePolicy')
  await using off = await withPolicy('ReturnAllAttributeReleasePolicy', { authorizedToReleaseAuthenticationAttributes: false })
  assert.equal((await denied.release(URL, USER)).authenticationAttributes, false)
  assert.equal((await off.release(URL, USER)).authenticationAttributes, false)
})

test('what is not built and what cannot be used is an error that names the file', async () => {
  await using world = await withPolicy('ReturnMappedAttributeReleasePolicy', { allowedAttributes: { cn: 'groovy { 1.execute() }' } })
  await using other = await withPolicy('GroovyScriptAttributeReleasePolicy')
  assert.match(world.messages('error')[0] ?? '', /^App-1\.json:1:\d+: this Groovy is not understood here/)
  assert.match(other.messages('error')[0] ?? '', /^App-1\.json: "groovyScript" is no script that can be run here/)
})

test('a consent policy is kept as it stands', async () => {
  const consentPolicy = {
    '@class': `${CLASS}consent.DefaultRegisteredServiceConsentPolicy`,
    status: 'TRUE',
    excludedAttributes: ['java.util.HashSet', ['cn']],
  }
  await using world = await withPolicy('ReturnAllAttributeReleasePolicy', { consentPolicy })
  const policy = world.services.byId('1')?.definition['attributeReleasePolicy'] as { readonly consentPolicy: unknown }
  assert.deepEqual(policy.consentPolicy, { ...consentPolicy, excludedAttributes: ['cn'] })
  assert.deepEqual(world.messages('warn', 'error'), [])
})

async function nameWith(type: string, members: object = {}, release: object = {}): Promise<string> {
  await using world = await withPolicy('ReturnMappedAttributeReleasePolicy', release, [], {
    usernameAttributeProvider: { '@class': CLASS + type, ...members },
  })
  const finding = world.find(URL)
  return finding.kind === 'refused' ? finding.reason : (await world.release(URL, USER)).username
}

test('the user has the name that the definition gives', async () => {
  const attribute = 'PrincipalAttributeRegisteredServiceUsernameProvider'
  assert.equal(await nameWith('DefaultRegisteredServiceUsernameProvider'), 'casuser')
  assert.equal(await nameWith('DefaultRegisteredServiceUsernameProvider', { canonicalizationMode: 'UPPER' }), 'CASUSER')
  assert.equal(
    await nameWith('DefaultRegisteredServiceUsernameProvider', { removePattern: '^cas', scope: 'example.org' }),
    'user@example.org',
  )
  assert.equal(await nameWith(attribute, { usernameAttribute: 'mail' }), 'u1@example.org')
  assert.equal(await nameWith(attribute, { usernameAttribute: 'mail', canonicalizationMode: 'upper' }), 'U1@EXAMPLE.ORG')
  // What is released to the application comes first.
  assert.equal(await nameWith(attribute, { usernameAttribute: 'mail' }, { allowedAttributes: { cn: 'mail' } }), 'Case User')
  assert.equal(await nameWith(attribute, { usernameAttribute: 'gone' }), 'casuser')
  assert.equal(await nameWith('StaticRegisteredServiceUsernameProvider', { value: 'everybody' }), 'everybody')
  assert.equal(await nameWith('StaticRegisteredServiceUsernameProvider'), 'unusable')
  assert.equal(await nameWith('GroovyRegisteredServiceUsernameProvider'), 'unusable')
  assert.equal(await nameWith('DefaultRegisteredServiceUsernameProvider', { encryptUsername: true }), 'unusable')
})

test('a missing attribute for the name is warned about', async () => {
  await using world = await withPolicy('DenyAllAttributeReleasePolicy', {}, [], {
    usernameAttributeProvider: { '@class': `${CLASS}PrincipalAttributeRegisteredServiceUsernameProvider`, usernameAttribute: 'gone' },
  })
  await world.release(URL, USER)
  assert.match(world.messages('warn').join(), /the attribute "gone" for the user name is missing/)
})

test('an anonymous name is the one CAS makes, and differs from application to application', async () => {
  const persistentIdGenerator = {
    '@class': 'org.apereo.cas.authentication.principal.ShibbolethCompatiblePersistentIdGenerator',
    salt: 'sea\nsalt',
  }
  const expected = (principal: string) => createHash('sha1').update(`${URL}!${principal}!sea salt`).digest('base64')
  const type = 'AnonymousRegisteredServiceUsernameAttributeProvider'
  assert.equal(await nameWith(type, { persistentIdGenerator }), expected('casuser'))
  assert.equal(await nameWith(type, { persistentIdGenerator: { ...persistentIdGenerator, attribute: 'cn' } }), expected('Case User'))
  assert.notEqual(await nameWith(type), await nameWith(type))
  const pairwise = { ...persistentIdGenerator, '@class': 'org.apereo.cas.authentication.principal.OidcPairwisePersistentIdGenerator' }
  assert.equal(await nameWith(type, { persistentIdGenerator: pairwise }), expected('casuser'))
})

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const decrypt = (value: unknown) =>
  // Node takes PKCS#1 v1.5 apart only where its OpenSSL hides what went wrong, as that of every supported release does.
  privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(String(value), 'base64')).toString('utf8')

for (const [form, bytes] of [
  ['PEM', publicKey.export({ type: 'spki', format: 'pem' })],
  ['DER', publicKey.export({ type: 'spki', format: 'der' })],
] as const) {
  test(`attributes and the user name are encrypted for a publicKey in ${form}`, async () => {
    const allowedAttributes = ['java.util.ArrayList', ['cn', 'mail', 'note', 'gone']]
    await using world = await openWorld({
      files: {
        'key.pub': bytes,
        'App-1.json': definition(1, 'App', '^https://app/.*', {
          publicKey: { '@class': `${CLASS}RegisteredServicePublicKeyImpl`, location: 'classpath:../../key.pub', algorithm: 'RSA' },
          attributeReleasePolicy: { '@class': `${CLASS}ReturnEncryptedAttributeReleasePolicy`, allowedAttributes },
          usernameAttributeProvider: { '@class': `${CLASS}DefaultRegisteredServiceUsernameProvider`, encryptUsername: true, scope: 'x' },
        }),
      },
    })
    const { username, attributes } = await world.release(URL, { ...USER, note: ['short', 'x'.repeat(246)] })
    assert.equal(decrypt(username), 'casuser@x')
    assert.deepEqual(Object.keys(attributes), ['cn', 'mail', 'note'])
    assert.deepEqual(attributes['mail']?.map(decrypt), USER.mail)
    assert.deepEqual(attributes['note']?.map(decrypt), ['short'])
    assert.match(world.messages('warn').join(), /a value of "note" is too long for the publicKey/)
  })
}

test('without a usable key nothing is released', async () => {
  for (const more of [{}, { publicKey: { location: 'file:/nowhere/key.pub' } }, { publicKey: { location: 'https://keys.example.org/' } }]) {
    await using world = await withPolicy('ReturnEncryptedAttributeReleasePolicy', { allowedAttributes: ['cn'] }, [], more)
    assert.deepEqual((await world.release(URL, USER)).attributes, {})
    assert.match(world.messages('error')[0] ?? '', /^App-1\.json.*publicKey/)
  }
})

test('variables of the environment are released under the names given', async () => {
  const members = {
    environmentVariables: { '@class': 'java.util.HashMap', REGION: 'region', GONE: 'gone' },
    systemProperties: { 'os.name': 'os' },
  }
  await using world = await withPolicy('ReturnEnvironmentAttributeReleasePolicy', members)
  assert.deepEqual((await world.release(URL, USER)).attributes, { region: ['north'] })
  assert.match(world.messages('warn').join(), /no Java system properties/)
})
