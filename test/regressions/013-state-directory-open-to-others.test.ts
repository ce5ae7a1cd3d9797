import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openKeyFile, openToOthers } from '../../src/config/key-file.ts'

const wanted = [{ setting: 'cas.tgc.crypto.signing.key', keySize: 512 }]

async function stateDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'castellan-state-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

/** Whoever could write into the state directory could give the server keys of their own, and nobody said so. */
test('a state directory or a key file that others can write is told of', async () => {
  await using state = await stateDirectory()
  const { path } = state
  const user = process.getuid?.() ?? 0
  const { path: keys } = await openKeyFile(path, wanted)
  assert.deepEqual(await openToOthers(path, user), [])
  assert.deepEqual(await openToOthers(join(path, 'nowhere'), user), [])
  await chmod(path, 0o777)
  assert.match((await openToOthers(path, user)).join(), /can be written by others.*chmod go-w/)
  await chmod(path, 0o700)
  await chmod(keys, 0o620)
  assert.match((await openToOthers(path, user)).join(), /keys\.json can be written by others/)
  await chmod(keys, 0o600)
  if (user !== 0) assert.match((await openToOthers(path, user + 1)).join(), /belongs to another user/)
})

/** A pipe in the place of the key file held the start up for ever. */
test('a key file that is none is refused at once', async () => {
  await using state = await stateDirectory()
  assert.equal(spawnSync('mkfifo', [join(state.path, 'keys.json')]).status, 0)
  await assert.rejects(openKeyFile(state.path, wanted), /keys\.json cannot be read: it is no plain file of keys/)
  await rm(join(state.path, 'keys.json'))
  await mkdir(join(state.path, 'keys.json'))
  await assert.rejects(openKeyFile(state.path, wanted), /no plain file of keys/)
})
