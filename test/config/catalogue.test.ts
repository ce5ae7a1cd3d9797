import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCatalogue } from '../../src/config/catalogue.ts'
import { classify } from '../../src/config/classify.ts'
import { schema } from '../../src/config/schema.ts'
import { properties } from '../../src/config/schema-walk.ts'
import { type Entry, entry } from '../../src/config/source.ts'
import { settingsFrom } from './fixture.ts'

const catalogue = loadCatalogue()
const parts = { schema, moved: new Map<Entry, string>(), catalogue: () => catalogue }
const written = (name: string) => name.replaceAll('[key]', 'some').replace(/\.\*$/, '.some')
const classOf = (key: string) => {
  const one = entry(key, '', { source: 'test' })
  assert.ok(one, key)
  return classify(one, parts)
}

test('every setting that some CAS from 5.3 to 7.3 knows has its effect, or a reason why it has none', () => {
  const names = catalogue.names()
  assert.ok(names.length > 10_000, `only ${names.length} names`)
  const classes = names.map((name) => ({ name, ...classOf(written(name)) }))
  assert.deepEqual(
    classes.filter((one) => one.class !== 'honoured' && one.class !== 'no-effect').map(({ name }) => name),
    [],
  )
  const withoutReason = classes.filter((one) => one.class === 'no-effect' && !one.area?.reason)
  assert.deepEqual(withoutReason, [])
  assert.ok(classes.filter((one) => one.class === 'honoured').length > 300)
})

test('the reason names the area of the setting, whatever its spelling', () => {
  const titles = (keys: readonly string[]) => keys.map((key) => classOf(key).area?.title)
  assert.deepEqual(titles(['cas.authn.ldap[0].ldapUrl', 'CAS.AUTHN.LDAP[1].LDAP-URL', 'cas.authn.ldap[0].search-filter']), [
    'passwords in LDAP',
    'passwords in LDAP',
    'passwords in LDAP',
  ])
  assert.deepEqual(
    titles(['cas.ticket.registry.hazelcast.cluster.core.async-backup-count', 'cas.authn.mfa.duo[0].duoSecretKey', 'cas.audit.jdbc.url']),
    ['tickets in Hazelcast', 'second factor: Duo (mfa-duo)', 'audit to SQL'],
  )
})

test('an unknown key is not taken for one of CAS because it begins like one', () => {
  for (const key of ['cas.authn.ldap[0].ldap-urll', 'cas.nothing', 'castellan.nothing', 'cas.authn.spnego']) {
    assert.equal(classOf(key).class, 'unknown', key)
  }
  assert.equal(classOf('context.path').class, 'foreign')
  assert.equal(classOf('server.tomcat.threads.max').class, 'unused')
})

test('each setting of ours is found under its own name', () => {
  for (const { name } of properties(schema)) {
    assert.equal(classOf(name.replaceAll('[*]', '[0]').replace(/\.\*/g, '.some')).class, 'honoured', name)
  }
})

test('a setting without effect is reported with its reason, its name of today, or the version it ended with', async () => {
  const { lines } = await settingsFrom({
    files: {
      'cas.properties': [
        'cas.authn.mfa.gauth.issuer=Example',
        'cas.authn.digest.realm=CAS',
        'cas.ticket.registry.mongo.host=mongo.example.org',
      ].join('\n'),
    },
  })
  assert.deepEqual(lines, [
    'warn cas.authn.mfa.gauth.issuer (DIR/cas.properties:1) is known to CAS, no effect here – second factor: authenticator apps (mfa-gauth): not part of this server yet; its name today is cas.authn.mfa.gauth.core.issuer',
    'warn cas.authn.digest.realm (DIR/cas.properties:2) is known to CAS, no effect here – digest authentication: not part of this server yet; it ended with CAS 6.6',
    'warn cas.ticket.registry.mongo.host (DIR/cas.properties:3) is known to CAS, no effect here – tickets in MongoDB: tickets are kept in LMDB, which all processes of a machine share',
  ])
})

test('an encrypted value under an old name is no unknown setting', async () => {
  const { keys, problems } = await settingsFrom({
    files: { 'cas.properties': 'cas.authn.attributeRepository.attributes.mail={cas-cipher}AQIDBAUGBwic+09wNhBwSunsBViEkFJ0\n' },
    argv: ['-Dcas.standalone.configuration-security.psw=s3cret-Pass'],
  })
  assert.deepEqual(
    keys()
      .filter(({ origin }) => origin.file !== undefined)
      .map((one) => one.class),
    ['moved'],
  )
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ['renamed'],
  )
})
