import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { get } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { listen, type Ports } from '../../src/http/index.ts'
import { echo, httpSettings, type Overrides, recordingLog, route, testApp } from './http-parts.ts'

/** Written by Java and by OpenSSL, see the README beside them: entries `first` and `second`, the second with a key of an elliptic curve. */
const at = (name: string) => join(import.meta.dirname, 'key-stores', name)

const plain = { 'server.port': 0, 'server.address': '127.0.0.1', 'server.ssl.enabled': true }

function open(overrides: Overrides): Promise<Ports> {
  const settings = { ...plain, ...overrides }
  return listen(testApp([route('/login', echo), route('/login', echo, { method: 'POST' })], settings), {
    settings: httpSettings(settings),
    log: recordingLog().log,
  })
}

/** Whose certificate the port shows. */
function subject(
  ports: Ports,
  more: { readonly cert?: Buffer; readonly key?: Buffer; readonly passphrase?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${ports.urls[0]}/login`, { rejectUnauthorized: false, agent: false, ...more }, (answer) => {
      const { subject: name } = (answer.socket as TLSSocket).getPeerCertificate()
      answer.resume().on('end', () => resolve(String(name.CN)))
    }).on('error', reject)
  })
}

const store = (type: string) => ({ 'server.ssl.keyStore': at(type), 'server.ssl.keyStorePassword': 'of-the-store' })
const bundle = (kind: 'pem' | 'jks', content: object): Overrides => ({
  'server.ssl.bundle': 'web',
  [`spring.ssl.bundle.${kind}`]: {
    web: { keystore: {}, truststore: {}, key: {}, options: { ciphers: [], enabledProtocols: [] }, reloadOnUpdate: true, ...content },
  },
})

test('a key store of Java is served, and the alias chooses the entry', async () => {
  const jks = { ...store('JKS'), 'server.ssl.keyPassword': 'of-the-key' }
  const rows: readonly [Overrides, string][] = [
    [{ ...jks, 'server.ssl.keyAlias': 'first' }, 'first'],
    [{ ...jks, 'server.ssl.keyAlias': 'SECOND' }, 'second'],
    [{ ...store('PKCS12'), 'server.ssl.keyAlias': 'first' }, 'first'],
    [{ ...store('PKCS12'), 'server.ssl.keyAlias': 'second' }, 'second'],
  ]
  for (const [settings, name] of rows) {
    await using ports = await open(settings)
    assert.equal(await subject(ports), name)
  }
})

test('an alias or a password that does not fit is refused with the name of its setting', async () => {
  const jks = { ...store('JKS'), 'server.ssl.keyPassword': 'of-the-key' }
  const rows: readonly [Overrides, RegExp][] = [
    [{ ...jks, 'server.ssl.keyAlias': 'third' }, /^server\.ssl\.key-alias names no key in .*; there are: (first, second|second, first)$/],
    [{ ...jks, 'server.ssl.keyStorePassword': 'wrong-secret' }, /^server\.ssl\.key-store-password does not open/],
    [{ ...jks, 'server.ssl.keyPassword': 'wrong-secret' }, /^server\.ssl\.key-store-password does not open/],
    [
      { ...store('PKCS12'), 'server.ssl.keyAlias': 'first', 'server.ssl.keyStorePassword': 'wrong-secret' },
      /^server\.ssl\.key-store-password does not open/,
    ],
    [
      { 'server.ssl.keyStore': at('trust-JKS'), 'server.ssl.keyStorePassword': 'of-the-trust' },
      /^server\.ssl\.key-store has no private key/,
    ],
    [{ 'server.ssl.bundle': 'none' }, /^server\.ssl\.bundle names the bundle "none", and spring\.ssl\.bundle has none$/],
    [bundle('pem', {}), /^spring\.ssl\.bundle\.pem\.web\.keystore\.certificate is missing/],
    [
      bundle('jks', { keystore: { location: at('nothing') } }),
      /^spring\.ssl\.bundle\.jks\.web\.keystore\.location names a file that does not/,
    ],
  ]
  for (const [settings, message] of rows) {
    await assert.rejects(open(settings), (error: Error) => {
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /wrong-secret|of-the/)
      return true
    })
  }
})

test('bundles of PEM files, PEM texts and key stores take the place of server.ssl', async () => {
  const privateKeyPassword = 'of-the-key'
  const files = { certificate: at('pem.crt'), privateKey: `file:${at('pem.key')}`, privateKeyPassword }
  const texts = { certificate: readFileSync(at('pem.crt'), 'utf8'), privateKey: readFileSync(at('pem.key'), 'utf8'), privateKeyPassword }
  const ofStore = { keystore: { location: at('PKCS12'), password: 'of-the-store' }, key: { alias: 'second' } }
  const rows: readonly [Overrides, string][] = [
    [bundle('pem', { keystore: files }), 'pem'],
    [bundle('pem', { keystore: texts }), 'pem'],
    [bundle('jks', ofStore), 'second'],
  ]
  for (const [settings, name] of rows) {
    await using ports = await open(settings)
    assert.equal(await subject(ports), name)
  }
})

test('client certificates are believed where a trust store, of Java or PKCS#12, has them', async () => {
  const client = { cert: readFileSync(at('pem.crt')), key: readFileSync(at('pem.key')), passphrase: 'of-the-key' }
  const known = { cert: readFileSync(at('second.crt')), key: readFileSync(at('second.key')) }
  for (const type of ['JKS', 'PKCS12']) {
    await using ports = await open({
      ...store('PKCS12'),
      'server.ssl.clientAuth': 'need',
      'server.ssl.trustStore': at(`trust-${type}`),
      'server.ssl.trustStorePassword': 'of-the-trust',
    })
    await assert.rejects(subject(ports, client))
    assert.ok(await subject(ports, known))
  }
})

test('HTTP/2 is spoken where it is switched on, and HTTP/1.1 beside it', async () => {
  await using ports = await open({ ...store('PKCS12'), 'server.http2.enabled': true })
  assert.ok(await subject(ports))
  const url = new URL(ports.urls[0] ?? '')
  const session = connectHttp2(url.origin, { rejectUnauthorized: false })
  try {
    const ask = (headers: Record<string, string>, body?: string) =>
      new Promise<{ status: number; text: string; id: unknown }>((resolve, reject) => {
        const stream = session.request(headers)
        let text = ''
        let status = 0
        let id: unknown
        stream.on('response', (got) => {
          status = Number(got[':status'])
          id = got['x-requestid']
        })
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        stream.on('end', () => resolve({ status, text, id })).on('error', reject)
        stream.end(body)
      })
    const plainly = await ask({ ':path': '/cas/login?a=1' })
    assert.deepEqual([plainly.status, plainly.text], [200, '{"a":["1"]}'])
    assert.match(String(plainly.id), /^[\w-]{36}$/)
    const form = { ':path': '/cas/login', ':method': 'POST', 'content-type': 'application/x-www-form-urlencoded' }
    assert.deepEqual((await ask(form, 'b=2')).text, '{"b":["2"]}')
    assert.equal((await ask({ ':path': '/cas/login', ':method': 'POST' }, 'x'.repeat(3_000_000))).status, 413)
    assert.equal((await ask({ ':path': '/cas/nothing' })).status, 404)
  } finally {
    session.close()
  }
  assert.equal(await ports.stop(1000), 0)
})

test('an open HTTP/2 connection holds up no stop', async () => {
  await using ports = await open({ ...store('PKCS12'), 'server.http2.enabled': true })
  const session = connectHttp2(new URL(ports.urls[0] ?? '').origin, { rejectUnauthorized: false })
  await new Promise((resolve) => session.once('connect', resolve))
  const closed = new Promise((resolve) => session.once('close', resolve))
  assert.equal(await ports.stop(5000), 0)
  await closed
})
