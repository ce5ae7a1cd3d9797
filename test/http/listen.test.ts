import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { Agent, get, request } from 'node:http'
import { get as secureGet } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { listen, PortInUse, type Ports, type Route, readCookie, setCookie } from '../../src/http/index.ts'
import { type TestCertificate, testCertificate } from '../support/certificates.ts'
import { echo, httpSettings, type Overrides, recordingLog, route, testApp } from './http-parts.ts'

const plain = { 'server.port': 0, 'server.address': '127.0.0.1', 'server.ssl.enabled': false }
const routes: readonly Route[] = [route('/login', echo), route('/login', echo, { method: 'POST' })]

function open(overrides: Overrides = {}, served: readonly Route[] = routes): Promise<Ports> {
  const settings = { ...plain, ...overrides }
  return listen(testApp(served, settings), { settings: httpSettings(settings), log: recordingLog().log })
}
const main = (ports: Ports) => new URL(ports.urls[0] ?? '')

/** Sends bytes and collects what comes until the other side closes. */
function raw(url: URL, ...packets: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket: Socket = connect(Number(url.port), url.hostname, () => {
      for (const packet of packets) socket.write(packet)
    })
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('end', () => socket.end()).on('close', () => resolve(answer))
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
  })
}

test('the port is a setting, and 0 takes a free one [CF8]', async () => {
  await using first = await open()
  const { port, pathname, protocol } = main(first)
  assert.ok(Number(port) > 0)
  assert.equal(pathname, '/cas')
  assert.equal(protocol, 'http:')
  await first.stop(0)
  await using second = await open({ 'server.port': Number(port) })
  assert.equal(main(second).port, port)
  const answer = await fetch(`http://127.0.0.1:${port}/cas/login?a=1`)
  assert.equal(answer.status, 200)
  assert.deepEqual(await answer.json(), { a: ['1'] })
})

test('a port in use is an error with the exit code 69 that names setting and port', async () => {
  await using first = await open()
  const port = Number(main(first).port)
  await assert.rejects(open({ 'server.port': port }), (error: unknown) => {
    assert.ok(error instanceof PortInUse)
    assert.equal(error.exitCode, 69)
    assert.match(error.message, new RegExp(`^server\\.port is ${port}`))
    return true
  })
  await assert.rejects(open({ 'cas.server.tomcat.http': [{ enabled: true, port }] }), /cas\.server\.tomcat\.http\[0\]\.port is/)
  await assert.rejects(open({ 'server.address': '203.0.113.1' }), /^StartRefusal: server\.address is 203\.0\.113\.1/)
})

test('further plain listeners are opened where they are enabled', async () => {
  await using ports = await open({
    'cas.server.tomcat.http': [
      { enabled: true, port: 0 },
      { enabled: false, port: 0 },
    ],
  })
  assert.equal(ports.urls.length, 2)
  for (const url of ports.urls) assert.equal((await fetch(`${url}/login`)).status, 200)
})

