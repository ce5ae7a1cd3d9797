import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { memoryAudit } from '../../src/audit/index.ts'
import { silentLog } from '../../src/base/log.ts'
import type { OutboxRecord } from '../../src/notifications/index.ts'
import { fileStore } from '../../src/notifications/outbox/file-store.ts'
import { reporter } from '../../src/notifications/outbox/report.ts'
import { outboxWorker, USUAL_TIMINGS } from '../../src/notifications/outbox/worker.ts'
import { NOW } from './world.ts'

const key = (letter: string) => letter.repeat(43)
const record = (letter: string): OutboxRecord => ({
  key: key(letter),
  version: 0,
  state: 'pending',
  channel: 'mail',
  to: 'owner@example.org',
  text: letter,
  action: 'expired',
  service: { id: '1', name: letter, serviceId: '^x', file: '/x' },
  expiresAtMs: NOW,
  createdAtMs: NOW,
  dueAtMs: NOW,
  attempts: 0,
  lookups: 0,
})

test('when another server takes over one of several that are to leave as one, none is handed over, and the rest leaves by itself', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-together-'))
  const [store, others] = [await fileStore(directory), await fileStore(directory)]
  const clock = () => NOW
  const sent: string[][] = []
  let tries = 0
  const done = Promise.withResolvers<void>()
  const worker = outboxWorker({
    store,
    owner: 'this',
    clock,
    random: () => 0,
    timings: USUAL_TIMINGS,
    report: reporter({ audit: memoryAudit(), log: silentLog, clock }),
    log: silentLog,
    settings: {
      concurrency: 4,
      retention: 0,
      retry: { maxAttempts: 8, initialDelay: 1, maxDelay: 1, giveUpAfter: 1000 },
      state: { location: undefined },
    },
    sent: () => done.resolve(),
    channels: {
      mail: {
        name: 'mail',
        timeoutMs: 1000,
        together: ({ to }) => to,
        async send(records, gate) {
          tries++
          const stolen = records.find((one) => one.key === key('b'))
          if (stolen && tries === 1) await others.write([{ ...stolen, version: stolen.version + 1, state: 'unknown', finishedAtMs: NOW }])
          await gate('mail')
          sent.push(records.map(({ text }) => text))
          return { status: 'sent', provider: 'mail' }
        },
      },
    },
  })
  try {
    const records = ['a', 'b', 'c'].map(record)
    await store.write(records)
    worker.add(records)
    await done.promise
    await worker.stop()
    assert.deepEqual(sent, [['a', 'c']])
    const states = await Promise.all(['a', 'b', 'c'].map(async (letter) => (await store.get(key(letter)))?.state))
    assert.deepEqual(states, ['sent', 'unknown', 'sent'])
    assert.equal((await store.get(key('a')))?.attempts, 1)
  } finally {
    await store.close()
    await others.close()
    rmSync(directory, { recursive: true, force: true })
  }
})
