import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { runCastellan, writeConfiguration } from '../support/castellan.ts'

test('castellan notifications says that nothing is configured, and knows no message that is not there', async () => {
  const directory = await writeConfiguration({})
  try {
    const run = (...words: readonly string[]) => runCastellan(['notifications', ...words, '--config-dir', directory])
    const list = await run('list')
    assert.deepEqual([list.code, list.output], [0, 'neither SMS nor mail is configured\n'])
    const json = await run('list', '--json')
    assert.deepEqual(JSON.parse(json.output).messages, [])
    const sent = await run('test', '--to', '+15005550006')
    assert.equal(sent.code, 78)
    assert.match(sent.output, /no way to send SMS is configured/)
    const retried = await run('retry', 'no-such-message')
    assert.equal(retried.code, 1)
    assert.match(retried.output, /no-such-message\tis no message/)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
