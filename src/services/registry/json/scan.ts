import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs'
import { sep } from 'node:path'
import type { Breath } from '../../../base/breath.ts'
import type { Format } from '../../definitions/definition-text.ts'

/** By which one sees that a file has changed. */
export interface Stamp {
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly ino: number
}

export interface FoundFile {
  readonly path: string
  readonly stamp: Stamp
}

export interface Scan {
  readonly files: readonly FoundFile[]
  /** What could not be looked at, with the code of the error: nothing is known about it, and what is below it. */
  readonly unreadable: ReadonlyMap<string, string>
  /** Of the file system that the directory itself is on. */
  readonly device: number
}

const MAX_DEPTH = 32
const ENDINGS: Readonly<Record<Format, RegExp>> = { json: /\.h?json$/i, yaml: /\.ya?ml$/i }

/** Which of the files of a directory are definitions. */
export const definitionNames = (formats: readonly Format[]) => (name: string) => formats.some((format) => ENDINGS[format].test(name))
const inJson = definitionNames(['json'])

/** What is known from the look before. */
export interface Known {
  /**
   * Called with each directory before it is listed, so that nothing that appears in between is missed.
   *
   * @returns whether every change of a file in it since the look before has been told of.
   */
  entered(directory: string, identity: string): boolean
  /** Of a file in such a directory that did not change; `undefined`: it has to be looked at. */
  stampOf(path: string): Stamp | undefined
}

const NOTHING_KNOWN: Known = { entered: () => false, stampOf: () => undefined }

/**
 * Lists the definition files below a directory. Dot names are skipped, so a git work tree disturbs nothing; symbolic links are followed, loops are not.
 *
 * @throws what the file system says when `root` itself cannot be read.
 */
export async function scan(
  root: string,
  breath: Breath,
  isDefinition: (name: string) => boolean = inJson,
  known: Known = NOTHING_KNOWN,
): Promise<Scan> {
  const files: FoundFile[] = []
  const unreadable = new Map<string, string>()
  let device = 0
  const seen = new Set<string>()
  const walk = async (directory: string, depth: number): Promise<void> => {
    const stats = statSync(directory)
    if (depth === 0) device = stats.dev
    const mark = `${stats.dev}:${stats.ino}`
    if (seen.has(mark) || depth > MAX_DEPTH) return
    seen.add(mark)
    // A directory that was deleted and made anew often has the number of the old one.
    const isTold = known.entered(directory, `${stats.ino} ${stats.birthtimeMs}`)
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      const path = pathIn(directory, entry.name)
      if (entry.isDirectory() || entry.isSymbolicLink() || isDefinition(entry.name)) {
        const found = (isTold && entry.isFile() ? known.stampOf(path) : undefined) ?? look(path, entry, isDefinition)
        if (found === 'directory') await below(path, depth + 1)
        else if (typeof found === 'string') unreadable.set(path, found)
        else if (found) files.push({ path, stamp: found })
      }
      if (breath.due()) await breath.take()
    }
  }
  const below = async (directory: string, depth: number) => {
    try {
      await walk(directory, depth)
    } catch (error) {
      if (!isGone(error)) unreadable.set(directory, codeOf(error))
    }
  }
  await walk(root, 0)
  return { files, unreadable, device }
}

/** As files are known by: nothing of it is made shorter or another, so that whoever names one names it alike. */
export const pathIn = (directory: string, name: string): string => (directory.endsWith(sep) ? directory : directory + sep) + name

/** What is gone is gone; what cannot be looked at may still be there. */
export const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error))

/** @returns a text: the code of the error that keeps it from being looked at. */
function look(path: string, entry: Dirent, isDefinition: (name: string) => boolean): 'directory' | Stamp | string | undefined {
  if (entry.isDirectory()) return 'directory'
  let stats: Stats
  try {
    stats = statSync(path)
  } catch (error) {
    return isGone(error) ? undefined : codeOf(error)
  }
  if (stats.isDirectory()) return 'directory'
  return stats.isFile() && isDefinition(entry.name) ? stampOf(stats) : undefined
}

export const stampOf = ({ size, mtimeMs, ctimeMs, ino }: Stats): Stamp => ({ size, mtimeMs, ctimeMs, ino })

export const sameStamp = (one: Stamp, other: Stamp): boolean =>
  one.size === other.size && one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs && one.ino === other.ino

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
