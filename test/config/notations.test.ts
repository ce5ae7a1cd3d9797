import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Given, type Sample, settingsFrom, within } from './fixture.ts'

const KEY = 'cas.ticket.st.number-of-uses'
const uses = async (given: Given) => (await settingsFrom(given)).settings.cas.ticket.st.numberOfUses

test('a line of cas.properties in the configuration directory counts [CF1]', async () => {
  assert.equal(await uses({ files: { 'cas.properties': `${KEY}=3\n` } }), 3)
})

test('each of the five notations sets the same setting [CF2]', async () => {
  const notations: Readonly<Record<string, Given>> = {
    properties: { files: { 'cas.properties': `${KEY}=3` } },
    yaml: { files: { 'cas.yml': 'cas:\n  ticket:\n    st:\n      number-of-uses: 3\n' } },
    'system property': { argv: [`-D${KEY}=3`] },
    environment: { env: { CAS_TICKET_ST_NUMBER_OF_USES: '3' } },
    'command line': { argv: [`--${KEY}=3`] },
    'JSON in the environment': { env: { SPRING_APPLICATION_JSON: '{"cas":{"ticket":{"st":{"number-of-uses":3}}}}' } },
    'options of Java': { env: { JAVA_OPTS: `-Xmx1g -D${KEY}=3 "-Dother=a b"` } },
  }
  for (const [name, given] of Object.entries(notations)) assert.equal(await uses(given), 3, name)
})

test('quoted YAML scalars are read by the type of the setting [CF3]', async () => {
  const yaml = 'cas:\n  ticket.st.number-of-uses: "4"\n  tgc:\n    secure: "false"\n    crypto:\n      encryption.key-size: \'256\'\n'
  const { settings, lines } = await settingsFrom({ files: { 'cas.yml': yaml } })
  assert.deepEqual(lines, [])
  assert.equal(settings.cas.ticket.st.numberOfUses, 4)
  assert.equal(settings.cas.tgc.secure, false)
  assert.equal(settings.cas.tgc.crypto.encryption.keySize, 256)
})

test('-D stands before or after the verb [CF4]', async () => {
  assert.equal(await uses({ argv: [`-D${KEY}=2`, 'run'] }), 2)
  assert.equal(await uses({ argv: ['run', `-D${KEY}=2`] }), 2)
})

test('a variable may write dots and dashes as underscores, leave dashes out, or mix both', async () => {
  for (const name of ['CAS_TICKET_ST_NUMBER_OF_USES', 'CAS_TICKET_ST_NUMBEROFUSES', 'CAS_TICKET_ST_NUMBER_OFUSES', KEY]) {
    assert.equal(await uses({ env: { [name]: '5' } }), 5, name)
  }
})

test('of several variables for one setting the form without dashes wins, with a warning', async () => {
  const given = { env: { CAS_TICKET_ST_NUMBER_OF_USES: '2', CAS_TICKET_ST_NUMBEROFUSES: '3' } }
  const { settings, lines } = await settingsFrom(given)
  assert.equal(settings.cas.ticket.st.numberOfUses, 3)
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^warn .*CAS_TICKET_ST_NUMBEROFUSES counts$/)
})

test('camel, kebab, snake and capital spellings are one setting [CF6]', async () => {
  const spellings = ['numberOfUses', 'number-of-uses', 'number_of_uses', 'NUMBER-OF-USES']
  for (const name of spellings) {
    assert.equal(await uses({ files: { 'cas.properties': `cas.ticket.st.${name}=6` } }), 6, name)
    assert.equal(await uses({ argv: [`--cas.ticket.st.${name}=6`] }), 6, name)
  }
})

test('of two spellings in one file the kebab one counts, and both lines are named', async () => {
  const { settings, lines } = await settingsFrom({ files: { 'cas.properties': `${KEY}=2\ncas.ticket.st.numberOfUses=3\n` } })
  assert.equal(settings.cas.ticket.st.numberOfUses, 2)
  assert.deepEqual(lines, [
    `warn ${KEY} (DIR/cas.properties:1) is also written as cas.ticket.st.numberOfUses (DIR/cas.properties:2); this line counts`,
  ])
})

test('indexed settings all count, with brackets or dots, in files and in variables [CF11]', async () => {
  const two = ['service', 'url']
  const given: readonly Given[] = [
    { files: { 'cas.properties': 'cas.logout.redirect-parameter[0]=service\ncas.logout.redirect-parameter[1]=url\n' } },
    { files: { 'cas.properties': 'cas.logout.redirect-parameter.0=service\ncas.logout.redirect-parameter.1=url\n' } },
    { files: { 'cas.yml': 'cas.logout.redirect-parameter: [service, url]\n' } },
    { files: { 'cas.yml': 'cas:\n  logout:\n    redirectParameter:\n      - service\n      - url\n' } },
    { env: { CAS_LOGOUT_REDIRECTPARAMETER_0: 'service', CAS_LOGOUT_REDIRECT_PARAMETER_1_: 'url' } },
    { argv: ['--cas.logout.redirect-parameter=service, url'] },
  ]
  for (const one of given) assert.deepEqual((await settingsFrom(one)).settings.cas.logout.redirectParameter, two)
})

test('durations are ISO-8601, seconds, or a number with a unit [CF12]', async () => {
  const life = async (value: string) =>
    (await settingsFrom({ argv: [`--cas.ticket.st.time-to-kill-in-seconds=${value}`] })).settings.cas.ticket.st
  for (const value of ['PT2S', '2', 'pt2s', '2s', '2000ms', 'PT0M2S']) assert.equal((await life(value)).timeToKillInSeconds, 2, value)
  assert.equal((await settingsFrom({ argv: ['--server.timeout=2000'] })).settings.server.timeout, 2)
})

