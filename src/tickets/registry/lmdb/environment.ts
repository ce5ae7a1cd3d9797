import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, openLmdb, type RootDatabase } from '../../../base/lmdb.ts'
import type { Log } from '../../../base/log.ts'
import { TicketRegistryUnusable } from '../../errors.ts'
import type { TicketKind } from '../../ticket.ts'
import { affordableMapSize, damageOf } from './file-check.ts'
import { entriesAboutAll } from './indices.ts'

/** Rows of one transaction when a store is brought back. */
const RESTORED_AT_ONCE = 2000
/** Layout of the store; another one is not opened. */
const LAYOUT = 2
const META = Buffer.from('\u0001castellan')
const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const
const PATH_SETTING = 'castellan.ticket-registry.embedded.path'
/** File systems on which two machines, or one after a broken connection, see different bytes (statfs(2)). */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
])

export type Rows = Database<Buffer, Buffer>

/** The named databases of one environment. */
export interface Environment {
  readonly root: RootDatabase<Buffer, Buffer>
  readonly table: (name: string) => Rows
}

/** What one machine shares while it runs, and what outlives it (docs/decisions/055-embedded-tickets.md). */
export interface Environments {
  /** Answers everything. Survives every process, not the machine. */
  readonly running: Environment
  /** What `running` is made from after a restart of the machine; `undefined` where a restart cannot be recognised and `running` itself is durable. */
  readonly kept: Environment | undefined
  /** Number of each kind in a row. */
  readonly kindCodes: ReadonlyMap<string, number>
}

interface Meta {
  readonly layout: number
  readonly kinds: Record<string, number>
  readonly run?: { readonly boot: string; readonly name: string }
  /** Of the key under which ids are digested; absent in stores of earlier versions. */
  readonly idsMark?: string
}

export interface EnvironmentParts {
  readonly path: string
  readonly mapSize: number
  readonly catalogue: readonly TicketKind[]
  /** Databases that a restart of the machine must not lose, and all others. */
  readonly keptTables: readonly string[]
  readonly runningTables: readonly string[]
  readonly log: Log
  /** Tells one key of ids from another, and nothing about it. */
  readonly idsMark: string
  /** What tells one run of the machine from the next; for tests. */
  readonly bootId?: string | undefined
}

/**
 * Opens the store, making it when it is not there; after a restart of the machine, brings back what was kept. Every process of the machine may do so at
 * any time.
 *
 * @throws {TicketRegistryUnusable} for a directory that cannot be written, on a network file system, or that holds another layout.
 */
export function openEnvironments(parts: EnvironmentParts): Environments {
  const { path, mapSize, catalogue, log } = parts
  prepare(path)
  const names = [...parts.keptTables, ...parts.runningTables]
  const boot = 'bootId' in parts ? parts.bootId : bootId()
  const kept = openEnvironment(join(path, 'kept'), mapSize, boot === undefined ? names : parts.keptTables)
  try {
    let running = kept
    const meta = kept.root.transactionSync((): Meta => {
      const before = readMeta(kept, path)
      if (before?.idsMark !== undefined && before.idsMark !== parts.idsMark) throw otherKey(path)
      const kinds = { ...before?.kinds }
      for (const { prefix } of catalogue) kinds[prefix] ??= Object.keys(kinds).length + 1
      let run = before?.run
      if (boot !== undefined) {
        const current = run?.boot === boot ? openRun(join(path, run.name), mapSize, names, log) : undefined
        if (current) running = current
        else {
          run = { boot, name: `run-${randomBytes(4).toString('hex')}` }
          running = openEnvironment(join(path, run.name), mapSize, names)
          restore(kept, running, parts, kinds)
        }
      }
      const after: Meta = { layout: LAYOUT, kinds, ...(run ? { run } : {}), idsMark: parts.idsMark }
      const text = JSON.stringify(after)
      if (text !== JSON.stringify(before)) kept.root.put(META, Buffer.from(text))
      return after
    })
    // Inside the next transaction, so that a process that starts at the same moment does not lose what it has just made.
    kept.root.transactionSync(() => removeOthers(path, readMeta(kept, path)?.run?.name))
    return { running, kept: running === kept ? undefined : kept, kindCodes: new Map(Object.entries(meta.kinds)) }
  } catch (cause) {
    if (cause instanceof TicketRegistryUnusable) throw cause
    throw unusable(path, cause)
  }
}

function readMeta(kept: Environment, path: string): Meta | undefined {
  const stored = kept.root.get(META)
  if (!stored) return undefined
  const meta = JSON.parse(stored.toString()) as Meta
  if (meta.layout !== LAYOUT) {
    throw new TicketRegistryUnusable(
      `holds tickets of another version of Castellan (layout ${meta.layout}, here ${LAYOUT}) in ${path}; start the version that wrote them, or move the directory away: its sessions end then`,
      { setting: PATH_SETTING },
    )
  }
  return meta
}

/** Under another key no stored ticket would be found, and nothing would say why nobody is logged in any more. */
function otherKey(path: string): TicketRegistryUnusable {
  return new TicketRegistryUnusable(
    `is not the key under which the tickets in ${path} were stored; processes that share them need the same one (castellan gen-key --show castellan.ticket-registry.ids prints it where they were stored), or move the directory away: its sessions end then`,
    { setting: 'castellan.ticket-registry.ids.key' },
  )
}

