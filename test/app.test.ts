import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
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
