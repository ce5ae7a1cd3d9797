import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CrashOptions, faultsOf, runCrashes } from '../support/crash.ts'

/** The same with a thousand kills: `node bench/outbox-crash.ts`. */
const runs: readonly (CrashOptions & { readonly title: string })[] = [
  {
    title: 'two processes over one directory of definitions, killed 20 times at random moments: everybody is told exactly once [A18]',
    ...{ store: 'files', processes: 2, kills: 20, services: 80, seed: 11, longestLifeMs: 300 },
  },
  {
    title: 'a process with the outbox in LMDB, killed 12 times at random moments: everybody is told exactly once',
    ...{ store: 'lmdb', kills: 12, services: 40, seed: 12, longestLifeMs: 300 },
  },
]
for (const { title, ...options } of runs) {
  test(title, async () => {
    const result = await runCrashes(options)
    assert.deepEqual(faultsOf(result, options.services), [])
    assert.equal(result.sms.size, options.services)
    assert.ok(result.kills > 5, `only ${result.kills} kills`)
  })
}
