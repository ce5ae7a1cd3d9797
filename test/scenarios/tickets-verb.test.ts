import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { definition, runCastellan, startCastellan } from '../support/castellan.ts'

const SERVICE = 'https://app.example.org/'

test('sessions of a running server are listed, shown and ended by the command line', async () => {
  await using server = await startCastellan({
    properties: { 'cas.authn.accept.users': 'user1::password1,user2::password2' },
    services: { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*') },
  })
  const tickets = (...words: string[]) => runCastellan(['tickets', ...words, '--config-dir', server.configDirectory])
  const [one, other] = [new BrowserClient(), new BrowserClient()]
  await one.login(server.url, 'user1', 'password1')
  await other.login(server.url, 'user2', 'password2')
  assert.match((await one.get(loginUrl(server.url, { service: SERVICE }))).location ?? '', /ticket=ST-/)

  const listed = (await tickets('list', '--json')).output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(listed.map(({ principal }) => principal).sort(), ['user1', 'user2'])
  const { handle } = listed.find(({ principal }) => principal === 'user1') ?? {}
  assert.match(handle, /^TGT-[0-9a-f]{16}/)
  const shown = JSON.parse((await tickets('show', handle)).output)
  assert.deepEqual(
    shown.services.map(({ service }: { service: string }) => service),
    [SERVICE],
  )

  const ended = await tickets('destroy', handle)
  assert.equal(ended.code, 0)
  assert.match(ended.output, /^TGT-\S+ of user1 has ended; 1 application hears of it from a running server/)
  assert.equal((await one.get(loginUrl(server.url, { service: SERVICE }))).location, undefined)
  assert.match((await other.get(loginUrl(server.url, { service: SERVICE }))).location ?? '', /ticket=ST-/)

  const running = await tickets('compact')
  assert.equal(running.code, 69)
  assert.match(running.output, new RegExp(`are used by process ${server.pid}; stop it first`))
  await server.stop()
  const compacted = await tickets('compact', '--json')
  assert.equal(compacted.code, 0, compacted.output)
  assert.deepEqual(compacted.lines.map((line) => basename(dirname(String(line['file']))).replace(/-.*/, '')).sort(), ['kept', 'run'])
  assert.equal((await tickets('list', '--user', 'USER2')).output.trim().split('\n').length, 1)
  assert.equal(JSON.parse((await tickets('count', '--json')).output).TGT, 1)
  rmSync(join(server.stateDirectory, 'tickets'), { recursive: true })
  const none = await tickets('list')
  assert.equal(none.code, 1)
})
