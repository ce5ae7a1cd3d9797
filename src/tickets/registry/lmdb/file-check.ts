import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'

const MAGIC = 0xbeefc0de
const DATA_VERSION = 2
/** Places in a meta page: after the header of the page, the members of `MDB_meta`. */
const AT = { magic: 24, version: 28, pageSize: 48, freeRoot: 48 + 40, mainRoot: 96 + 40, transaction: 152 } as const
const META_BYTES = 160
const NO_PAGE = 0xffffffffffffffffn

/**
 * Why the data file of an LMDB environment cannot be one; `undefined` when it looks like one, or is not there yet. The library ends the process when it opens
 * a file that is none, so that is asked before. What is damaged further inside is not found by this.
 *
 * @throws {NodeJS.ErrnoException} when it cannot be read and written by this user.
 */
export function damageOf(directory: string): string | undefined {
  let file: number
  try {
    file = openSync(join(directory, 'data.mdb'), constants.O_RDWR)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
  try {
    const { size } = fstatSync(file)
    if (size === 0) return undefined
    const metas = [0, 1].map((page) => readMeta(file, page * readPageSize(file)))
    if (!metas.every((meta) => meta !== undefined)) return 'it is no LMDB file of this version'
    const [one, other] = metas
    const newest = one && other && one.transaction >= other.transaction ? one : other
    const cut = newest?.roots.some((root) => root !== NO_PAGE && (root + 1n) * BigInt(newest.pageSize) > BigInt(size))
    return cut ? 'its end is missing' : undefined
  } finally {
    closeSync(file)
  }
}

function readPageSize(file: number): number {
  return readMeta(file, 0)?.pageSize ?? 4096
}

function readMeta(file: number, position: number) {
  const bytes = Buffer.alloc(META_BYTES)
  if (readSync(file, bytes, 0, META_BYTES, position) < META_BYTES) return undefined
  if (bytes.readUInt32LE(AT.magic) !== MAGIC || (bytes.readUInt32LE(AT.version) & 0xffff) !== DATA_VERSION) return undefined
  const pageSize = bytes.readUInt32LE(AT.pageSize)
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined
  const roots = [bytes.readBigUInt64LE(AT.freeRoot), bytes.readBigUInt64LE(AT.mainRoot)]
  return { pageSize, roots, transaction: bytes.readBigUInt64LE(AT.transaction) }
}

/**
 * The map size that fits into what this process may address: the library ends the process when the map cannot be made.
 *
 * @returns `wished`, or a quarter of the limit (`ulimit -v`) where there is a smaller one.
 */
export function affordableMapSize(wished: number): number {
  try {
    const limit = /^Max address space\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return limit === undefined ? wished : Math.min(wished, Math.floor(Number(limit) / 4 / 4096) * 4096)
  } catch {
    return wished
  }
}
