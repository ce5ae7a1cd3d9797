import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type FileMigration, migrateConfigurationFiles } from '../../src/config/index.ts'

interface Result {
  readonly migrations: readonly FileMigration[]
  readonly texts: readonly string[]
}

/** Rewrites files in a folder of their own. */
async function migrated(files: Readonly<Record<string, string | Buffer>>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-migrate-'))
  try {
    const paths = Object.keys(files).map((name) => join(directory, name))
    for (const [at, content] of Object.values(files).entries()) writeFileSync(paths[at] ?? '', content, { mode: 0o640 })
    const migrations = await migrateConfigurationFiles(paths)
    for (const one of migrations) await one.write()
    for (const path of paths) assert.equal(statSync(path).mode & 0o777, 0o640)
    return { migrations, texts: paths.map((path) => readFileSync(path, 'latin1')) }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
const one = async (name: string, text: string) => {
  const { migrations, texts } = await migrated({ [name]: text })
  assert.equal(migrations[0]?.problem, undefined)
  return texts[0]
}

test('a properties file gets the names of today; comments, order, spacing and values stay', async () => {
  assert.equal(
    await one(
      'cas.properties',
      `# Services
cas.serviceRegistry.initFromJson = false
! who
cas.smsProvider.twilio.accountId:AC0000\t
my.own.helper=x
cas.ticket.tgt.maxTimeToLiveInSeconds=\\
   28800
server.maxHttpHeaderSize=1
cas.authn.mfa.globalProviderId=mfa-duo
cas.authn.ldap[0].ldapUrl=ldaps://x
cas.authn.attributeRepository.attributes.givenName=first

cas.nobody.knowsThis=1
`,
    ),
    `# Services
cas.service-registry.core.init-from-json = false
! who
cas.sms-provider.twilio.account-id:AC0000\t
my.own.helper=x
cas.ticket.tgt.primary.max-time-to-live-in-seconds=\\
   28800
server.maxHttpHeaderSize=1
cas.authn.mfa.triggers.global.global-provider-id=mfa-duo
cas.authn.ldap[0].ldap-url=ldaps://x
cas.authn.attribute-repository.stub.attributes.givenName=first

cas.nobody.knowsThis=1
`,
  )
})

test('a setting that became two is written twice; one whose value has another word gets it', async () => {
  assert.equal(
    await one('cas.properties', 'cas.httpClient.readTimeout=PT5S\r\ncas.authn.pac4j.cas[0].autoRedirect=true\r\n'),
    'cas.http-client.response-timeout=PT5S\r\ncas.http-client.socket-timeout=PT5S\r\ncas.authn.pac4j.cas[0].auto-redirect-type=CLIENT\r\n',
  )
})

test('an old name becomes a comment where the name of today is set too, in this file or another', async () => {
  const { texts } = await migrated({
    'a.properties': 'cas.ticket.tgt.maxLength=5\ncas.ticket.tgt.core.max-length=6\ncas.sso.missingService=\\\n  true\n',
    'b.yml': 'cas:\n  sso:\n    services:\n      allow-missing-service-parameter: true\n',
  })
  assert.equal(texts[0], '# cas.ticket.tgt.maxLength=5\ncas.ticket.tgt.core.max-length=6\n# cas.sso.missingService=\\\n#   true\n')
})

test('a YAML file gets the names of today in place, and at its end what belongs to another branch', async () => {
  assert.equal(
    await one(
      'cas.yml',
      `# Who we are
cas:
  server: { name: "https://sso.example.org" }
  serviceRegistry:   # the services
    initFromJson: false # once
    json:
      location: 'file:/etc/cas/services'
  authn:
    attributeRepository:
      defaultAttributesToRelease: [mail, uid]
      attributes:
        # their mail
        mail:
          - user1@example.org
    ldap:
      - ldapUrl: ldaps://x
        bindDn: cn=x
  logout:
    removeDescendantTickets: true
  audit:
    # The layout
    auditFormat: JSON
    ignoreAuditFailures: true
spring.profiles.include: x
---
cas.tgc.maxAge: 5
`,
    ),
    `# Who we are
cas:
  server: { name: "https://sso.example.org" }
  service-registry:   # the services
    core.init-from-json: false # once
    json:
      location: 'file:/etc/cas/services'
  authn:
    attribute-repository:
      core.default-attributes-to-release: [mail, uid]
        # their mail
    ldap:
      - ldap-url: ldaps://x
        bind-dn: cn=x
  audit:
    # The layout
    engine.audit-format: JSON
    engine.ignore-audit-failures: true
spring.profiles.include: x
cas.authn.attribute-repository.stub.attributes.mail:
  - user1@example.org
cas.ticket.track-descendant-tickets: true
---
cas.tgc.max-age: 5
`,
  )
})

test('what shares its line with others is left for a person when it belongs elsewhere', async () => {
  const text = 'cas: { logout: { removeDescendantTickets: true }, tgc: { maxAge: 5 } }\n'
  const { migrations, texts } = await migrated({ 'cas.yml': text })
  assert.deepEqual(migrations[0]?.left, ['cas.logout.removeDescendantTickets'])
  assert.equal(texts[0], 'cas: { logout: { removeDescendantTickets: true }, tgc: { max-age: 5 } }\n')
})

test('a file that would say something else is not touched', async () => {
  const text = 'x-old: &old\n  maxLength: 5\ncas:\n  ticket:\n    tgt:\n      <<: *old\n'
  const { migrations, texts } = await migrated({ 'cas.yml': text, 'broken.yml': 'cas: [\n' })
  assert.equal(texts[0], text)
  assert.match(migrations[0]?.problem ?? '', /cas\.yml cannot be rewritten without changing what it says$/)
  assert.match(migrations[1]?.problem ?? '', /broken\.yml:\d+:\d+ is not valid YAML/)
})

test('a file that needs no change is not written; the encoding of the others stays', async () => {
  const { migrations, texts } = await migrated({
    'a.properties': 'cas.tgc.max-age=5\n',
    'b.properties': Buffer.from('# gr\u00fcn\ncas.tgc.maxAge=5\n', 'latin1'),
    'c.yml': Buffer.from('\ufeff# gr\u00fcn\ncas.tgc.maxAge: 5\n'),
  })
  assert.deepEqual(
    migrations.map(({ diff }) => diff !== ''),
    [false, true, true],
  )
  assert.equal(texts[1], '# gr\u00fcn\ncas.tgc.max-age=5\n')
  assert.equal(Buffer.from(texts[2] ?? '', 'latin1').toString(), '\ufeff# gr\u00fcn\ncas.tgc.max-age: 5\n')
})

test('the diff shows what changes and no secret', async () => {
  const { migrations } = await migrated({
    'cas.properties': 'a=b\ncas.tgc.encryptionKey=s3cr3t-value\ncas.tgc.maxAge=5\ncas.smsProvider.twilio.token=\\\n  s3cr3t-too\n',
    'cas.yml':
      'cas:\n  smsProvider: { twilio: { accountId: AC1, token: s3cr3t-value } }\n  tgc:\n    signingKey: s3cr3t-value\n  logout:\n    removeDescendantTickets: true\n',
  })
  const [properties, yaml] = migrations
  assert.equal(
    properties?.diff,
    `@@ -2,1 +2,1 @@
-cas.tgc.encryptionKey=******
+cas.tgc.crypto.encryption.key=******
@@ -3,1 +3,1 @@
-cas.tgc.maxAge=5
+cas.tgc.max-age=5
@@ -4,1 +4,1 @@
-cas.smsProvider.twilio.token=******
+cas.sms-provider.twilio.token=******`,
  )
  assert.doesNotMatch(`${properties?.diff}${yaml?.diff}`, /s3cr3t/)
  assert.match(yaml?.diff ?? '', /^-\s+signingKey:\*{6}$/m)
  assert.match(yaml?.diff ?? '', /^\+\s+crypto\.signing\.key:\*{6}$/m)
})
