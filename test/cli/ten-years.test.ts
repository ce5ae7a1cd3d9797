import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { projectDirectory, runCastellan } from '../support/castellan.ts'

/** What somebody has who has run CAS for ten years: more than four hundred settings in four files, for three environments. */
const root = mkdtempSync(join(tmpdir(), 'castellan-ten-years-'))
after(() => rmSync(root, { recursive: true, force: true }))
cpSync(join(projectDirectory, 'test/golden/ten-years'), root, { recursive: true })

const SECRETS = {
  TGC_SIGN: 's'.repeat(86),
  TGC_ENC: 'e'.repeat(86),
  LDAP_PASSWORD: 'ldap-hush',
  DB_PASSWORD: 'db-hush',
  OAUTH_SIGN: 'o'.repeat(86),
  OAUTH_ENC: 'c'.repeat(86),
}
const ENVIRONMENTS = ['dev', 'test', 'prod'] as const
const check = (environment: string, ...more: readonly string[]) =>
  runCastellan(['check', ...more, '--config-dir', root, `--spring.profiles.active=standalone,${environment}`], { env: SECRETS })

/** Nobody knows these: typos, settings of CAS 5.2 and before, and one that was made up. */
const UNKNOWN = [
  'cas.authn.ldap[0].usePasswordPolicy',
  'cas.authn.ldap[0].userFilter',
  'cas.authn.mfa.gauth.cleaner.enabled',
  'cas.authn.mfa.gauth.jpa.database.dialect',
  'cas.authn.mfa.gauth.jpa.database.driverClass',
  'cas.authn.mfa.gauth.jpa.database.password',
  'cas.authn.mfa.gauth.jpa.database.url',
  'cas.authn.mfa.gauth.jpa.database.user',
  'cas.authn.oauth.code.numberOfUse',
  'cas.authn.pm.reset.from',
  'cas.custom.university.banner',
  'cas.serviceRegistry.repeatInterval',
  'cas.serviceRegistry.startDelay',
  'cas.sso.services.allowMissingServiceParametr',
  'cas.tgc.cipherEnabled',
  'cas.ticket.registry.hazelcast.mapName',
  'cas.ticket.security.cipherEnabled',
]

test('every setting of four hundred, in each environment, is one of: has its effect, has moved, has none here and why, is unknown', async () => {
  const all = new Set<string>()
  for (const environment of ENVIRONMENTS) {
    const { output } = await check(environment, '--json')
    const { keys } = JSON.parse(output) as {
      keys: readonly {
        key: string
        class: string
        names: readonly string[]
        area?: string
        reason?: string
        source: string
        line?: number
      }[]
    }
    for (const one of keys) if (one.source.startsWith(root)) all.add(`${one.source}:${one.line} ${one.key}`)
    const unknown = keys.filter((one) => one.class === 'unknown').map(({ key }) => key)
    assert.deepEqual(
      unknown.filter((key) => !UNKNOWN.includes(key)),
      [],
      environment,
    )
    for (const one of keys) {
      if (one.class === 'no-effect') assert.ok(one.area && one.reason, one.key)
      if (one.class === 'honoured' || one.class === 'moved') assert.ok(one.names.length > 0, one.key)
    }
  }
  assert.ok(all.size > 400, `${all.size} settings`)
})

test('the report on them is two screens and not twenty, says what stops the start, and holds no secret', async () => {
  for (const environment of ENVIRONMENTS) {
    const { output, code } = await check(environment)
    assert.equal(code, 1)
    const lines = output.split('\n')
    assert.ok(lines.length < 160, `${lines.length} lines`)
    for (const line of lines) assert.ok(line.length < 420, line)
    assert.doesNotMatch(output, /hush|s{86}|e{86}|o{86}|c{86}/)
    // The place is said once, at the top and at the bottom.
    assert.equal(output.split(root).length - 1, 2)
    for (const other of ENVIRONMENTS.filter((one) => one !== environment)) {
      assert.match(
        output,
        new RegExp(
          `^  ${other}\\.(properties|yml) is not read: profile ${other} is not active; --spring\\.profiles\\.active=standalone,${environment},${other} looks at it$`,
          'm',
        ),
      )
    }
  }
})

test('what stops the start stands apart, and a setting that only lacks its variable says which', async () => {
  const { output } = await runCastellan(['check', '--config-dir', root, '--spring.profiles.active=standalone,prod'], {
    env: { TGC_SIGN: SECRETS.TGC_SIGN, TGC_ENC: SECRETS.TGC_ENC },
  })
  const stops = /What stops the start\n([\s\S]*?)\n\nWhat to do/.exec(output)?.[1]?.split('\n') ?? []
  assert.deepEqual(
    stops.map((line) => line.replace(/\) .*?(is not set|does not exist|is not built yet).*/, ') … $1')),
    [
      'ERROR cas.authn.oauth.crypto.encryption.key (cas.properties:285) … is not set',
      'ERROR cas.webflow.crypto.encryption.key (cas.properties:91) … is not set',
      'ERROR server.ssl.key-store (cas.properties:15:22) … does not exist',
      'ERROR cas.ticket.registry.hazelcast.cluster.network.members (prod.properties:5:47) … is not built yet',
    ],
  )
  assert.match(output, /\(4 stop the start\)/)
})

test('settings that Spring Cloud would fetch elsewhere are named as not fetched', async () => {
  const { output } = await check('prod')
  assert.match(
    output,
    /^ {4}settings from HashiCorp Vault: settings are read from files, the environment and the command line only; .* – spring\.cloud\.vault\.uri \(prod\.properties:33\) and 1 other$/m,
  )
})

test('explain says why a setting of ten years has its value, with what it overrides', async () => {
  const explain = async (key: string, environment: string) =>
    (
      await runCastellan(['config', 'explain', key, '--config-dir', root, `--spring.profiles.active=standalone,${environment}`], {
        env: SECRETS,
      })
    ).output.replaceAll(root, 'DIR')
  assert.match(
    await explain('cas.authn.throttle.failure.threshold', 'test'),
    /value {4}1000 \(DIR\/test\.yml:\d+\)\n {2}set in {3}DIR\/test\.yml:\d+: 1000\n {2}also in {2}DIR\/cas\.properties:\d+: 100\n$/,
  )
  assert.match(await explain('cas.server.prefix', 'prod'), /value {4}https:\/\/sso\.example\.org\/cas \(DIR\/cas\.properties:6\)/)
  assert.match(await explain('cas.tgc.crypto.signing.key', 'prod'), /value {4}\*{6} /)
})