/** Copies what was kept into an environment that nobody else knows yet, files it and counts it. */
function restore(
  kept: Environment,
  running: Environment,
  { keptTables, catalogue }: EnvironmentParts,
  kinds: Record<string, number>,
): void {
  const copy = (rows: Iterable<{ readonly table: string; readonly key: Buffer; readonly value: Buffer }>) => {
    let portion: { table: string; key: Buffer; value: Buffer }[] = []
    const write = () => {
      running.root.transactionSync(() => {
        for (const { table, key, value } of portion) running.table(table).put(key, value)
      }, COMMIT)
      portion = []
    }
    for (const row of rows) if (portion.push(row) >= RESTORED_AT_ONCE) write()
    write()
  }
  function* rowsOf(table: string) {
    for (const { key, value } of kept.table(table).getRange({})) yield { table, key, value }
  }
  for (const table of keptTables) copy(rowsOf(table))
  copy(entriesAboutAll(kept, catalogue, kinds))
  running.root.transactionSync(() => {
    for (const { prefix, storageName } of catalogue) {
      const count = running.table(storageName).getKeysCount({})
      if (count > 0) running.root.put(counterKey(kinds[prefix] ?? 0), counterValue(count))
    }
  }, COMMIT)
}

/** Commit at once, in this thread; whether the disk is waited for is a property of the environment. */
export const COMMIT = 2

export const counterKey = (kindCode: number) => Buffer.from([1, 0x63, kindCode])
export function counterValue(count: number): Buffer {
  const value = Buffer.alloc(8)
  value.writeDoubleLE(count)
  return value
}

function openRun(path: string, mapSize: number, tables: readonly string[], log: Log): Environment | undefined {
  try {
    return openEnvironment(path, mapSize, tables)
  } catch (cause) {
    log.error(
      { path, err: cause },
      'the shared tickets of this run cannot be opened; sessions and long-lived tokens are brought back from what was kept',
    )
    return undefined
  }
}

function openEnvironment(path: string, mapSize: number, tables: readonly string[]): Environment {
  const durable = path.endsWith('kept')
  const options = {
    ...BINARY,
    path,
    noSubdir: false,
    mapSize: affordableMapSize(mapSize),
    maxDbs: 64,
    maxReaders: 512,
    permissionsMode: 0o600,
    // What is kept is written through at each commit; what runs is left to the kernel, which a killed process does not take with it.
    ...(durable ? { overlappingSync: false } : { noSync: true }),
    // Else the library makes a promise of its own for each transaction, which is rejected to nobody when the disk is full: the end of the process.
    eventTurnBatching: false,
  }
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const damage = damageOf(path)
    if (damage) throw new Error(damage)
    const root = openLmdb<Buffer, Buffer>(options)
    // In one transaction: each table that is not there yet would be one of its own, and wait for the disk.
    const opened = root.transactionSync(() => new Map(tables.map((name) => [name, root.openDB<Buffer, Buffer>(name, BINARY)])), COMMIT)
    return {
      root,
      table(name) {
        const rows = opened.get(name)
        if (!rows) throw new Error(`no table ${name}`)
        return rows
      },
    }
  } catch (cause) {
    throw unusable(path, cause)
  }
}

function prepare(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const fileSystem = NETWORK_FILE_SYSTEMS.get(Number(BigInt.asUintN(32, BigInt(statfsSync(path).type))))
    if (fileSystem) {
      throw new TicketRegistryUnusable(
        `is on ${fileSystem} (${path}); the embedded ticket store needs a disk of this machine: name a directory on one`,
        { setting: PATH_SETTING },
      )
    }
  } catch (cause) {
    if (cause instanceof TicketRegistryUnusable) throw cause
    throw unusable(path, cause)
  }
}

function unusable(path: string, cause: unknown): TicketRegistryUnusable {
  const { code, message } = cause as NodeJS.ErrnoException
  const why =
    code === 'EACCES' || code === 'EROFS' || code === 'EPERM' || /EACCES|permission denied|read-only/i.test(message)
      ? 'cannot be written by this user'
      : code === 'ENOSPC' || /no space left/i.test(message)
        ? 'has no room: the disk is full'
        : code === 'ENOTDIR' || code === 'EEXIST'
          ? 'is not a directory'
          : `cannot be opened as a ticket store (${message.split('\n')[0]})`
  return new TicketRegistryUnusable(`${path} ${why}; make it usable, or name another directory (or castellan.state.directory)`, {
    setting: PATH_SETTING,
    exitCode: 69,
    cause,
  })
}

function removeOthers(path: string, current: string | undefined): void {
  for (const name of readdirSync(path)) {
    if (/^run-[0-9a-f]{8}$/.test(name) && name !== current) rmSync(join(path, name), { recursive: true, force: true })
  }
}

/** What tells one run of this machine from the next; `undefined` where that cannot be known. */
function bootId(): string | undefined {
  try {
    if (process.platform === 'linux') return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() || undefined
    if (process.platform === 'darwin') {
      return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'latin1' }).trim() || undefined
    }
  } catch {
    // Not told here: everything is written through instead.
  }
  return undefined
}
