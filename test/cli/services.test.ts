import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { definition, runCastellan, type StartOptions, writeConfiguration } from '../support/castellan.ts'

const CLASS = 'org.apereo.cas.services.'
const strategy = (members: object) => ({ accessStrategy: { '@class': `${CLASS}DefaultRegisteredServiceAccessStrategy`, ...members } })

async function withConfiguration(
  options: StartOptions,
  act: (run: (...words: readonly string[]) => ReturnType<typeof runCastellan>, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await writeConfiguration(options)
  try {
    await act((...words) => runCastellan(['services', ...words, '--config-dir', directory]), directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const SERVICES: Readonly<Record<string, object | string>> = {
  'App-1.json': definition(1, '^https://app\\.example\\.org/.*', {
    evaluationOrder: 1,
    ...strategy({ requiredAttributes: { '@class': 'java.util.HashMap', memberOf: ['java.util.HashSet', ['^admins$']] } }),
    attributeReleasePolicy: { '@class': `${CLASS}ReturnAllowedAttributeReleasePolicy`, allowedAttributes: ['java.util.ArrayList', ['cn']] },
    serviceTicketExpirationPolicy: {
      '@class': `${CLASS}DefaultRegisteredServiceServiceTicketExpirationPolicy`,
      numberOfUses: 2,
      timeToLive: '60',
    },
    expirationPolicy: {
      '@class': `${CLASS}DefaultRegisteredServiceExpirationPolicy`,
      expirationDate: '2999-01-01',
      deleteWhenExpired: true,
    },
  }),
  'All-2.json': definition(2, '^https://.*', { evaluationOrder: 10 }),
  'Dev-3.json': definition(3, '^https://app\\..*', { evaluationOrder: 20, environments: ['java.util.HashSet', ['dev']] }),
  'Bare-4.json': definition(4, '^https://app\\.example\\.org'),
  'Other-2.json': definition(2, '^https://app\\.example.*', { evaluationOrder: 30 }),
  'Off-5.json': definition(5, '^imaps://off/.*', strategy({ enabled: false })),
  'Gone-6.json': definition(6, '^imaps://gone/.*', {
    expirationPolicy: {
      '@class': `${CLASS}DefaultRegisteredServiceExpirationPolicy`,
      expirationDate: '2001-01-01',
      deleteWhenExpired: true,
    },
  }),
  'Broken-7.json': '{\n  "@class": "org.apereo.cas.services.CasRegisteredService",\n  "name": ',
  'Client-8.json': {
    '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
    clientId: 'client1',
    clientSecret: 'hush',
    generateRefreshToken: true,
    accessTokenExpirationPolicy: {
      '@class': 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuthAccessTokenExpirationPolicy',
      maxTimeToLive: 'PT1H',
    },
    serviceId: '^https://app\\.example\\.org/callback',
    name: 'Client',
    id: 8,
  },
}
const properties = { 'castellan.environments': 'prod' }

interface Shown {
  readonly outcome: string
  readonly reason?: string
  readonly candidates: readonly { readonly id: string; readonly verdict: string; readonly why: string }[]
  readonly follows?: {
    readonly access?: object
    readonly release?: { readonly username: string; readonly attributes: object }
    readonly tickets: object
    readonly expiresAt?: string
    readonly interrupt?: { readonly outcome: string }
    readonly secondFactor?: string
  }
  readonly clients: readonly object[]
  readonly broken: readonly { readonly file: string; readonly line: number; readonly message: string }[]
}

test('services match says who takes an address and why, who else would have and why not, and what follows', async () => {
  await withConfiguration({ services: SERVICES, properties }, async (run) => {
    const user = ['--user', 'user1', '--attribute', 'memberOf=staff', '--attribute', 'memberOf=admins', '--attribute', 'cn=Case User']
    const { code, output } = await run('match', 'https://app.example.org/callback', ...user, '--json')
    assert.equal(code, 0, output)
    assert.doesNotMatch(output, /hush/)
    const shown = JSON.parse(output) as Shown
    assert.equal(shown.outcome, 'taken')
    assert.deepEqual(
      shown.candidates.map(({ id, verdict }) => `${id} ${verdict}`),
      ['1 taken', '2 comes-later', '3 inactive', '2 left-out', '8 redirect-uri', '4 near-miss'],
    )
    const why = (verdict: string) => shown.candidates.find((one) => one.verdict === verdict)?.why ?? ''
    assert.match(why('comes-later'), /^its evaluationOrder 10 comes after 1; .*App-1\.json takes it$/)
    assert.match(why('inactive'), /environments dev/)
    assert.match(why('left-out'), /All-2\.json has the same id 2/)
    assert.match(why('near-miss'), /up to "\/callback" only; the whole address must match/)
    assert.deepEqual(shown.follows?.access, { allowed: true })
    assert.deepEqual(shown.follows?.release, {
      username: 'user1',
      attributes: { cn: ['Case User'] },
      authenticationAttributes: true,
    })
    assert.deepEqual(shown.follows?.tickets, { serviceTicket: { numberOfUses: 2, timeToLiveInSeconds: 60 } })
    assert.equal(shown.follows?.expiresAt, '2999-01-01T00:00:00.000Z')
    assert.equal(shown.follows?.interrupt?.outcome, 'no interrupt')
    assert.equal(shown.follows?.secondFactor, 'none')
    assert.deepEqual(shown.clients, [
      {
        clientId: 'client1',
        code: { numberOfUses: 1, timeToLive: 30 },
        accessToken: { maxTimeToLive: 3600, timeToKill: 7200, maxActiveTokens: null },
        refreshToken: { timeToKill: 1_209_600, renewed: false },
        deviceCode: { timeToKill: 300 },
      },
    ])
    const words = await run('match', 'https://app.example.org/callback')
    assert.match(
      words.output,
      /What the client "client1" gets:\n {2}code +1 use within 30 s\n {2}access +3600 s, 7200 s without use\n {2}refresh +1209600 s\n/,
    )
    assert.match(shown.broken[0]?.file ?? '', /Broken-7\.json$/)
  })
})

test('services match ends with 1 for what is refused, and says by what', async () => {
  await withConfiguration({ services: SERVICES, properties }, async (run, directory) => {
    const before = readdirSync(join(directory, 'services'))
    const rows: readonly (readonly [readonly string[], RegExp])[] = [
      [['https://app.example.org/x', '--user', 'user1'], /taken by "Application 1"[\s\S]*denied: the user has no attributes/],
      [['http://nobody.example.org/'], /is refused: no definition takes it/],
      [['imaps://off/x'], /is refused: its definition is disabled/],
      [['imaps://gone/x'], /is refused: no definition takes it/],
    ]
    for (const [words, text] of rows) {
      const { code, output } = await run('match', ...words)
      assert.equal(code, 1, words.join(' '))
      assert.match(output, text)
      assert.match(output, /Broken-7\.json:3:\d+: error: /)
    }
    for (const words of [
      [' '],
      ['javascript:alert(1)'],
      ['https://x/', '--attribute', 'a=b'],
      ['https://x/', '--user', 'u', '--attribute', 'b'],
    ]) {
      assert.equal((await run('match', ...words)).code, 64, words.join(' '))
    }
    // Whoever looks deletes nothing, whatever has expired.
    assert.deepEqual(readdirSync(join(directory, 'services')), before)
  })
})

test('services list prints all in the order of evaluation with their state, and the files that cannot be used [A9]', async () => {
  await withConfiguration({ services: SERVICES, properties }, async (run) => {
    const { code, output } = await run('list')
    assert.equal(code, 1)
    const rows = output
      .split('\n')
      .filter((line) => line.includes('\t'))
      .map((line) => line.split('\t').slice(0, 4).join(' '))
    assert.deepEqual(rows, [
      '8 OAuthRegisteredService 0 active',
      '4 CasRegisteredService 0 active',
      '5 CasRegisteredService 0 disabled',
      '6 CasRegisteredService 0 expired',
      '1 CasRegisteredService 1 active',
      '2 CasRegisteredService 10 active',
      '3 CasRegisteredService 20 inactive',
    ])
    assert.match(output, /Broken-7\.json:3:\d+: error: /)
    assert.match(output, /^7 definitions, 1 error, \d+ warnings/m)
    const json = JSON.parse((await run('list', '--json')).output)
    assert.equal(json.services[0].id, '8')
    assert.doesNotMatch(JSON.stringify(json), /hush/)
  })
})

test('services validate names file, line and column, warns of patterns that take too much, and ends with 1 for errors', async () => {
  const bad = {
    'Dot-1.json': definition(1, '^https://app.example.org/.*'),
    'Wild-2.json': definition(2, '^https://.*\\.example\\.org/.*'),
    'Every-3.json': definition(3, '^https?://.*'),
    'Open-4.json': definition(4, '^https://app\\.example\\.org.*'),
    'Good-5.json': definition(5, '^https://[^/]+\\.example\\.org/.*'),
    'Part-6.json': definition(6, 'app', { matchingStrategy: { '@class': `${CLASS}PartialRegexRegisteredServiceMatchingStrategy` } }),
  }
  await withConfiguration({ services: bad }, async (run, directory) => {
    const { code, output } = await run('validate')
    assert.equal(code, 0, output)
    assert.match(output, /Dot-1\.json: warning: an unescaped dot in the host takes any character; write app\\\.example\\\.org/)
    assert.match(output, /Wild-2\.json: warning: a wildcard in the host goes on over slashes/)
    assert.match(output, /Every-3\.json: warning: the serviceId takes every address there is/)
    assert.match(
      output,
      /Open-4\.json:\d+:\d+: warning: the serviceId also takes other hosts .*did you mean \^https:\/\/app\\\.example\\\.org\(\/\.\*\)\?/,
    )
    assert.match(output, /Part-6\.json: warning: the serviceId is looked for anywhere/)
    assert.doesNotMatch(output, /Good-5/)
    assert.equal(output.match(/Open-4/g)?.length, 1)
    assert.equal((await run('validate', '--fail-on-warning')).code, 1)
    const missing = await run('validate', join(directory, 'nowhere'))
    assert.equal(missing.code, 78)
    assert.match(missing.output, /nowhere, which does not exist/)
  })
  await withConfiguration({ services: SERVICES }, async (run, directory) => {
    const elsewhere = await run('validate', join(directory, 'services'), '--json')
    assert.equal(elsewhere.code, 1)
    const report = JSON.parse(elsewhere.output)
    assert.equal(report.ok, false)
    const error = report.problems.find((one: { severity: string }) => one.severity === 'error')
    assert.equal(error.line, 3)
  })
})

test('services convert writes old and human forms as CAS 7 reads them, and overwrites nothing', async () => {
  const old = {
    'human.hjson':
      '"@class": org.jasig.cas.services.RegexRegisteredService\nserviceId: ^https://a/.*\nname: A b\nid: 9223372036854775807\nenvironments: [ "x" ]\n',
    'ant.json': { '@class': 'org.apereo.cas.services.RegisteredServiceImpl', serviceId: 'https://*.example.org/**', name: 'Ant', id: 3 },
    'broken.json': '{',
  }
  await withConfiguration({ services: old }, async (run, directory) => {
    const folder = mkdtempSync(join(tmpdir(), 'castellan-convert-'))
    try {
      const services = join(directory, 'services')
      const { code, output } = await run('convert', services, '--output', folder)
      assert.equal(code, 1)
      assert.match(output, /2 definitions written to .*, 1 file not converted/)
      assert.match(output, /ant\.json: the Ant pattern became \^https:\/\/\[\^\/\]\*\\\.example\\\.org\/\.\*\$/)
      assert.deepEqual(readdirSync(folder).sort(), ['Ab-9223372036854775807.json', 'Ant-3.json'])
      const text = readFileSync(join(folder, 'Ab-9223372036854775807.json'), 'utf8')
      assert.match(text, /"@class": "org\.apereo\.cas\.services\.CasRegisteredService"/)
      assert.match(text, /"id": 9223372036854775807/)
      assert.deepEqual(JSON.parse(text).environments, ['java.util.HashSet', ['x']])
      assert.match((await run('convert', services, '--output', folder)).output, /exists already/)
      const yaml = await run('convert', join(services, 'human.hjson'), '--to', 'yaml')
      assert.equal(yaml.code, 0)
      assert.match(yaml.output, /^---\s!<org\.apereo\.cas\.services\.CasRegisteredService>/)
      assert.equal((await run('convert', services, '--to', 'xml')).code, 64)
      assert.equal((await run('validate', folder)).code, 0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

test('services export and import carry definitions over, all or none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-transfer-'))
  const zip = join(folder, 'services.zip')
  try {
    await withConfiguration(
      { services: { 'A-1.json': definition(1, '^https://a/.*'), 'B-2.json': definition(2, '^https://b/.*') } },
      async (run) => {
        assert.match((await run('export', zip)).output, /^2 definitions written to /)
        const again = await run('export', zip)
        assert.equal(again.code, 1)
        assert.match(again.output, /EEXIST/)
      },
    )
    await withConfiguration({}, async (run, directory) => {
      const { code, output } = await run('import', zip)
      assert.equal(code, 0, output)
      assert.equal(output, '2 definitions imported\n')
      assert.equal(readdirSync(join(directory, 'services')).filter((name) => name.endsWith('.json')).length, 2)
      const bad = join(directory, 'bad.json')
      writeFileSync(bad, '{ "@class": "org.example.Nothing", "name": "x", "serviceId": "x", "id": 9 }')
      const good = join(directory, 'good.json')
      writeFileSync(good, JSON.stringify(definition(8, '^https://c/.*')))
      const refused = await run('import', good, bad)
      assert.equal(refused.code, 1)
      assert.match(refused.output, /nothing was imported[\s\S]*org\.example\.Nothing/)
      assert.equal(readdirSync(join(directory, 'services')).filter((name) => name.endsWith('.json')).length, 2)
      assert.equal((await run('import', join(directory, 'nowhere.zip'))).code, 1)
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('services match says which second factor a user is asked for, and check says which cannot be', async () => {
  const asks = (id: number, name: string, members: object) => ({
    '@class': 'org.apereo.cas.services.CasRegisteredService',
    serviceId: `^https://${name}\\.example\\.org/.*`,
    name,
    id,
    multifactorPolicy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceMultifactorPolicy', ...members },
  })
  const simple = { multifactorAuthenticationProviders: ['java.util.HashSet', ['mfa-simple']] }
  const services = {
    'Pay-1.json': asks(1, 'pay', { ...simple, principalAttributeNameTrigger: 'memberOf', principalAttributeValueToMatch: 'staff' }),
    'Free-2.json': asks(2, 'free', { ...simple, bypassEnabled: true }),
    'Duo-3.json': asks(3, 'duo', { multifactorAuthenticationProviders: ['java.util.HashSet', ['mfa-duo']] }),
    'Bad-4.json': asks(4, 'bad', { ...simple, bypassPrincipalAttributeName: '(' }),
  }
  await withConfiguration({ services }, async (run, directory) => {
    const factor = async (name: string, ...more: string[]) => {
      const { output } = await run('match', `https://${name}.example.org/`, '--user', 'ada', ...more, '--json')
      return (JSON.parse(output) as Shown).follows?.secondFactor
    }
    assert.equal(await factor('pay', '--attribute', 'memberOf=staff'), 'mfa-simple')
    assert.equal(await factor('pay', '--attribute', 'memberOf=guest'), 'none')
    assert.equal(await factor('free'), 'none: mfa-simple is let past by bypassEnabled')
    assert.equal(await factor('duo'), 'refused: there is no provider mfa-duo')
    const { output } = await runCastellan(['check', '--config-dir', directory])
    assert.match(
      output,
      /ERROR .*Duo-3\.json "duo": multifactorPolicy names mfa-duo, which this server has not \(it has mfa-simple\): every login for it is refused/,
    )
    assert.match(output, /ERROR .*Bad-4\.json "bad": multifactorPolicy has a pattern bypassPrincipalAttributeName that cannot be used/)
  })
})
