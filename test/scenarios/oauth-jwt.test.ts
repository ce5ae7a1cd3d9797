import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { AS_JWT, CRYPTO, program, readJwt, tokenOf } from '../protocols/oauth/jwt-world.ts'
import { runCastellan, startCastellan, writeConfiguration } from '../support/castellan.ts'
import { basic, postForm, profile } from '../support/oauth.ts'

/** JWTs of a server in a process of its own, with the keys that its own generator prints (configuration.md 9). */
const services = program(1, 'shop')
const memory = { 'castellan.ticket-registry.store': 'memory', [AS_JWT]: true }

async function generatedKey(size: number): Promise<string> {
  const { code, output } = await runCastellan(['gen-key', '--size', String(size)])
  assert.equal(code, 0, output)
  const jwk = JSON.parse(output)
  assert.deepEqual(Object.keys(jwk), ['kty', 'kid', 'k'])
  assert.equal(jwk.kty, 'oct')
  return jwk.k
}

test('with keys of the generator a program gets a JWT that verifies with them, is known, and is refused once revoked [S2-12, CF14]', async () => {
  const [signing, encryption] = [await generatedKey(512), await generatedKey(512)]
  assert.deepEqual([signing.length, encryption.length], [86, 86])
  await using cas = await startCastellan({
    services,
    properties: { ...memory, [`${CRYPTO}.encryption.key`]: encryption, [`${CRYPTO}.signing.key`]: `\${#environmentVars['OAUTH_SIGN']}` },
    env: { OAUTH_SIGN: signing },
  })
  const token = await tokenOf(cas.url, 'shop', { scope: 'read' })
  const { header, claims } = await readJwt(token, { signing, encryption })
  assert.deepEqual([header.alg, claims.sub, claims.scope], ['HS512', 'shop', 'read'])
  assert.equal((await profile(cas.url, token)).json['id'], 'shop')
  const client = basic('shop', 'secret of shop')
  const introspect = async () => (await postForm(`${cas.url}/oauth2.0/introspect`, { token }, client)).json
  assert.deepEqual([(await introspect())['active'], (await introspect())['jti']], [true, claims.jti])
  assert.equal((await postForm(`${cas.url}/oauth2.0/revoke`, { token }, client)).status, 200)
  assert.equal((await introspect())['active'], false)
  assert.equal((await profile(cas.url, token)).status, 401)
  // Neither the keys nor the token nor its ticket are in the log.
  const log = JSON.stringify(await cas.logSoFar()) + cas.errors()
  for (const secret of [signing, encryption, token, claims.jti]) assert.equal(log.includes(secret), false)
})

test('without keys the server generates and keeps them: a JWT is known again after a restart [S2-12]', async () => {
  const directory = await writeConfiguration({ services, properties: { [AS_JWT]: true } })
  try {
    let token: string
    {
      await using cas = await startCastellan({ configDirectory: directory })
      assert.ok(cas.logs().some(({ msg }) => msg.includes(`${CRYPTO}.signing.key`) && msg.includes('keys.json')))
      token = await tokenOf(cas.url, 'shop')
      assert.equal(token.split('.').length, 3)
    }
    await using again = await startCastellan({ configDirectory: directory })
    assert.equal((await profile(again.url, token)).status, 200)
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
})

async function refusedStart(setting: string, value: string): Promise<string> {
  const directory = await writeConfiguration({ services, properties: { ...memory, [`${CRYPTO}.${setting}`]: value } })
  try {
    const { code, output } = await runCastellan(['run', '--config-dir', directory])
    assert.equal(code, 78, output)
    assert.ok(output.includes(`${CRYPTO}.${setting} `), output)
    return output
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

test('a key of another size ends the start with 78; the setting is named, the key is not shown [S2-11]', async () => {
  const key = await generatedKey(256)
  assert.equal(key.length, 43)
  const output = await refusedStart('encryption.key', key)
  assert.match(output, /has 256 bits/)
  assert.equal(output.includes(key), false)
})

test('JWTs without their crypto end the start with 78 [S2-9]', async () => {
  assert.match(await refusedStart('enabled', 'false'), /unsigned/)
})
