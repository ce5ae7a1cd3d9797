// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfiguration } from '../../src/config/index.ts'
import { settingsFrom } from './fixture.ts'

const file = (...lines: string[]) => ({ files: { 'cas.properties': lines.join('\n') } })

test('a list comes whole from the highest source that has any of it', async () => {
  const { settings } = await settingsFrom({
    files: { 'cas.properties': 'cas.authn.rest[0].uri=a\ncas.authn.rest[1].uri=b\ncas.logout.redirect-parameter=x,y,z' },
    argv: ['--cas.authn.rest[0].password=p', '--cas.logout.redirect-parameter[0]=only'],
  })
  assert.deepEqual(
    settings.cas.authn.rest.map(({ uri, password }) => ({ uri, password })),
    [{ uri: '', password: 'p' }],
  )
  assert.deepEqual(settings.cas.logout.redirectParameter, ['only'])
})

test('maps are merged key by key, and keep the spelling of their keys', async () => {
  const { settings } = await settingsFrom({
    files: {
      'cas.properties': 'cas.authn.stub.attributes.givenName=Ada\ncas.authn.stub.attributes.mail=a@example.org,b@example.org',
      'cas.yml':
        'cas.authn.stub.attributes:\n  givenName: lower\n  "[urn:oid:2.5.4.42]": x\n  urn:oid:1.2: y\n  memberOf: [staff, admin]\n',
    },
    env: { CAS_AUTHN_STUB_ATTRIBUTES_MAIL: 'c@example.org', CAS_AUTHN_STUB_ATTRIBUTES_UID: 'ada' },
  })
  assert.deepEqual(
    { ...settings.cas.authn.stub.attributes },
    {
      givenName: ['Ada'],
      mail: ['c@example.org'],
      memberOf: ['staff', 'admin'],
      'urn:oid:2.5.4.42': ['x'],
      'urn:oid:1.2': ['y'],
      uid: ['ada'],
    },
  )
})

test('a map of groups takes its keys from every source', async () => {
  const { settings } = await settingsFrom({
    ...file('cas.monitor.endpoint.ssoSessions.access=ROLE', 'cas.monitor.endpoint.health.access=PERMIT'),
    env: { CAS_MONITOR_ENDPOINT_SSOSESSIONS_MAX_USES: '3', CAS_MONITOR_ENDPOINT_SSO_SESSIONS_ACCESS: 'DENY' },
  })
  assert.deepEqual(settings.cas.monitor.endpoint['ssoSessions'], { access: 'DENY', maxUses: 3 })
  assert.deepEqual(settings.cas.monitor.endpoint['health'], { access: 'PERMIT', maxUses: 0 })
})

test('one object where a list is expected is its first element', async () => {
  for (const given of [file('cas.authn.rest.uri=a'), { env: { CAS_AUTHN_REST_URI: 'a' } }, { env: { CAS_AUTHN_REST_0_URI: 'a' } }]) {
    assert.deepEqual((await settingsFrom(given)).settings.cas.authn.rest[0]?.uri, 'a')
  }
})

test('a gap in a list is a mistake that names the gap', async () => {
  const { fatal } = await settingsFrom(file('cas.authn.rest[0].uri=a', 'cas.authn.rest[2].uri=b', 'cas.logout.redirect-parameter[1]=x'))
  assert.deepEqual(fatal, [
    'error cas.logout.redirect-parameter[1] (DIR/cas.properties:3:34) leaves a gap: cas.logout.redirect-parameter[0] is missing',
    'error cas.authn.rest[2] (DIR/cas.properties:2:23) leaves a gap: cas.authn.rest[1] is missing',
  ])
})

test('a list of one is taken where one value is expected, a longer one is not', async () => {
  assert.equal((await settingsFrom(file('cas.server.name[0]=a'))).settings.cas.server.name, 'a')
  const { fatal } = await settingsFrom({ files: { 'cas.yml': 'cas.server.name: [a, b]' } })
  assert.deepEqual(fatal, ['error cas.server.name (DIR/cas.yml:1:19) must be one value, not a list, found "a,b"'])
})

test('a wrong type stops the start, all mistakes at once, each with file, line and column [CF10]', async () => {
  const { fatal, refused, settings } = await settingsFrom({
    files: {
      'cas.yml': 'cas:\n  ticket:\n    st:\n      number-of-uses: many\n',
      'cas.properties': 'cas.tgc.secure=perhaps\ncas.interrupt.mode=SOMETIMES\ncas.ticket.st.time-to-kill-in-seconds=-PT5S',
    },
    argv: ['--server.port=1.5'],
  })
  assert.equal(refused, true)
  assert.equal(settings.cas.ticket.st.numberOfUses, 1)
  assert.deepEqual(fatal, [
    'error cas.ticket.st.number-of-uses (DIR/cas.yml:4:23) must be a whole number, found "many"',
    'error cas.ticket.st.time-to-kill-in-seconds (DIR/cas.properties:3:39) must be a duration such as PT10S, 30s or a number of seconds, found "-PT5S"',
    'error cas.tgc.secure (DIR/cas.properties:1:16) must be true or false, found "perhaps"',
    'error cas.interrupt.mode (DIR/cas.properties:2:20) must be one of AFTER_AUTHENTICATION, AFTER_SSO, found "SOMETIMES"',
    'error server.port (command line) must be a whole number, found "1.5"',
  ])
})

