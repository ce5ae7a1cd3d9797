import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { executable, runCastellan } from '../support/castellan.ts'

const VECTOR = '{cas-cipher}AQIDBAUGBwic+09wNhBwSunsBViEkFJ0'
const PASSWORD = { CAS_STANDALONE_CONFIGURATION_SECURITY_PSW: 's3cret-Pass' }
const AES = '-Dcas.standalone.configuration-security.alg=PBEWITHHMACSHA512ANDAES_256'

/** Runs the verb with a text on standard input. */
function verb(args: readonly string[], input: string, env: Readonly<Record<string, string>> = PASSWORD) {
  const { stdout, stderr, status } = spawnSync(executable, ['config', ...args], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  })
  return { stdout, stderr, status }
}

test('config decrypt prints what Java has encrypted, from an argument or from standard input', () => {
  for (const [args, input] of [
    [['decrypt', VECTOR], ''],
    [['decrypt', '-'], `${VECTOR}\n`],
    [['decrypt'], VECTOR.replace('{cas-cipher}', '')],
  ] as const) {
    assert.deepEqual(verb(args, input), { stdout: 'changeit-value\n', stderr: '', status: 0 })
  }
})

test('config encrypt prints a value that config get reads, and says by which algorithm unless it is the configured one', async () => {
  const first = verb(['encrypt'], 'https://sso.example.org\n')
  assert.equal(first.status, 0)
  assert.match(first.stdout, /^\{cas-cipher\}[A-Za-z0-9+/]+=*\n$/)
  assert.match(first.stderr, /the server needs cas\.standalone\.configuration-security\.alg=PBEWITHHMACSHA512ANDAES_256/)
  const second = verb([AES, 'encrypt', '-'], 'https://sso.example.org\n')
  assert.equal(second.stderr, '')
  for (const { stdout } of [first, second]) assert.equal(verb(['decrypt', AES, stdout.trim()], '').stdout, 'https://sso.example.org\n')
  const other = verb(['encrypt', '--alg', 'PBEWithMD5AndTripleDES'], 'x')
  assert.equal(other.stderr, '')
  assert.equal(verb(['decrypt'], other.stdout).stdout, 'x\n')
})

test('what cannot be encrypted or decrypted ends with one line that holds no secret', () => {
  const noPassword = verb(['encrypt'], 'x', {})
  assert.equal(noPassword.status, 64)
  assert.match(noPassword.stderr, /^castellan config encrypt: there is no password: give [^\n]*\n$/)
  const wrong = verb(['decrypt', VECTOR], '', { CAS_STANDALONE_CONFIGURATION_SECURITY_PSW: 'another-one' })
  assert.equal(wrong.status, 1)
  assert.match(wrong.stderr, /^castellan config decrypt: the value cannot be decrypted; [^\n]*\n$/)
  assert.doesNotMatch(wrong.stderr, /another-one/)
  const unknown = verb(['encrypt', '--alg', 'PBEWITHSHA1ANDRC2_40'], 'x')
  assert.equal(unknown.status, 1)
  assert.match(unknown.stderr, /^castellan config encrypt: [^\n]* that this server does not have; [^\n]*\n$/)
})

test('a start with an encrypted value and a wrong password ends with 78, naming the setting only', async () => {
  const { code, output, lines } = await runCastellan(['run', `--cas.tgc.crypto.signing.key=${VECTOR}`, '--castellan.log.format=json'], {
    env: { CAS_STANDALONE_CONFIGURATION_SECURITY_PSW: 'another-one' },
  })
  assert.equal(code, 78)
  assert.match(lines.map(({ msg }) => msg).join('\n'), /^cas\.tgc\.crypto\.signing\.key \(command line\) cannot be decrypted/m)
  assert.doesNotMatch(output, /another-one/)
})
