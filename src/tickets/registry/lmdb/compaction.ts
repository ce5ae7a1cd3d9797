import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, open as openFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openLmdb } from '../../../base/lmdb.ts'
import { TicketRegistryUnusable } from '../../errors.ts'
import { affordableMapSize, damageOf } from './file-check.ts'

/** What became of one file of the store. */
export interface Compacted {
  readonly file: string
  readonly bytesBefore: number
  readonly bytesAfter: number
}

export interface CompactionParts {
  readonly path: string
  readonly mapSize: number
  /** Does not ask whether somebody uses the store: for machines on which that cannot be known. */
  readonly force?: boolean
  /** What the kernel says of locks; for tests. */
  readonly locks?: () => string | undefined
}

const COPY = '.compact-'

/**
 * Writes the files of the embedded store anew without the room that gone tickets have left, for such a file never shrinks by itself (tickets.md 8.2). Each
 * file is exchanged as a whole when its copy is complete; a failure leaves it as it was.
 *
 * A process that has the store open would go on with the file that is gone, and lose what it writes. Locks tell of those of this machine, not of those in
 * another container.
 *
 * @throws {TicketRegistryUnusable} with 69 when a process uses the store, or when that cannot be known; and for files that are damaged.
 */
export async function compactStore(parts: CompactionParts): Promise<readonly Compacted[]> {
  const { path, mapSize } = parts
  const names = (await readdir(path)).filter((name) => name === 'kept' || /^run-[0-9a-f]{8}$/.test(name))
  const folders = names.map((name) => join(path, name)).filter((folder) => existsSync(join(folder, 'data.mdb')))
  for (const folder of folders) refuseIfUsed(folder, parts)
  const done: Compacted[] = []
  for (const folder of folders) {
    const damage = damageOf(folder)
    if (damage) throw new TicketRegistryUnusable(`${folder} cannot be compacted: ${damage}`, { exitCode: 69 })
    const file = join(folder, 'data.mdb')
    const bytesBefore = statSync(file).size
    // What a run that was killed has left.
    for (const name of await readdir(folder)) if (name.startsWith(COPY)) rmSync(join(folder, name), { recursive: true, force: true })
    // Beside the file, so that it can be exchanged in one step.
    const copy = await mkdtemp(join(folder, COPY))
    try {
      const root = openLmdb({ path: folder, noSubdir: false, maxDbs: 64, mapSize: affordableMapSize(mapSize) })
      try {
        await mkdir(join(copy, 'copy'), { mode: 0o700 })
        await root.backup(join(copy, 'copy'), true)
      } finally {
        await root.close()
      }
      const written = await openFile(join(copy, 'copy/data.mdb'), 'r+')
      try {
        await written.chmod(0o600)
        await written.sync()
      } finally {
        await written.close()
      }
      refuseIfUsed(folder, parts)
      renameSync(join(copy, 'copy/data.mdb'), file)
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
    done.push({ file, bytesBefore, bytesAfter: statSync(file).size })
  }
  return done
}

/** Every process that has an environment open holds a lock on a file beside it. */
function refuseIfUsed(folder: string, { force = false, locks = locksOfThisMachine }: CompactionParts): void {
  const lockFile = join(folder, 'lock.mdb')
  if (force || !existsSync(lockFile)) return
  const held = locks()
  if (held === undefined)
    throw new TicketRegistryUnusable('whether a server uses the tickets cannot be known on this system; stop every server, then --force', {
      exitCode: 69,
    })
  const { ino } = statSync(lockFile)
  const users = held.split('\n').flatMap((line) => {
    const [, , , , pid, file] = line.trim().split(/\s+/)
    return file?.endsWith(`:${ino}`) && pid !== String(process.pid) ? [pid] : []
  })
  if (users.length > 0)
    throw new TicketRegistryUnusable(`the tickets in ${folder} are used by process ${[...new Set(users)].join(', ')}; stop it first`, {
      exitCode: 69,
    })
}

function locksOfThisMachine(): string | undefined {
  try {
    return readFileSync('/proc/locks', 'latin1')
  } catch {
    return undefined
  }
}
