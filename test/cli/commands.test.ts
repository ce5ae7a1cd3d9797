import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { executable, runCastellan, writeConfiguration } from '../support/castellan.ts'

const KEY = 'cas.ticket.st.number-of-uses'

async function withDirectory(files: Readonly<Record<string, string>>, call: (directory: string) => Promise<void>): Promise<void> {
  const directory = await writeConfiguration({ files })
  try {
    await call(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

test('config get prints the value in force and its place, for each notation [CF2]', async () => {
  await withDirectory(
    { 'standalone.properties': `${KEY}=3\n`, 'yaml/cas.yml': 'cas:\n  ticket:\n    st:\n      number-of-uses: "3"\n' },
    async (directory) => {
      const get = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => (await runCastellan(args, { env })).output
      const word = ['config', 'get', KEY]
      assert.equal(await get(word), '1\tdefault\n')
      assert.equal(await get([...word, '--config-dir', directory]), `3\t${join(directory, 'standalone.properties')}:1\n`)
      assert.equal(await get(word, { CASTELLAN_CONFIG_DIR: join(directory, 'yaml') }), `3\t${join(directory, 'yaml/cas.yml')}:4\n`)
      assert.equal(await get([`-D${KEY}=3`, ...word]), '3\tcommand line\n')
      assert.equal(await get([...word, `--${KEY}=3`]), '3\tcommand line\n')
      assert.equal(await get(word, { CAS_TICKET_ST_NUMBER_OF_USES: '3' }), '3\tenvironment variable CAS_TICKET_ST_NUMBER_OF_USES\n')
    },
  )
})

test('config explain names type, default, and every source with the winner first', async () => {
  await withDirectory({ 'standalone.properties': `${KEY}=3\n` }, async (directory) => {
    const { output, code } = await runCastellan(['config', 'explain', 'cas.ticket.st.numberOfUses', '--config-dir', directory], {
      env: { CAS_TICKET_ST_NUMBEROFUSES: '4' },
    })
    assert.equal(code, 0)
    assert.match(output, new RegExp(`^${KEY}\n`))
    assert.match(output, /type {5}int\n {2}default {2}1\n {2}value {4}4 \(environment variable CAS_TICKET_ST_NUMBEROFUSES\)\n/)
    assert.match(output, /also in {2}.*standalone\.properties:1: 3\n$/)
  })
})

test('check says what is wrong, with file and line, and ends with 1; without mistakes with 0', async () => {
  await withDirectory({ 'standalone.yml': 'cas:\n  ticket:\n    st:\n      number-of-use: 5\n' }, async (directory) => {
    const wrong = await runCastellan(['check', '--config-dir', directory])
    assert.equal(wrong.code, 1)
    assert.match(
      wrong.output,
      /^ERROR unknown setting cas\.ticket\.st\.number-of-use \(.*standalone\.yml:4\) – did you mean cas\.ticket\.st\.number-of-uses\?$/m,
    )
    const json = JSON.parse((await runCastellan(['check', '--json', '--config-dir', directory])).output)
    assert.equal(json.ok, false)
    assert.equal(json.problems[0].suggestion, KEY)
    assert.equal(json.problems[0].line, 4)
  })
  await withDirectory({}, async (directory) => {
    assert.equal((await runCastellan(['check', '--config-dir', directory])).code, 0)
  })
})

test('a wrong type ends the start with 78 and one line that names the place, without a stack trace [CF10]', async () => {
  await withDirectory({ 'standalone.yml': 'cas:\n  ticket:\n    st:\n      number-of-uses: many\n' }, async (directory) => {
    const { code, output, lines } = await runCastellan(['run', '--config-dir', directory])
    assert.equal(code, 78)
    const errors = lines.filter(({ level }) => level === 50).map(({ msg }) => msg)
    assert.deepEqual(errors, [
      `${KEY} (${directory}/standalone.yml:4:23) must be a whole number, found "many"`,
      'not started: 1 mistake in the configuration',
    ])
    assert.doesNotMatch(output, /\n\s+at /)
  })
})

test('settings that need each other, and places that do not exist, end the start with 78, all of them named at once', async () => {
  const lines = [
    'server.ssl.key-store=file:/nowhere/at/all',
    'cas.sms-provider.twilio.token=s3cret-t0ken',
    'cas.tgc.name=a b',
    'server.port=x',
  ]
  await withDirectory({ 'cas.properties': lines.join('\n') }, async (directory) => {
    const run = await runCastellan(['run', '--config-dir', directory])
    assert.equal(run.code, 78)
    const errors = run.lines.filter(({ level }) => level === 50).map(({ msg }) => msg.replaceAll(directory, 'DIR'))
    assert.deepEqual(
      errors.map((line) => line.replace(/(\)) .*/, '$1')),
      [
        'server.port (DIR/cas.properties:4:13)',
        'server.ssl.key-store (DIR/cas.properties:1:22)',
        'cas.sms-provider.twilio.token (DIR/cas.properties:2:31)',
        'cas.tgc.name (DIR/cas.properties:3:14)',
        'not started: 4 mistakes in the configuration',
      ],
    )
    assert.doesNotMatch(run.output, /s3cret|\n\s+at /)
    const check = await runCastellan(['check', '--config-dir', directory])
    assert.equal(check.code, 1)
    for (const line of errors.slice(0, -1)) assert.ok(check.output.includes(`ERROR ${line.replace('DIR/', '')}`), line)
  })
})

test('an unknown setting ends the start with 78 when strict', async () => {
  await withDirectory({ 'standalone.properties': 'cas.ticket.st.number-of-use=2\n' }, async (directory) => {
    const { code, lines } = await runCastellan(['--strict', '--config-dir', directory])
    assert.equal(code, 78)
    assert.ok(
      lines.some(({ msg }) => /^unknown setting cas\.ticket\.st\.number-of-use \(.*standalone\.properties:1\) – did you mean/.test(msg)),
    )
  })
})

test('gen-key prints one oct JWK of the size asked for and nothing else', async () => {
  for (const [args, length] of [
    [['--size', '512'], 86],
    [['--size=256'], 43],
    [['--size', '384'], 64],
    [['--bytes', '16'], 22],
    [[], 86],
  ] as const) {
    const { output, code } = await runCastellan(['gen-key', ...args])
    assert.equal(code, 0)
    const jwk = JSON.parse(output)
    assert.deepEqual(Object.keys(jwk), ['kty', 'kid', 'k'])
    assert.equal(jwk.kty, 'oct')
    assert.equal(jwk.k.length, length)
  }
  assert.equal((await runCastellan(['gen-key', '--size', '100'])).code, 64)
})

test('gen-key prints the lines of a block, new or as they are in force', async () => {
  const { output } = await runCastellan(['gen-key', '--setting', 'cas.webflow.crypto'])
  assert.match(output, /^cas\.webflow\.crypto\.encryption\.key=[\w+/]{22}==\ncas\.webflow\.crypto\.signing\.key=[\w-]{86}\n$/)
  const shown = await runCastellan([
    'gen-key',
    '--show',
    'cas.tgc.crypto',
    '-Dcas.tgc.crypto.signing.key=abc',
    '--castellan.state.directory=/no/such',
  ])
  assert.equal(shown.output, 'cas.tgc.crypto.signing.key=abc\n')
  const unknown = await runCastellan(['gen-key', '--show', 'cas.nothing'])
  assert.equal(unknown.code, 64)
  assert.match(unknown.output, /there is no block cas\.nothing; there are .*cas\.tgc\.crypto/)
})

test('healthcheck ends with 0 for an answer of 200 and with 1 for everything else', async () => {
  const server = createServer((request, response) => response.writeHead(request.url === '/good' ? 200 : 503).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    assert.equal((await runCastellan(['healthcheck', `http://127.0.0.1:${port}/good`])).code, 0)
    const bad = await runCastellan([
      'healthcheck',
      `--server.port=${port}`,
      '--server.ssl.enabled=false',
      '--server.servlet.context-path=/sso',
    ])
    assert.equal(bad.code, 1)
    assert.equal(bad.output, `castellan healthcheck: http://127.0.0.1:${port}/sso/actuator/health: 503\n`)
  } finally {
    server.close()
  }
  assert.equal((await runCastellan(['healthcheck', `http://127.0.0.1:${port}/good`])).code, 1)
  assert.equal((await runCastellan(['healthcheck', 'ftp://x'])).code, 1)
})

test('words that are no verb and no option are refused with a usage line', async () => {
  for (const args of [['start'], ['run', '--nonsense'], ['config', 'get'], ['check', 'more']]) {
    const { code, output } = await runCastellan(args)
    assert.equal(code, 64, args.join(' '))
    assert.match(output, /^error: /)
  }
  const help = await runCastellan(['--help'])
  assert.equal(help.code, 0)
  assert.match(help.output, /healthcheck.*--config-dir/s)
})

test('hash-password reads the password from standard input and prints its stored form', () => {
  const hash = (args: readonly string[], input: string) => spawnSync(executable, ['hash-password', ...args], { input, encoding: 'utf8' })
  assert.match(hash([], 'Mellon\n').stdout, /^\$argon2id\$[^\n]+\n$/)
  assert.match(hash(['--encoder', 'bcrypt'], 'Mellon').stdout, /^\$2[aby]\$12\$[^\n]+\n$/)
  assert.equal(hash([], '').status, 64)
  const unknown = hash(['--encoder', 'rot13'], 'Mellon\n')
  assert.equal(unknown.status, 64)
  assert.match(unknown.stderr, /--encoder must be one of argon2, bcrypt/)
})

test('gen-key makes and shows the key of ticket ids, which is one and no pair', async () => {
  const made = await runCastellan(['gen-key', '--setting', 'castellan.ticket-registry.ids'])
  assert.match(made.output, /^castellan\.ticket-registry\.ids\.key=[\w-]{43}\n$/)
  const line = made.output.trim()
  const shown = await runCastellan(['gen-key', '--show', 'castellan.ticket-registry.ids', `--${line}`])
  assert.equal(shown.output, made.output)
})
