import { createReadStream, createWriteStream, writeSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Clock } from './clock.ts'
import { type LineWriter, lineWriter } from './line-writer.ts'

/** A file to which lines are appended. */
export interface LogFile extends LineWriter {
  /** Looks at once whether the file is still the one at its path, after somebody has put it aside. */
  reopen(): void
}

export interface LogFileOptions {
  /** @param day `2026-01-31`. Another path for another day begins another file. */
  readonly pathOn: (day: string) => string
  /** When the file is put aside as `NAME.2026-01-31.1.gz`: when it is larger, and every day. Absent: never. */
  readonly rotation?: Rotation | undefined
  /** Where the path depends on the day: files of other days that are older are deleted; absent: none. */
  readonly keptDays?: number | undefined
  readonly clock: Clock
  /** Told once when nothing can be written, and once when it can be again. */
  readonly onTrouble: (fields: object, message: string) => void
}

export interface Rotation {
  readonly maxBytes: number
  /** Archives that are older by so many days than the newest are deleted. */
  readonly keptDays: number
  /** And the oldest, while all together are larger; 0: no limit. */
  readonly totalBytes: number
}

const DAY_MS = 86_400_000
const MOST_WAITING = 8 * 1024 * 1024
/** How often it is looked whether the file is still the one at its path. */
const LOOK_MS = 1000
const MODE = 0o640

/**
 * Appends to a file, in blocks. A full disk, a directory that is not there, a file that was moved away (by `logrotate`, or by another process of this server that
 * rotates it): it goes on as soon as it can, and says how many lines were lost meanwhile.
 */
export function logFile({ pathOn, rotation, keptDays, clock, onTrouble }: LogFileOptions): LogFile {
  let handle: FileHandle | undefined
  let path = ''
  let openedOn = ''
  let bytes = 0
  let lookedAtMs = 0
  /** Work on files that were put aside. */
  let tidying: Promise<void> = Promise.resolve()

  const today = () => localDay(clock())

  async function letGo(): Promise<void> {
    const old = handle
    handle = undefined
    await old?.close().catch(() => undefined)
  }

  const isStillThere = async (opened: FileHandle) => {
    const [own, there] = await Promise.all([opened.stat(), stat(path).catch(() => undefined)])
    return own.ino === there?.ino && own.dev === there.dev
  }

  async function opened(): Promise<FileHandle> {
    const wanted = pathOn(today())
    if (handle && wanted !== path) {
      await letGo()
      if (keptDays !== undefined && keptDays >= 0) later(() => pruneDated(wanted, pathOn, localDay(clock() - keptDays * DAY_MS)))
    } else if (handle && clock() - lookedAtMs >= LOOK_MS) {
      lookedAtMs = clock()
      if (!(await isStillThere(handle))) await letGo()
    }
    if (handle) return handle
    await mkdir(dirname(wanted), { recursive: true })
    handle = await open(wanted, 'a', MODE)
    const { size, mtimeMs } = await handle.stat()
    ;[path, bytes, lookedAtMs] = [wanted, size, clock()]
    openedOn = size === 0 ? today() : localDay(mtimeMs)
    return handle
  }

  /** Puts the file aside when it is too large, or of another day. */
  async function rotate({ maxBytes }: Rotation): Promise<void> {
    if (!handle || bytes === 0 || (bytes < maxBytes && openedOn === today())) return
    const mine = await isStillThere(handle)
    await letGo()
    // Else another process was quicker.
    if (!mine) return
    const taken = new Set((await readdir(dirname(path))).map((name) => name.replace(/\.gz$/, '')))
    let index = 1
    while (taken.has(`${basename(path)}.${openedOn}.${index}`)) index += 1
    const aside = `${path}.${openedOn}.${index}`
    await rename(path, aside)
    const whole = path
    later(async () => {
      await compress(aside)
      if (rotation) await prune(whole, rotation)
    })
  }

  function later(work: () => Promise<void>): void {
    // What cannot be tidied up now is found the next time.
    tidying = tidying.then(work).catch(() => undefined)
  }

  const writer = lineWriter({
    mostWaiting: MOST_WAITING,
    async append(block) {
      try {
        await opened()
        if (rotation) await rotate(rotation)
        const { bytesWritten } = await (await opened()).write(block)
        bytes += bytesWritten
        return bytesWritten
      } catch (error) {
        await letGo()
        throw error
      }
    },
    appendAtExit: (block) => (handle ? writeSync(handle.fd, block) : block.length),
    onFailing: (code) => onTrouble({ file: pathOn(today()), code }, `the log file ${pathOn(today())} cannot be written (${code})`),
    onRecovered: (lost) => onTrouble({ file: path, lost }, `the log file ${path} can be written again; ${lost} lines were lost`),
  })

  return {
    write: writer.write,
    reopen() {
      lookedAtMs = -Infinity
    },
    async close() {
      await writer.close()
      await tidying
      await letGo()
    },
  }
}

async function compress(aside: string): Promise<void> {
  await pipeline(createReadStream(aside), createGzip(), createWriteStream(`${aside}.gz`, { mode: MODE }))
  await rm(aside, { force: true })
}

async function prune(path: string, { keptDays, totalBytes }: Rotation): Promise<void> {
  const begin = `${basename(path)}.`
  const isArchive = (name: string) => name.startsWith(begin) && /^\d{4}-\d\d-\d\d\.\d+\.gz$/.test(name.slice(begin.length))
  const archives = await Promise.all(
    (await readdir(dirname(path))).filter(isArchive).map(async (name) => {
      const one = join(dirname(path), name)
      const { size } = await stat(one)
      const [day = '', index = ''] = name.slice(begin.length).split('.')
      return { path: one, bytes: size, day, index: Number(index) }
    }),
  )
  archives.sort((one, other) => (one.day === other.day ? other.index - one.index : one.day < other.day ? 1 : -1))
  const newest = Date.parse(archives[0]?.day ?? '')
  let sum = 0
  for (const one of archives) {
    sum += one.bytes
    const isOld = newest - Date.parse(one.day) > keptDays * DAY_MS
    if (isOld || (totalBytes > 0 && sum > totalBytes)) await rm(one.path, { force: true })
  }
}

/** Deletes the files of days before `oldest`: those whose names differ from that of today in the day alone. */
async function pruneDated(path: string, pathOn: (day: string) => string, oldest: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    const day = /\d{4}-\d\d-\d\d/.exec(name)?.[0]
    if (day !== undefined && day < oldest && basename(pathOn(day)) === name) await rm(join(dirname(path), name), { force: true })
  }
}

/** `2026-01-31`, local time. */
export function localDay(ms: number): string {
  const at = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}
