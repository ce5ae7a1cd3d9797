import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Log } from '../../../base/log.ts'

/** What git puts into its directory while it changes something there, and leaves when it is killed. */
const locksOf = (branch: string): readonly string[] => [
  'index.lock',
  'HEAD.lock',
  'ORIG_HEAD.lock',
  'config.lock',
  'packed-refs.lock',
  'shallow.lock',
  `refs/heads/${branch}.lock`,
  `refs/remotes/origin/${branch}.lock`,
]

/**
 * Takes locks away that a git which is no more has left in a clone: it was killed with the machine, or because it took too long. Otherwise nothing would
 * ever be written to the clone again. No git of ours runs for longer than `limitMs`; a lock that is younger may be somebody's and is waited for.
 */
export async function removeLeftLocks(clone: string, branch: string, limitMs: number, log: Log): Promise<void> {
  for (const name of locksOf(branch)) {
    const path = join(clone, '.git', name)
    const ageMs = ageOf(path)
    if (ageMs === undefined) continue
    if (ageMs < limitMs) await setTimeout(limitMs - ageMs)
    if ((ageOf(path) ?? 0) < limitMs) continue
    try {
      rmSync(path, { force: true })
      log.warn({ file: path }, `${path} was left behind by a git that is no more; it is taken away.`)
    } catch {
      // Git will say what it cannot do.
    }
  }
}

function ageOf(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  // A clock that was put back must not make anybody wait for a day.
  return stats && Math.abs(Date.now() - stats.mtimeMs)
}
