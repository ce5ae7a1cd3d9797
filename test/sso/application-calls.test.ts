import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { ssoConfig } from '../../src/sso/config.ts'
import { applicationCalls, type SsoConfig } from '../../src/sso/index.ts'
import { testCertificate } from '../support/certificates.ts'
import { settingsOf } from '../support/settings.ts'

test('whose certificates are believed, and whether for any name, are settings', async () => {
  using certificate = testCertificate()
  const { certificate: file, key } = certificate
  const server = createServer({ cert: readFileSync(file), key: readFileSync(key) }, (_, answer) => answer.end('here'))
  await once(server.listen(0), 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (host: string, overrides: Readonly<Record<string, string>>) => {
    const settings = settingsOf<SsoConfig>(ssoConfig, overrides)
    const calls = applicationCalls({ settings, configurationDirectory: '/', log: silentLog })
    try {
      const outcome = await calls.call({ method: 'GET', url: new URL(`https://${host}:${port}/`), headers: {}, timeoutMs: 20_000 })
      return outcome.kind === 'answer' ? outcome.body : outcome.kind
    } finally {
      await calls.close()
    }
  }
  try {
    const believed = { 'cas.httpClient.truststore.file': file }
    assert.equal(await ask('127.0.0.1', {}), 'not-sent')
    assert.equal(await ask('127.0.0.1', believed), 'here')
    // This address is not in the certificate.
    assert.equal(await ask('127.0.0.2', believed), 'not-sent')
    assert.equal(await ask('127.0.0.2', { ...believed, 'cas.httpClient.hostNameVerifier': 'none' }), 'here')
    assert.equal(await ask('127.0.0.1', { 'cas.httpClient.hostNameVerifier': 'none' }), 'not-sent')
  } finally {
    server.close()
  }
})
