import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ProcessParts } from '../../src/cli/command.ts'
import { configGet } from '../../src/cli/commands/config.ts'
import { commandLine } from '../../src/cli/commands.ts'
import { readCommandLine } from '../../src/config/index.ts'
import { executable, runCastellan } from '../support/castellan.ts'

const root = mkdtempSync(join(tmpdir(), 'castellan-verbs-'))
after(() => rmSync(root, { recursive: true, force: true }))

/** Defaults that the documentation of CAS names for its OAuth tokens. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'cas.authn.oauth.code.number-of-uses': '1',
  // Unset, except in the profile rfc9700.
  'cas.authn.oauth.code.remove-related-access-tokens': 'false',
  'cas.authn.oauth.code.storage-name': 'oauthCodesCache',
  'cas.authn.oauth.code.time-to-kill-in-seconds': '30',
  'cas.authn.oauth.access-token.create-as-jwt': 'false',
  // By the length of the key, which makes it A256CBC-HS512.
  'cas.authn.oauth.access-token.crypto.alg': '',
  'cas.authn.oauth.access-token.crypto.enabled': 'true',
  'cas.authn.oauth.access-token.crypto.encryption-enabled': 'true',
  'cas.authn.oauth.access-token.crypto.encryption.key': '',
  'cas.authn.oauth.access-token.crypto.encryption.key-size': '512',
  'cas.authn.oauth.access-token.crypto.signing.key': '',
  'cas.authn.oauth.device-token.max-time-to-live-in-seconds': 'PT5M',
  'cas.authn.oauth.device-token.refresh-interval': 'PT15S',
  'cas.authn.oauth.device-token.storage-name': 'oauthDeviceTokensCache',
  'cas.authn.oauth.device-user-code.max-time-to-live-in-seconds': 'PT1M',
  'cas.authn.oauth.device-user-code.storage-name': 'oauthDeviceUserCodesCache',
  'cas.authn.oauth.device-user-code.user-code-length': '8',
  'cas.authn.oauth.refresh-token.create-as-jwt': 'false',
  'cas.authn.oauth.refresh-token.max-active-tokens-allowed': '0',
  'cas.authn.oauth.refresh-token.storage-name': 'oauthRefreshTokensCache',
  'cas.authn.oauth.refresh-token.time-to-kill-in-seconds': 'P14D',
}

test('config get prints every default that the documentation of CAS names, and that it is one [CF17]', async () => {
  const printed: string[] = []
  const cwd = mkdtempSync(join(root, 'empty-'))
  const shell = {
    argv: ['--config-dir', cwd],
    process: { ...process, env: {}, cwd: () => cwd, stdout: { write: (text: string) => printed.push(text) } } as unknown as ProcessParts,
  }
  assert.equal(Object.keys(DEFAULTS).length, 21)
  for (const key of Object.keys(DEFAULTS)) assert.equal((await configGet(shell, key)).exitCode, 0, key)
  assert.deepEqual(
    printed,
    Object.values(DEFAULTS).map((value) => `${value}\tdefault\n`),
  )
})

test('config list prints every setting with its value and origin', async () => {
  const { output, code } = await runCastellan(['config', 'list', '--json'])
  assert.equal(code, 0)
  const found = new Map<string, { value: string; origin: string }>(JSON.parse(output).map((one: { key: string }) => [one.key, one]))
  const wrong = Object.entries(DEFAULTS).filter(([key, value]) => found.get(key)?.value !== value || found.get(key)?.origin !== 'default')
  assert.deepEqual(wrong, [])
})

test('config list --non-default prints what somebody has set, map keys and places in lists among it, and masks secrets', async () => {
  const { output } = await runCastellan([
    'config',
    'list',
    '--non-default',
    '-Dcas.tgc.max-age=5',
    '-Dcas.authn.attributeRepository.stub.attributes.givenName=first',
    '-Dcas.sms-provider.twilio.token=s3cr3t-value',
    '--castellan.log.format=json',
  ])
  assert.equal(
    output,
    [
      'cas.authn.attribute-repository.stub.attributes.givenName=first\tcommand line',
      'cas.sms-provider.twilio.token=******\tcommand line',
      'cas.tgc.max-age=5\tcommand line',
      'castellan.log.format=json\tcommand line',
      '',
    ].join('\n'),
  )
})

test('config get prints what the winner overrides too', async () => {
  const { output } = await runCastellan(['config', 'get', 'cas.tgc.max-age', '--cas.tgc.max-age=5', '-Dcas.tgc.maxAge=6'])
  assert.equal(output, '5\tcommand line\n(6\tcommand line)\n')
})

test('config get and explain answer programs as JSON, secrets masked', async () => {
  const json = async (...words: string[]) => JSON.parse((await runCastellan(['config', ...words, '--json'])).output)
  assert.deepEqual(await json('get', 'cas.tgc.maxAge', '--cas.tgc.max-age=5', '-Dcas.tgc.maxAge=6'), [
    {
      key: 'cas.tgc.max-age',
      value: '5',
      origin: 'command line',
      overridden: [{ source: 'systemProperties', place: 'command line', value: '6' }],
    },
  ])
  const group = await json('get', 'cas.authn.oauth.code')
  assert.ok(group.some(({ key, origin }: { key: string; origin: string }) => key.endsWith('.number-of-uses') && origin === 'default'))
  const secret = await json('explain', 'cas.smsProvider.twilio.token', '--cas.sms-provider.twilio.token=t0psecret')
  assert.deepEqual([secret.key, secret.value, secret.secret], ['cas.sms-provider.twilio.token', '******', true])
  assert.doesNotMatch(JSON.stringify(secret), /t0psecret/)
  assert.equal((await json('explain', 'cas.ticket.tgt.maxLength')).formerName, 'cas.ticket.tgt.maxLength')
})

test('config search finds settings by name in any spelling and by what is said of them [CF16]', async () => {
  const { output, code } = await runCastellan(['config', 'search', 'numberOfUses'])
  assert.equal(code, 0)
  assert.match(output, /^cas\.authn\.oauth\.code\.number-of-uses \(integer, default 1\)\n {2}\S/m)
  assert.match(output, /^cas\.ticket\.st\.number-of-uses /m)
  const json = JSON.parse((await runCastellan(['config', 'search', '--json', '^cas\\.tgc\\.name$'])).output)
  assert.deepEqual([json.length, json[0].id, json[0].type, json[0].group], [1, 'cas.tgc.name', 'java.lang.String', 'cas.tgc'])
  const none = await runCastellan(['config', 'search', 'nothing-like-this'])
  assert.deepEqual([none.code, none.output], [1, ''])
})

test('config explain says of a name that sets nothing what it is', async () => {
  const said = async (key: string) => {
    const { output, code } = await runCastellan(['config', 'explain', key])
    assert.equal(code, 1)
    return output
  }
  assert.match(await said('cas.authn.spnego.ntlm-allowed'), /is known to CAS, no effect here – SPNEGO \(Kerberos\): not part of/)
  assert.match(await said('cas.authn.surrogate.separator'), /its name today is cas\.authn\.surrogate\.core\.separator$/m)
  assert.match(await said('cas.tgc.nmae'), /there is no setting cas\.tgc\.nmae – did you mean cas\.tgc\.name\?$/m)
})

test('config get and explain know old names, groups, maps, and what is written without being a setting', async () => {
  const directory = join(root, 'night')
  mkdirSync(directory)
  writeFileSync(
    join(directory, 'cas.properties'),
    'ldap.url=ldaps://ldap.example.org\ncas.authn.spnego.ntlm-allowed=true\ncas.ticket.tgt.maxLength=60\ncas.tgc.secret-thing=hush\n',
  )
  const said = (...words: string[]) => runCastellan(['config', ...words, '--config-dir', directory])
  const old = await said('explain', 'cas.ticket.tgt.maxLength')
  assert.equal(old.code, 0)
  assert.match(old.output, /^cas\.ticket\.tgt\.core\.max-length\n/)
  assert.match(old.output, /^ {2}earlier {2}cas\.ticket\.tgt\.maxLength, which still works$/m)
  assert.match(old.output, /^ {2}value {4}60 \(.*cas\.properties:3\)$/m)
  const group = await said('get', 'cas.ticket.tgt.core')
  assert.equal(group.code, 0)
  assert.match(
    group.output,
    /^cas\.ticket\.tgt\.core\.max-length=60\t.*cas\.properties:3\ncas\.ticket\.tgt\.core\.only-track-most-recent-session=true\tdefault\n$/,
  )
  const map = await said('explain', 'cas.authn.attributeRepository.stub.attributes')
  assert.deepEqual(
    [map.code, /type {5}map; nothing is set: cas\.authn\.attribute-repository\.stub\.attributes\.NAME=VALUE/.test(map.output)],
    [0, true],
  )
  const helper = await said('explain', 'ldap.url')
  assert.equal(helper.code, 1)
  assert.match(
    helper.output,
    /ldap\.url is no setting of this server; placeholders may refer to it\n.*set in .*cas\.properties:1: ldaps:\/\/ldap\.example\.org/,
  )
  assert.match((await said('get', 'cas.authn.spnego.ntlm-allowed')).output, /no effect here .*\n.*set in .*cas\.properties:2: true/)
  assert.match(
    (await said('get', 'cas.tgc.secret-thing')).output,
    /there is no setting cas\.tgc\.secret-thing\b.*\n.*cas\.properties:4: \*{6}/,
  )
})

test('config export writes all settings as comments, and the JSON Schema', async () => {
  const properties = await runCastellan(['config', 'export'])
  assert.match(
    properties.output,
    /^# Type: java\.lang\.Integer\n# Owner: cas\.authn\.oauth\.code\n# [^\n]+\n# cas\.authn\.oauth\.code\.number-of-uses=1$/m,
  )
  assert.deepEqual(
    properties.output.split('\n').filter((line) => line !== '' && !line.startsWith('# ')),
    [],
  )
  const yaml = await runCastellan(['config', 'export', '--format', 'yaml'])
  assert.match(yaml.output, /^# cas\.authn\.oauth\.refresh-token\.time-to-kill-in-seconds: "P14D"$/m)
  const schema = JSON.parse((await runCastellan(['config', 'export', '--format', 'json-schema'])).output)
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
  const other = await runCastellan(['config', 'export', '--format', 'xml'])
  assert.equal(other.code, 64)
})

test('config init writes a short file that is without a fault, and overwrites nothing [CF24]', async () => {
  const directory = join(root, 'init')
  const { code, output } = await runCastellan(['config', 'init', directory])
  assert.equal(code, 0, output)
  assert.equal(output, `${directory}/cas.properties\n${directory}/users.json\n`)
  const text = readFileSync(join(directory, 'cas.properties'), 'utf8')
  const set = text.split('\n').filter((line) => /^\w/.test(line))
  assert.ok(set.length <= 10 && text.split('\n').length < 40, `${set.length} settings in ${text.length} characters`)
  assert.ok(set.includes('castellan.oauth.profile=rfc9700'))
  const checked = () => runCastellan(['check', '--strict', '--config-dir', directory])
  const { code: without, output: told } = await checked()
  assert.equal(without, 1)
  assert.deepEqual(
    told.split('\n').filter((line) => line.startsWith('ERROR')),
    [
      `ERROR server.ssl.key-store (cas.properties:12:22) names a file that does not exist: ${directory}/thekeystore. castellan gen-keystore makes one for a trial; plain http is server.ssl.enabled=false`,
    ],
  )
  assert.equal((await runCastellan(['gen-keystore', '--config-dir', directory])).code, 0)
  const { code: withStore, output: report } = await checked()
  assert.equal(withStore, 0, report)
  writeFileSync(join(directory, 'cas.properties'), 'mine')
  const again = await runCastellan(['config', 'init', '--config-dir', directory])
  assert.equal(again.code, 1)
  assert.match(again.output, /holds a configuration already/)
  assert.equal(readFileSync(join(directory, 'cas.properties'), 'utf8'), 'mine')
})

test('config migrate shows what would change and rewrites files only when told to', async () => {
  const file = join(root, 'cas.properties')
  const text = '# Life\ncas.ticket.tgt.maxLength=6\n'
  writeFileSync(file, text)
  writeFileSync(join(root, 'cas-blue.yml'), 'cas.tgc.maxAge: 5\n')
  const args = ['config', 'migrate', '--config-dir', root]
  const env = { CAS_SSO_MISSING_SERVICE: 'true' }
  for (const more of [[], ['--dry-run'], ['--in-place', '--dry-run']]) {
    const { output, code } = await runCastellan([...args, ...more], { env })
    assert.equal(code, 0)
    assert.ok(
      output.includes(`--- ${file}\n+++ ${file}\n@@ -2,1 +2,1 @@\n-cas.ticket.tgt.maxLength=6\n+cas.ticket.tgt.core.max-length=6\n`),
      output,
    )
    assert.match(output, /CAS_SSO_MISSING_SERVICE\) is called cas\.sso\.services\.allow-missing-service-parameter today/)
    assert.match(output, /2 files to rewrite; --in-place does it/)
    assert.equal(readFileSync(file, 'utf8'), text)
  }
  const written = await runCastellan([...args, '--in-place'])
  assert.match(written.output, /2 files rewritten/)
  assert.equal(readFileSync(file, 'utf8'), '# Life\ncas.ticket.tgt.core.max-length=6\n')
  assert.equal(readFileSync(join(root, 'cas-blue.yml'), 'utf8'), 'cas.tgc.max-age: 5\n')
  assert.match((await runCastellan(args)).output, /no file has old names/)
})

test('what a verb prints arrives whole in a pipe, and a reader that has seen enough is no mistake', () => {
  const run = (command: string) => spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', maxBuffer: 10_000_000 })
  const whole = run(`"${executable}" config export --format json-schema | (sleep 1; cat)`)
  assert.ok(JSON.parse(whole.stdout))
  const cut = run(`"${executable}" config export --format json-schema | head -1`)
  assert.deepEqual([cut.stdout, cut.stderr], ['{\n', ''])
})

test('a verb after an option without a value is a verb', () => {
  const { program } = commandLine({ argv: [], process })
  const names = program.commands.map((one) => one.name())
  assert.ok(names.length > 8)
  for (const name of names) assert.deepEqual(readCommandLine(['--castellan.config.strict', name]).rest, [name])
})
