import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readOnly } from '../support/read-only.ts'
import { type FakeTwilio, startTwilio } from '../support/twilio.ts'
import { ending, finished, openWorld, trust, twilioSettings, type World } from './world.ts'

let twilio: FakeTwilio
before(async () => {
  twilio = await startTwilio()
  trust(twilio)
})
after(() => twilio[Symbol.asyncDispose]())

const contact = (id: number) => ({ name: 'Owner', phone: `+1123456${String(id).padStart(4, '0')}` })
async function refused({ services }: World, id: number): Promise<boolean> {
  const url = `https://app${id}.example.org/x`
  return (await services.find({ id: url, originalUrl: url })).kind !== 'found'
}
const statesOf = async ({ notifications }: World) => (await notifications.overview()).records.map(({ state }) => state).toSorted()

test('in a directory that is read-only the service stays out of service, nobody is told of a removal, and that is said once', async () => {
  twilio.messages.length = 0
  const directory = mkdtempSync(join(tmpdir(), 'castellan-read-only-'))
  after(() => rmSync(directory, { recursive: true }))
  const folder = join(directory, 'services')
  mkdirSync(folder)
  writeFileSync(join(folder, 'App-1.json'), JSON.stringify(ending(1, 'App', [contact(1)])))
  {
    using _readOnly = readOnly(folder)
    await using world = await openWorld({ directory, settings: twilioSettings(twilio) })
    for (let look = 0; look < 3; look++) {
      await world.services.reload()
      assert.equal(await refused(world, 1), true)
    }
    const errors = world.messages('error').filter((message) => message.includes('cannot be deleted'))
    assert.equal(errors.length, 1, errors.join('\n'))
    assert.match(errors[0] ?? '', /it stays refused/)
    assert.deepEqual(await statesOf(world), ['held'])
    assert.match((await world.notifications.overview()).place ?? '', /^LMDB in .*state\/notifications$/)
    assert.deepEqual(
      world.audit.records.filter(({ action }) => action.startsWith('DELETE_SERVICE')).map(({ action }) => action),
      ['DELETE_SERVICE_FAILED'],
    )
  }
  assert.equal(twilio.posts.length, 0)
  assert.deepEqual(readdirSync(folder), ['App-1.json'])
  // Once it can be written to, the next start deletes it and tells.
  const settings = { ...twilioSettings(twilio), 'castellan.notifications.state.location': join(directory, 'state/notifications') }
  await using world = await openWorld({ directory, settings })
  assert.deepEqual(Object.values(await finished(world)), ['sent'])
  assert.equal(existsSync(join(folder, 'App-1.json')), false)
  assert.equal(twilio.messages.length, 1)
})

test('of very many that end at once those in a folder that is read-only stay, refused and untold; the others go and are told', async () => {
  twilio.messages.length = twilio.posts.length = 0
  await using world = await openWorld({ settings: twilioSettings(twilio), runs: false })
  const folder = join(world.directory, 'services')
  mkdirSync(join(folder, 'locked'))
  const tomorrow = { expirationDate: '2026-03-02' }
  for (let id = 1; id <= 12; id++)
    writeFileSync(join(folder, id > 10 ? 'locked' : '', `App-${id}.json`), JSON.stringify(ending(id, `App ${id}`, [contact(id)], tomorrow)))
  await world.services.reload()
  using locked = readOnly(join(folder, 'locked'))
  // A mount is another directory than the one that was read.
  await world.services.reload()
  world.moveClock(86_400_000)
  await world.services.reload()
  await world.services.reload()
  assert.deepEqual(readdirSync(folder).sort(), ['.castellan', 'locked'])
  for (const id of [1, 11]) assert.equal(await refused(world, id), true)
  assert.equal(world.messages('error').filter((message) => message.includes('cannot be deleted')).length, 2)
  assert.deepEqual((await world.services.pastVersions('1')).length, 1)
  assert.deepEqual((await world.services.pastVersions('11')).length, 0, 'what could not be deleted has no past')
  assert.equal((await world.notifications.overview()).counts.held, 2)
  locked.end()
  await world.services.reload()
  assert.deepEqual([...new Set(Object.values(await finished(world)))], ['sent'])
  assert.deepEqual(readdirSync(join(folder, 'locked')), [])
  assert.equal(new Set(twilio.messages.map(({ to }) => to)).size, 12)
  assert.equal(twilio.messages.length, 12)
})
