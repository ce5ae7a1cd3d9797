import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { runCastellan, startCastellan, writeConfiguration } from '../support/castellan.ts'

const properties = { 'castellan.ticket-registry.store': 'memory' }

test('a start ends in one line READY with the address, the prefix and the time it took; SIGTERM ends it with 0', async () => {
  await using server = await startCastellan({ properties: { ...properties, 'cas.server.name': 'https://sso.example.org' } })
  const ready = server.logs().filter(({ msg }) => msg.startsWith('READY'))
  assert.equal(ready.length, 1)
  assert.match(
    ready[0]?.msg ?? '',
    /^READY at http:\/\/127\.0\.0\.1:\d+\/cas after \d+ ms\. CAS is now running at https:\/\/sso\.example\.org\/cas$/,
  )
  assert.equal(ready[0]?.['url'], server.url)
  assert.equal(ready[0]?.['prefix'], 'https://sso.example.org/cas')
  assert.equal(typeof ready[0]?.['ms'], 'number')
  assert.equal(await server.stop(), 0)
  assert.equal(server.errors(), '')
})

test('a port in use ends the start with 69 and names the setting', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const directory = await writeConfiguration({ properties: { ...properties, 'server.port': port } })
  try {
    const { code, lines, output } = await runCastellan(['--config-dir', directory])
    assert.equal(code, 69)
    assert.match(lines.at(-1)?.msg ?? '', new RegExp(`^not started: server\\.port is ${port}, and another program already listens`))
    assert.doesNotMatch(output, /\n\s+at /)
  } finally {
    other.close()
    await rm(directory, { recursive: true })
  }
})

test('server.port changes the port [CF8]', async () => {
  const free = createServer()
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
  const address = free.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  await new Promise((resolve) => free.close(resolve))
  await using server = await startCastellan({ properties: { ...properties, 'server.port': undefined }, env: { SERVER_PORT: String(port) } })
  assert.equal(new URL(server.url).port, String(port))
  assert.equal((await fetch(`${server.url}/login`)).status, 200)
})

test('an unknown setting and an old name are logged, and the server starts [CF9]', async () => {
  await using server = await startCastellan({
    properties: { ...properties, 'cas.ticket.st.number-of-use': 5, 'cas.sso.missingService': true },
  })
  const find = (text: string) => server.logs().find(({ msg }) => msg.includes(text))
  assert.equal(find('unknown setting cas.ticket.st.number-of-use')?.level, 50)
  assert.match(find('unknown setting')?.msg ?? '', /cas\.properties:\d+\) – did you mean cas\.ticket\.st\.number-of-uses\?$/)
  assert.equal(find('cas.sso.missingService')?.level, 40)
})

test('start without keys works, names the setting and the file, and a restart has the same keys [CF15]', async () => {
  const directory = await writeConfiguration({ properties })
  for (const _ of [1, 2]) {
    await using server = await startCastellan({ configDirectory: directory })
    const line = server.logs().find(({ msg }) => msg.startsWith('cas.tgc.crypto.encryption.key and cas.tgc.crypto.signing.key are not set'))
    assert.match(
      line?.msg ?? '',
      new RegExp(`kept in ${directory}/state/keys\\.json \\(castellan gen-key --show cas\\.tgc\\.crypto prints them\\)$`),
    )
    assert.equal(line?.level, 40)
  }
  const shown = await runCastellan(['gen-key', '--show', 'cas.tgc.crypto', '--config-dir', directory])
  await rm(directory, { recursive: true })
  assert.match(shown.output, /^cas\.tgc\.crypto\.encryption\.key=[\w-]{86}\ncas\.tgc\.crypto\.signing\.key=[\w-]{86}\n$/)
})

test('a second signal ends the process at once with 130', async () => {
  await using server = await startCastellan({ properties })
  const { hostname, port } = new URL(server.url)
  // A request whose body never comes holds up the graceful stop.
  const socket = connect(Number(port), hostname)
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.write(
    'POST /cas/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nusername=',
  )
  socket.on('error', () => {})
  process.kill(server.pid, 'SIGTERM')
  await server.logged(({ msg }) => msg === 'stopping')
  process.kill(server.pid, 'SIGINT')
  assert.equal(await server.stop(), 130)
  socket.destroy()
})

test('without the banner the start says only what it must', async () => {
  await using quiet = await startCastellan({ properties, env: { CAS_BANNER_SKIP: 'true' } })
  await using off = await startCastellan({ properties: { ...properties, 'spring.main.banner-mode': 'off' } })
  await using usual = await startCastellan({ properties })
  await usual.logged(({ msg }) => msg === 'Castellan starts')
  // The line of the banner would stand before the one that says that the server is ready.
  for (const server of [quiet, off]) assert.ok(!server.logs().some(({ msg }) => msg === 'Castellan starts'))
})

test('check reads the service definitions too, and deletes none that has expired', async () => {
  const expired = {
    '@class': 'org.apereo.cas.services.CasRegisteredService',
    serviceId: '^https://a.example.org/.*',
    name: 'a',
    id: 7,
    expirationPolicy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
      deleteWhenExpired: true,
      expirationDate: '2020-01-01',
    },
  }
  const directory = await writeConfiguration({ properties, services: { 'a-7.json': expired, 'b-8.json': '{ "@class": "org' } })
  for (const _ of [1, 2]) {
    const { code, output } = await runCastellan(['check', '--json', '--config-dir', directory])
    assert.equal(code, 1)
    const { problems } = JSON.parse(output)
    assert.deepEqual(
      problems
        .filter(({ severity }: { severity: string }) => severity === 'error')
        .map(({ file }: { file: string }) => file.replace(/.*\//, '')),
      ['b-8.json'],
    )
  }
  assert.deepEqual((await readdir(`${directory}/services`)).sort(), ['a-7.json', 'b-8.json'])
  await rm(directory, { recursive: true })
})