test('an answer by a port carries the same headers and cookies as any other', async () => {
  const cookie = { name: 'A', path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const
  await using ports = await open({}, [
    route('/raw', (call) => {
      setCookie(call, cookie, '1')
      setCookie(call, { ...cookie, name: 'B' }, readCookie(call, 'B') ?? 'none')
      return new Response('<x/>', { headers: { 'Content-Type': 'text/html;charset=UTF-8', 'Content-Security-Policy': 'mine' } })
    }),
    route('/hono', (call) => {
      call.header('Set-Cookie', 'C=3', { append: true })
      setCookie(call, cookie, '1')
      return call.html('x')
    }),
  ])
  const answer = await fetch(`${ports.urls[0]}/raw`, { headers: { cookie: 'B=old' } })
  assert.equal(answer.headers.get('content-type'), 'text/html;charset=UTF-8')
  assert.equal(answer.headers.get('content-security-policy'), 'mine')
  assert.equal(answer.headers.get('x-frame-options'), 'DENY')
  assert.match(answer.headers.get('x-requestid') ?? '', /^[0-9a-f-]{36}$/)
  assert.deepEqual(
    answer.headers.getSetCookie().map((one) => one.split(';')[0]),
    ['A=1', 'B=old'],
  )
  const hono = await fetch(`${ports.urls[0]}/hono`)
  assert.deepEqual(
    hono.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .sort(),
    ['A=1', 'C=3'],
  )
  const error = await fetch(`${ports.urls[0]}/nowhere`, { headers: { accept: 'application/json' } })
  assert.equal(error.status, 404)
  assert.equal(error.headers.get('x-frame-options'), 'DENY')
})

test('HEAD by a port has the headers and no body', async () => {
  await using ports = await open()
  const answer = await fetch(`${ports.urls[0]}/login`, { method: 'HEAD' })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-frame-options'), 'DENY')
  assert.equal(await answer.text(), '')
})

test('the address of the client is that of the socket, forged headers of a peer that is not trusted are ignored', async () => {
  const show = route('/who', (call) => new Response(`${call.get('client').address} ${call.get('client').serverAddress}`))
  await using ports = await open({ 'server.tomcat.remoteip.internalProxies': '192\\.0\\.2\\.1' }, [show])
  const answer = await fetch(`${ports.urls[0]}/who`, { headers: { 'x-forwarded-for': '203.0.113.7' } })
  assert.equal(await answer.text(), '127.0.0.1 127.0.0.1')
})

test('a body of 10 MB is refused with 413 without being taken in', async () => {
  await using ports = await open()
  for (const chunked of [false, true]) {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const body = Buffer.alloc(10 * 1024 * 1024, 'x')
      const sent = request(`${ports.urls[0]}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...(chunked ? {} : { 'content-length': body.length }) },
      })
      sent.on('response', (answer) => {
        answer.resume()
        assert.equal(answer.headers.connection, 'close')
        resolve(answer.statusCode)
      })
      sent.on('error', reject)
      if (chunked) for (let at = 0; at < body.length; at += 65_536) sent.write(body.subarray(at, at + 65_536))
      sent.end(chunked ? undefined : body)
    })
    assert.equal(status, 413)
  }
})

test('a form and a JSON body by a port are read once and there for the handler', async () => {
  const json = route('/v1/services', async (call) => Response.json(await call.req.json()), { method: 'POST' })
  await using ports = await open({}, [...routes, json])
  const form = await fetch(`${ports.urls[0]}/login?x=1`, { method: 'POST', body: new URLSearchParams({ x: '2', y: 'ä' }) })
  assert.deepEqual(await form.json(), { x: ['1', '2'], y: ['ä'] })
  const other = await fetch(`${ports.urls[0]}/v1/services`, { method: 'POST', body: '{"a":1}' })
  assert.deepEqual(await other.json(), { a: 1 })
  const empty = await fetch(`${ports.urls[0]}/login`, { method: 'POST' })
  assert.deepEqual(await empty.json(), {})
})

test('an overlong head is 431, an overlong request line 414, nonsense 400; the server goes on', async () => {
  await using ports = await open({ 'server.maxHttpRequestHeaderSize': 20_480 })
  const url = main(ports)
  const many = Array.from({ length: 30 }, (_, n) => `X-${n}: ${'x'.repeat(1000)}`).join('\r\n')
  assert.match(await raw(url, `GET /cas/login HTTP/1.1\r\nHost: a\r\n${many}\r\n\r\n`), /^HTTP\/1\.1 431 .*\r\nConnection: close\r\n/)
  assert.match(await raw(url, `GET /cas/login HTTP/1.1\r\nHost: a\r\nCookie: ${'x'.repeat(30_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
  assert.match(await raw(url, `GET /cas/login?${'x'.repeat(30_000)} HTTP/1.1\r\nHost: a\r\n\r\n`), /^HTTP\/1\.1 414 /)
  assert.match(await raw(url, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /)
  assert.match(await raw(url, '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001'), /^HTTP\/1\.1 400 /)
  assert.match(
    await raw(url, 'GET /cas/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'),
    /^HTTP\/1\.1 400 /,
  )
  assert.match(await raw(url, 'GET /cas/login HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /)
  assert.match(await raw(url, 'GET /cas/login HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /)
  assert.match(await raw(url, 'GET /cas\\login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /)
  assert.match(await raw(url, 'GET /cas/login?a=1 HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /)
  assert.match(await raw(url, 'BREW /cas/login HTTP/1.1\r\nHost: a\r\n\r\n'), /^HTTP\/1\.1 400 /)
  assert.match(await raw(url, 'TRACE /cas/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 405 /)
  assert.equal((await fetch(`${ports.urls[0]}/login`)).status, 200)
})

test('whoever sends the head or the body of a request drop by drop is cut off', async () => {
  await using ports = await open({ 'server.tomcat.connectionTimeout': 0.1 })
  const form = 'Host: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n'
  assert.match(await raw(main(ports), `POST /cas/login HTTP/1.1\r\n${form}`, 'a=1'), /^HTTP\/1\.1 408 /)
  const answer = await raw(main(ports), 'GET /cas/login HTTP/1.1\r\n', 'Host: a\r\n')
  assert.match(answer, /^HTTP\/1\.1 408 /)
})

test('a client that goes away in the middle of a body leaves no error behind', async () => {
  const settings = { ...plain }
  const app = testApp(routes, settings)
  await using ports = await listen(app, { settings: httpSettings(settings), log: recordingLog().log })
  const url = main(ports)
  await new Promise<void>((resolve) => {
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write('POST /cas/login HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc', () => setImmediate(() => socket.destroy()))
    })
    socket.on('close', () => resolve())
  })
  assert.equal((await fetch(`${ports.urls[0]}/login`)).status, 200)
  await ports.stop(1000)
  assert.deepEqual(
    app.lines.filter((line) => line.level >= 40),
    [],
  )
  assert.equal(app.lines.filter((line) => line['status'] === 400).length, 1)
})

test('a stop lets a running request finish, closes unused connections and takes no new ones', async () => {
  const started = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const slow = route('/slow', async () => {
    started.resolve()
    await finish.promise
    return new Response('done')
  })
  await using ports = await open({}, [...routes, slow])
  const agent = new Agent({ keepAlive: true })
  after(() => agent.destroy())
  await new Promise<void>((resolve, reject) => {
    get(`${ports.urls[0]}/login`, { agent }, (answer) => answer.resume().on('end', resolve)).on('error', reject)
  })
  const running = new Promise<{ body: string; connection: string | undefined }>((resolve, reject) => {
    get(`${ports.urls[0]}/slow`, { agent }, async (answer) => {
      let body = ''
      for await (const chunk of answer) body += chunk
      resolve({ body, connection: answer.headers.connection })
    }).on('error', reject)
  })
  await started.promise
  const stopped = ports.stop(5000)
  await assert.rejects(fetch(`${ports.urls[0]}/login`))
  finish.resolve()
  assert.deepEqual(await running, { body: 'done', connection: 'close' })
  assert.equal(await stopped, 0)
})

test('a stop cuts off what takes longer than its limit', async () => {
  const started = Promise.withResolvers<void>()
  const never = route('/never', () => {
    started.resolve()
    return new Promise<Response>(() => {})
  })
  await using ports = await open({}, [never])
  const running = assert.rejects(fetch(`${ports.urls[0]}/never`))
  await started.promise
  assert.equal(await ports.stop(100), 1)
  await running
})

let certificate: TestCertificate | undefined
const certificateFiles = () => {
  certificate ??= testCertificate()
  return certificate
}
after(() => certificate?.[Symbol.dispose]())

/** @returns the body and the fingerprint of the certificate that the server showed. */
function secure(url: string, options: object = {}): Promise<{ body: string; fingerprint: string; protocol: string | null }> {
  return new Promise((resolve, reject) => {
    secureGet(url, { rejectUnauthorized: false, agent: false, ...options }, async (answer) => {
      const socket = answer.socket as TLSSocket
      const { fingerprint256: fingerprint } = socket.getPeerCertificate()
      const protocol = socket.getProtocol()
      let body = ''
      for await (const chunk of answer) body += chunk
      resolve({ body, fingerprint, protocol })
    }).on('error', reject)
  })
}
const isSecure = [route('/login', (call) => new Response(String(call.get('client').secure)))]

test('https works with PEM files and with a PKCS#12 key store', async () => {
  const { certificate, key, keyStore } = certificateFiles()
  await using pem = await open(
    { 'server.ssl.enabled': true, 'server.ssl.certificate': `file:${certificate}`, 'server.ssl.certificatePrivateKey': key },
    isSecure,
  )
  assert.match(pem.urls[0] ?? '', /^https:/)
  const first = await secure(`${pem.urls[0]}/login`)
  assert.equal(first.body, 'true')
  await using store = await open({ 'server.ssl.enabled': true, 'server.ssl.keyStore': `file:${keyStore}` }, isSecure)
  const second = await secure(`${store.urls[0]}/login`)
  assert.equal(second.fingerprint, first.fingerprint)
})

test('versions, cipher suites and client certificates of TLS are settings', async () => {
  const { certificate, key, keyStore } = certificateFiles()
  const base = { 'server.ssl.enabled': true, 'server.ssl.keyStore': keyStore }
  await using old = await open({
    ...base,
    'server.ssl.enabledProtocols': ['TLSv1.2'],
    'server.ssl.ciphers': ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  })
  assert.equal((await secure(`${old.urls[0]}/login`)).protocol, 'TLSv1.2')
  await assert.rejects(secure(`${old.urls[0]}/login`, { minVersion: 'TLSv1.3' }))
  await using mutual = await open({ ...base, 'server.ssl.clientAuth': 'need', 'server.ssl.trustCertificate': certificate })
  await assert.rejects(secure(`${mutual.urls[0]}/login`))
  const { readFileSync } = await import('node:fs')
  assert.equal((await secure(`${mutual.urls[0]}/login`, { cert: readFileSync(certificate), key: readFileSync(key) })).body, '{}')
})

test('a key store that cannot be used names its setting and says what to do', async () => {
  const { certificate, keyStore } = certificateFiles()
  const folder = mkdtempSync(join(tmpdir(), 'castellan-tls-'))
  after(() => rmSync(folder, { recursive: true }))
  const file = (name: string, content: Buffer | string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const refused: readonly [Overrides, RegExp][] = [
    [
      { 'server.ssl.keyStore': join(folder, 'none') },
      /^server\.ssl\.key-store names a file that does not exist: .*none\. .*server\.ssl\.enabled=false/,
    ],
    [
      { 'server.ssl.keyStore': file('jceks', Buffer.from('cececece00000002', 'hex')) },
      /^server\.ssl\.key-store is a Java key store of the kind JCEKS .*keytool/,
    ],
    [{ 'server.ssl.keyStore': file('jks', Buffer.from('feedfeed00000002', 'hex')) }, /^server\.ssl\.key-store cannot be read .*damaged/],
    [{ 'server.ssl.keyStore': file('text', 'hello, world') }, /^server\.ssl\.key-store is neither PKCS#12, JKS nor PEM/],
    [{ 'server.ssl.keyStore': file('empty', '') }, /^server\.ssl\.key-store names an empty file/],
    [{ 'server.ssl.keyStore': file('broken', Buffer.from('30820a0000000000', 'hex')) }, /^server\.ssl\.key-store /],
    [{ 'server.ssl.keyStore': keyStore, 'server.ssl.keyStorePassword': 'wrong-secret' }, /^server\.ssl\.key-store-password does not open/],
    [{ 'server.ssl.keyStore': 'classpath:thekeystore' }, /^server\.ssl\.key-store must be a file, not classpath:/],
    [{ 'server.ssl.certificate': certificate }, /^server\.ssl\.certificate and its private key cannot be used/],
    [{ 'server.ssl.keyStore': keyStore, 'server.ssl.enabledProtocols': ['SSLv3'] }, /^server\.ssl\.enabled-protocols must be some of/],
    [{ 'server.ssl.keyStore': keyStore, 'server.ssl.ciphers': ['NONE-SUCH'] }, /^server\.ssl\.ciphers names a cipher suite/],
  ]
  for (const [overrides, message] of refused) {
    await assert.rejects(open({ 'server.ssl.enabled': true, ...overrides }), (error: unknown) => {
      assert.ok(error instanceof StartRefusal)
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /wrong-secret|changeit/)
      return true
    })
  }
})

test('a renewed certificate is served without a restart, a broken one is not', async () => {
  const { certificate, key } = certificateFiles()
  const folder = mkdtempSync(join(tmpdir(), 'castellan-tls-'))
  after(() => rmSync(folder, { recursive: true }))
  const [cert, privateKey] = [join(folder, 'server.crt'), join(folder, 'server.key')]
  copyFileSync(certificate, cert)
  copyFileSync(key, privateKey)
  await using ports = await open({
    'server.ssl.enabled': true,
    'server.ssl.certificate': cert,
    'server.ssl.certificatePrivateKey': privateKey,
  })
  const before = (await secure(`${ports.urls[0]}/login`)).fingerprint
  assert.equal(await ports.refreshCertificates(), false)
  writeFileSync(cert, 'half-writ')
  assert.equal(await ports.refreshCertificates(), false)
  assert.equal((await secure(`${ports.urls[0]}/login`)).fingerprint, before)
  execFileSync(
    '/usr/bin/openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=renewed'].concat([
      '-keyout',
      privateKey,
      '-out',
      cert,
    ]),
    { stdio: 'pipe' },
  )
  utimesSync(cert, new Date(), new Date())
  assert.equal(await ports.refreshCertificates(), true)
  assert.notEqual((await secure(`${ports.urls[0]}/login`)).fingerprint, before)
})
