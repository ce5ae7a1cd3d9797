import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import { runCastellan, startCastellan } from '../support/castellan.ts'

const root = mkdtempSync(join(tmpdir(), 'castellan-keystore-'))
after(() => rmSync(root, { recursive: true, force: true }))

/** Asks without trusting anybody. @returns status, and names and fingerprint of the certificate. */
function ask(url: string): Promise<{ readonly status: number | undefined; readonly names: string; readonly fingerprint: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { rejectUnauthorized: false, servername: 'sso.example.org' }, (response) => {
      const certificate = response.socket instanceof TLSSocket ? response.socket.getPeerCertificate() : undefined
      response.resume()
      resolve({ status: response.statusCode, names: String(certificate?.subjectaltname), fingerprint: String(certificate?.fingerprint256) })
    })
    asked.on('error', reject)
    asked.end()
  })
}

test('config init and gen-keystore are enough for a first start over https', async () => {
  const directory = join(root, 'first')
  assert.equal((await runCastellan(['config', 'init', directory])).code, 0)
  const words = ['--config-dir', directory, '--cas.server.name=https://sso.example.org']
  const made = await runCastellan(['gen-keystore', ...words])
  assert.equal(made.code, 0, made.output)
  const [file = '', fingerprint = ''] = made.output.split('\n')
  assert.equal(file, join(directory, 'thekeystore'))
  assert.equal(statSync(file).mode & 0o777, 0o600)
  await using cas = await startCastellan({
    configDirectory: directory,
    args: [
      '--server.port=0',
      '--server.address=127.0.0.1',
      `--castellan.state.directory=${join(root, 'state')}`,
      '--castellan.log.format=json',
    ],
  })
  const { status, names, fingerprint: shown } = await ask(`${cas.url}/login`)
  assert.equal(status, 200)
  assert.equal(names, 'DNS:sso.example.org, DNS:localhost, IP Address:127.0.0.1')
  assert.equal(fingerprint, `SHA-256 ${shown}`)
})

test('gen-keystore overwrites nothing, seals with the password of the settings and prints none', async () => {
  const file = join(root, 'store.p12')
  const words = ['gen-keystore', file, '--days', '3', '--server.ssl.key-store-password=s3cr3t-value']
  const { code, output } = await runCastellan(words)
  assert.equal(code, 0, output)
  assert.doesNotMatch(output, /s3cr3t/)
  const pfx = readFileSync(file)
  createSecureContext({ pfx, passphrase: 's3cr3t-value' })
  assert.throws(() => createSecureContext({ pfx, passphrase: 'changeit' }))
  writeFileSync(file, 'mine')
  const again = await runCastellan(words)
  assert.equal(again.code, 1)
  assert.match(again.output, /is there already and is left as it is/)
  assert.equal(readFileSync(file, 'utf8'), 'mine')
  assert.equal((await runCastellan(['gen-keystore', file, '--days', '0'])).code, 64)
})

test('gen-key makes RSA keys, and the lines of every block in use', async () => {
  const { output } = await runCastellan(['gen-key', '--rsa', '2048'])
  assert.equal(createPrivateKey(output).asymmetricKeyDetails?.modulusLength, 2048)
  assert.equal((await runCastellan(['gen-key', '--rsa', '512'])).code, 64)
  const all = (await runCastellan(['gen-key', '--all'])).output.trim().split('\n')
  assert.ok(all.length >= 6)
  for (const line of all) assert.match(line, /^cas\.[\w.-]+\.crypto\.(encryption|signing)\.key=[\w+/=-]{22,}$/)
  assert.ok(all.some((line) => line.startsWith('cas.tgc.crypto.signing.key=')))
})