test('of nine sources taken away one after the other the next one counts each time, and the default at last', async () => {
  const key = 'cas.server.name'
  const line = (value: string) => `${key}=${value}\n`
  await within({ files: { 'more/secrets/cas.server.name': 'secrets', 'more/one.properties': line('one file') } }, async (folder) => {
    const env: Record<string, string> = {
      SPRING_APPLICATION_JSON: JSON.stringify({ [key]: 'json' }),
      CAS_SERVER_NAME: 'environment',
      SPRING_CONFIG_IMPORT: `file:${folder}/more/imported.yml`,
      CONTAINER: 'true',
      CAS_DOCKER_SECRETS_DIRECTORY: `${folder}/more/secrets/`,
      CAS_STANDALONE_CONFIGURATION_FILE: `${folder}/more/one.properties`,
    }
    writeFileSync(`${folder}/more/imported.yml`, `${key}: imported\n`)
    const given: { -readonly [part in keyof Given]: Given[part] } = {
      argv: [`-D${key}=system property`, `--${key}=command line`],
      env,
      files: { 'cas.properties': line('directory') },
      beside: { 'application.properties': line('beside') },
    }
    const steps: readonly (readonly [winner: string, takeAway: () => unknown])[] = [
      ['command line', () => (given.argv = [`-D${key}=system property`])],
      ['json', () => delete env['SPRING_APPLICATION_JSON']],
      ['system property', () => (given.argv = [])],
      ['environment', () => delete env['CAS_SERVER_NAME']],
      ['imported', () => delete env['SPRING_CONFIG_IMPORT']],
      ['secrets', () => delete env['CONTAINER']],
      ['one file', () => delete env['CAS_STANDALONE_CONFIGURATION_FILE']],
      ['directory', () => delete given.files],
      ['beside', () => delete given.beside],
      ['https://cas.example.org:8443', () => {}],
    ]
    for (const [at, [winner, takeAway]] of steps.entries()) {
      const { settings, sourcesOf } = await settingsFrom(given)
      assert.equal(settings.cas.server.name, winner)
      // Those that lost are named too, in their order; what comes out of the folder of secrets is not shown.
      const left = steps.slice(at, -1).map(([one]) => (one === 'secrets' ? '******' : one))
      assert.deepEqual(
        sourcesOf(key).map(({ value }) => value),
        left,
      )
      takeAway()
    }
  })
})

test('every source of a key is named, highest first', async () => {
  const { sourcesOf, explain } = await settingsFrom({
    files: { 'cas.properties': '\ncas.server.other=x\ncas.server.name=file' },
    env: { CAS_SERVER_NAME: 'variable' },
    argv: ['--cas.server.name=line'],
  })
  assert.deepEqual(
    sourcesOf('cas.server.name').map(({ source, value }) => [source.replace(/.*\//, ''), value]),
    [
      ['commandLineArgs', 'line'],
      ['systemEnvironment', 'variable'],
      ['cas.properties', 'file'],
    ],
  )
  assert.equal(explain('CAS.server.Name')?.origin, 'command line')
})

test('a value of a variable in the style of a service of Kubernetes is nobody’s setting', async () => {
  const { lines, settings } = await settingsFrom({
    env: { CAS_PORT: 'tcp://10.0.0.7:8443', CAS_SERVER_NAME: 'tcp://10.0.0.7:1', CAS_WAR: 'x', CAS_FOO: 'y' },
  })
  assert.deepEqual(lines, [])
  assert.equal(settings.cas.server.name, 'https://cas.example.org:8443')
})

test('KEY_FILE gives the content of a file', async () => {
  const given: Given = { files: { secret: 's3cret\n' } }
  await within(given, async (directory) => {
    const { settings } = await settingsFrom({ env: { CAS_SERVER_PREFIX_FILE: `${directory}/secret` } })
    assert.equal((settings satisfies Sample).cas.server.prefix, 's3cret')
    const { fatal } = await settingsFrom({ env: { CAS_SERVER_PREFIX_FILE: `${directory}/nothing` } })
    assert.match(fatal[0] ?? '', /^error cas\.server\.prefix \(environment variable CAS_SERVER_PREFIX_FILE\): .*\/nothing cannot be read$/)
  })
})

test('--key value with a blank is reported, not guessed', async () => {
  const { fatal } = await settingsFrom({ argv: ['run', '--cas.server.name', 'https://a'] })
  assert.deepEqual(fatal, ['error --cas.server.name is followed by a blank: write --cas.server.name=VALUE'])
  assert.equal((await settingsFrom({ argv: ['--cas.tgc.secure', 'run'] })).settings.cas.tgc.secure, true)
})

test('settings among the options of Java are named once, other options are nobody’s business', async () => {
  const { lines } = await settingsFrom({ env: { JAVA_OPTS: `-Djava.security.egd=file:/dev/./urandom -D${KEY}=2` } })
  assert.deepEqual(lines, [`info settings taken from options of Java: ${KEY} (environment variable JAVA_OPTS)`])
})

test('a variable that nearly spells a setting is mentioned, and no more', async () => {
  const { lines, refused } = await settingsFrom({ env: { CAS_TICKET_ST_NUMBER_OF_USE: '2', CAS_SERVICE_HOST: 'x' }, argv: ['--strict'] })
  assert.equal(refused, false)
  assert.deepEqual(lines, [
    'info variables that nearly spell a setting, and set none: CAS_TICKET_ST_NUMBER_OF_USE (cas.ticket.st.number-of-uses?)',
  ])
})