test('an old name takes effect, with one warning that names the new one [CF10]', async () => {
  for (const given of [
    file('cas.serviceRegistry.initFromJson=true'),
    file('cas.service-registry.init-from-json=true'),
    { env: { CAS_SERVICEREGISTRY_INITFROMJSON: 'true' } },
    { argv: ['-Dcas.serviceRegistry.initFromJson=true'] },
  ]) {
    const { settings, lines } = await settingsFrom(given)
    assert.equal(settings.cas.serviceRegistry.core.initFromJson, true)
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /^warn .* is an old name; write cas\.service-registry\.core\.init-from-json$/)
  }
})

test('of old and new name the new one counts, wherever it stands', async () => {
  const { settings, lines } = await settingsFrom({
    ...file('cas.service-registry.json.location=new'),
    argv: ['--cas.serviceRegistry.config.location=old'],
  })
  assert.equal(settings.cas.serviceRegistry.json.location, 'new')
  assert.deepEqual(lines, [
    'warn cas.serviceRegistry.config.location (command line) is an old name of cas.service-registry.json.location, which is set too and counts',
  ])
})

test('old names of a map keep their keys', async () => {
  const { settings } = await settingsFrom(file('cas.authn.attributeRepository.attributes.givenName=Ada'))
  assert.deepEqual(settings.cas.authn.stub.attributes['givenName'], ['Ada'])
})

test('an unknown setting is refused with file, line and the nearest name; the default holds and the start goes on [CF9]', async () => {
  const { lines, refused, settings } = await settingsFrom(file('', 'cas.ticket.st.number-of-use=5', 'castellan.config.strikt=false'))
  assert.equal(refused, false)
  assert.equal(settings.cas.ticket.st.numberOfUses, 1)
  assert.deepEqual(lines, [
    'error unknown setting cas.ticket.st.number-of-use (DIR/cas.properties:2) – did you mean cas.ticket.st.number-of-uses?',
    'error unknown setting castellan.config.strikt (DIR/cas.properties:3) – did you mean castellan.config.strict?',
  ])
})

test('strict makes unknown settings and unresolved placeholders stop the start', async () => {
  for (const argv of [['--strict'], ['run', '--castellan.config.strict=true']]) {
    const { fatal } = await settingsFrom({ ...file('cas.nothing.like-this=5', 'cas.server.name=${nowhere}'), argv })
    assert.equal(fatal.length, 2)
  }
})

test('what only CAS has is called so; what is of others is one line', async () => {
  const { lines } = await settingsFrom(
    file('cas.authn.spnego.ntlm-allowed=true', 'server.tomcat.threads.max=200', 'spring.jmx.enabled=true', 'context.path=/cas'),
  )
  assert.deepEqual(lines, [
    'warn cas.authn.spnego.ntlm-allowed (DIR/cas.properties:1) is known to CAS, no effect here – SPNEGO (Kerberos): not part of this server yet',
    'info not used by this server: server.tomcat.threads.max, spring.jmx.enabled',
  ])
})

test('a part too many or too few still finds the name that was meant', async () => {
  const { lines } = await settingsFrom(file('cas.ticket.number-of-uses=2', 'cas.tgc.core.secure=true'))
  assert.match(lines[0] ?? '', /did you mean cas\.ticket\.st\.number-of-uses\?/)
  assert.match(lines[1] ?? '', /did you mean cas\.tgc\.secure\?/)
})

test('the value of a secret is in no message and no explanation', async () => {
  const { lines, explain, sourcesOf, secrets } = await settingsFrom(
    file('cas.authn.rest[0].password=hunter2', 'cas.authn.rest[0].pasword=hunter3'),
  )
  assert.doesNotMatch(lines.join('\n'), /hunter/)
  assert.doesNotMatch(JSON.stringify([explain('cas.authn.rest[0].password'), sourcesOf('cas.authn.rest[0].password')]), /hunter/)
  assert.equal(explain('cas.authn.rest[0].password')?.value, '******')
  assert.deepEqual(secrets, ['hunter2'])
})

test('a blank value takes the default', async () => {
  const { settings, lines } = await settingsFrom(file('cas.ticket.st.number-of-uses=', 'cas.tgc.secure=', 'cas.server.prefix='))
  assert.deepEqual([settings.cas.ticket.st.numberOfUses, settings.cas.tgc.secure, settings.cas.server.prefix], [1, true, undefined])
  assert.deepEqual(lines, [])
})

test('whole numbers have the width that they have in Java, 32 bits unless CAS has more', async () => {
  for (const [value, isRight] of [
    ['2147483647', true],
    ['-2147483648', true],
    ['0x7fffffff', true],
    ['2147483648', false],
    ['-2147483649', false],
    ['1_000', false],
    ['1e3', false],
  ] as const) {
    const { settings, fatal } = await settingsFrom({ argv: [`--cas.monitor.endpoint.x.max-uses=${value}`] })
    assert.equal(fatal.length === 0, isRight, value)
    assert.equal(settings.cas.monitor.endpoint['x']?.maxUses, isRight ? Number(value) : 0)
  }
  const wide = (value: string) =>
    loadConfiguration({ argv: [`--cas.ticket.st.number-of-uses=${value}`], env: {}, cwd: '/', usualDirectories: [] })
  assert.equal((await wide('2147483648')).settings.cas.ticket.st.numberOfUses, 2147483648)
  assert.equal((await wide('9007199254740993')).refused, true)
})
