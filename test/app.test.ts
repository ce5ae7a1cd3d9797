import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../src/base/log.ts'
import { StartRefusal } from '../src/base/start-refusal.ts'
import { createCastellan } from '../src/castellan.ts'
import { loadConfiguration } from '../src/config/index.ts'
import { definition, writeConfiguration } from './support/castellan.ts'

/** How many files and folders the kernel watches for this process. */
function watched(): number {
  const descriptions = readdirSync('/proc/self/fdinfo').map((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')
    } catch {
      // The descriptor of the listing itself.
      return ''
    }
  })
  return descriptions.join('').match(/^inotify wd/gm)?.length ?? 0
}

test('a start that is refused leaves nothing open', async () => {
  const directory = await writeConfiguration({
    properties: { 'cas.ticket.registry.redis.host': 'redis.example.org' },
    services: { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*') },
  })
  try {
    const argv = ['--config-dir', directory, `-Dcastellan.state.directory=${join(directory, 'state')}`]
    const configuration = await loadConfiguration({ argv, env: {}, cwd: directory })
    const before = watched()
    await assert.rejects(createCastellan({ configuration, clock: Date.now, log: silentLog }), (error) => error instanceof StartRefusal)
    assert.equal(watched(), before)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test('server.shutdown=immediate cuts off what runs, and graceful waits for it', async () => {
  const directory = await writeConfiguration({ services: { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*') } })
  try {
    for (const [shutdown, end] of [
      ['immediate', ''],
      ['graceful', 'HTTP/1.1 '],
    ] as const) {
      const argv = ['--config-dir', directory, `--server.shutdown=${shutdown}`]
      const configuration = await loadConfiguration({ argv, env: {}, cwd: directory })
      const server = await createCastellan({ configuration, clock: Date.now, log: silentLog })
      const { urls } = await server.start()
      const { port } = new URL(urls[0] ?? '')
      const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
      let answer = ''
      socket.on('data', (text: string) => {
        answer += text
      })
      const closed = once(socket, 'close').catch(() => {})
      socket.on('error', () => {})
      // The server says that it has the head, and waits for the body.
      const head =
        'POST /cas/login HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\n'
      socket.write(head)
      await once(socket, 'data')
      answer = ''
      const stopped = server.stop()
      if (shutdown === 'graceful') socket.write('a=b')
      await closed
      await stopped
      assert.equal(answer.slice(0, 9), end, shutdown)
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
