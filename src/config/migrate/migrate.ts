import { readFileSync } from 'node:fs'
import { replaceFile } from '../../base/replace-file.ts'
import type { Group } from '../../base/schema.ts'
import type { Catalogue } from '../catalogue.ts'
import { SECRET_NAME } from '../explain.ts'
import { valueOfToday } from '../former-names.ts'
import { type Element, parseKey, uniformPath } from '../names.ts'
import { propertyAt } from '../schema-walk.ts'
import type { Entry } from '../source.ts'
import type { FileReading } from '../sources/document.ts'
import { readTextFile } from '../sources/text-file.ts'
import { diff } from './diff.ts'
import { applyEdits, type Migrated, type Renamer } from './edit.ts'
import { renamer } from './renamer.ts'

/** One file of settings and what it would be with the names of today. */
export interface FileMigration {
  readonly file: string
  /** What changes, as a diff without the values of secrets; empty when nothing does. */
  readonly diff: string
  /** Settings that a person has to move. */
  readonly left: readonly string[]
  /** Why the file stays as it is although it has old names. */
  readonly problem?: string
  /** Puts the new text in the place of the old one, whole or not at all. */
  write(): Promise<void>
}

interface Read {
  readonly file: string
  readonly text: string
  readonly reading: FileReading
}

/**
 * Rewrites files of settings to the names of CAS 7 (configuration.md 7.4), in memory; `write` of each result does it on the disk. What a file means stays the
 * same: each new text is read again and compared before it is offered.
 */
export async function migrateFiles(files: readonly string[], schema: Group, catalogue: Catalogue): Promise<readonly FileMigration[]> {
  const read: Read[] = []
  const unreadable: FileMigration[] = []
  for (const file of files) {
    const content = readTextFile(file, { latin1: file.endsWith('.properties') })
    if (!content) continue
    if ('problem' in content) unreadable.push(untouched(file, content.problem.message))
    else read.push({ file, text: content.text, reading: await readAgain(file, content.text) })
  }
  const entries = read.flatMap(({ reading }) => reading.documents.flatMap((document) => document.entries))
  const rename = renamer({ schema, catalogue, entries })
  const migrated: FileMigration[] = []
  for (const one of read) migrated.push(await migrateOne(one, rename, schema))
  return [...unreadable, ...migrated]
}

async function migrateOne({ file, text, reading }: Read, rename: Renamer, schema: Group): Promise<FileMigration> {
  const mistake = reading.problems.find(({ fatal }) => fatal)
  if (mistake) return untouched(file, mistake.message)
  const { edits, left } = await editsOf(file, text, rename)
  const after = applyEdits(text, edits)
  const again = edits.length === 0 ? reading : await readAgain(file, after)
  if (!isSame(expected(reading, rename, left), found(again)))
    return untouched(file, `${file} cannot be rewritten without changing what it says`)
  if (edits.length === 0) return { ...untouched(file), left }
  const entries = reading.documents.flatMap((document) => document.entries)
  const secretLines = new Set(entries.filter((one) => isSecret(schema, one)).flatMap(({ origin }) => [origin.line, origin.valueLine]))
  return {
    file,
    diff: diff(text, edits, (line) => secretLines.has(line)),
    left,
    write: () => replaceFile(file, encodedLike(file, after), { throughLinks: true }),
  }
}

const untouched = (file: string, problem?: string): FileMigration => ({
  file,
  diff: '',
  left: [],
  ...(problem === undefined ? {} : { problem }),
  write: async () => {},
})

async function editsOf(file: string, text: string, rename: Renamer): Promise<Migrated> {
  if (file.endsWith('.properties')) return (await import('./properties.ts')).migrateProperties(text, rename)
  return (await import('./yaml.ts')).migrateYaml(text, rename)
}

async function readAgain(file: string, text: string): Promise<FileReading> {
  if (file.endsWith('.properties')) return (await import('../sources/properties-file.ts')).readProperties(file, text)
  return (await import('../sources/yaml-file.ts')).readYaml(file, text)
}

const line = (path: readonly Element[], value: string) => `${uniformPath(path)}\u0000${value}`

/** What the new text has to say. */
function expected(reading: FileReading, rename: Renamer, left: readonly string[]): readonly string[] {
  return reading.documents.flatMap(({ entries }) =>
    entries.flatMap(({ key, path, value }) => {
      const renamed = left.some((one) => key === one || key.startsWith(`${one}[`)) ? undefined : rename(key)
      if (renamed?.superseded) return []
      if (!renamed) return [line(path, value)]
      return renamed.names.map((name) => line(parseKey(name) ?? [], valueOfToday(name, value)))
    }),
  )
}

function found(reading: FileReading): readonly string[] {
  return reading.documents.flatMap(({ entries }) => entries.map(({ path, value }) => line(path, value)))
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.toSorted().join('\n') === other.toSorted().join('\n')
}

function isSecret(schema: Group, { path, key, value }: Entry): boolean {
  return propertyAt(schema, path)?.facts.secret ?? (SECRET_NAME.test(key) || value.startsWith('{cas-cipher}'))
}

/** In the encoding of the file as it is, with its byte order mark. */
function encodedLike(file: string, text: string): Buffer {
  const old = readFileSync(file)
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(old)
  } catch {
    return Buffer.from(text, 'latin1')
  }
  const mark = old[0] === 0xef && old[1] === 0xbb && old[2] === 0xbf ? '\ufeff' : ''
  return Buffer.from(mark + text)
}
