import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openOutbox } from '../../src/notifications/outbox/open-outbox.ts'
import { type Line, recordingLog } from './world.ts'

const directory = mkdtempSync(join(tmpdir(), 'castellan-open-outbox-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const services = join(directory, 'services')
mkdirSync(services)

const rows: readonly (readonly [string, string | undefined, boolean, RegExp, boolean])[] = [
  ['beside the definitions, shared by all servers', undefined, true, /^files in .*services\/\.castellan\/notifications$/, false],
  ['on this machine, though others may share the definitions', join(directory, 'own'), true, /^LMDB in .*own$/, true],
  ['on this machine, which has the definitions for itself', join(directory, 'own'), false, /^LMDB in .*own$/, false],
]
for (const [where, location, shared, place, warned] of rows) {
  test(`the outbox lies ${where}: ${warned ? 'that is said' : 'nothing is said'}`, async () => {
    const lines: Line[] = []
    const outbox = await openOutbox({
      location,
      stateDirectory: join(directory, 'state'),
      servicesDirectory: services,
      configurationDirectory: directory,
      log: recordingLog(lines),
      onNetwork: () => shared,
    })
    await outbox.close()
    assert.match(outbox.place, place)
    const said = lines.filter(({ message }) => message.includes('several servers would each send their own messages'))
    assert.equal(said.length, warned ? 1 : 0)
  })
}
