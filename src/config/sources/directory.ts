import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDirectory } from '../../base/look-at.ts'
import { type Problem, unusableFile } from '../problem.ts'
import { activated } from '../profiles.ts'
import type { Source } from '../source.ts'
import type { FileReading } from './document.ts'
import { readTextFile } from './text-file.ts'

/** Where CAS looks when nobody says where (configuration.md 2.2); the first that exists. */
export const USUAL_DIRECTORIES = ['/etc/cas/config', '/opt/cas/config', '/var/cas/config'] as const
const EXTENSIONS = ['yml', 'yaml', 'properties'] as const

export interface FileSources {
  /** Lowest rank first. */
  readonly sources: readonly Source[]
  readonly problems: readonly Problem[]
  /** Files and folders that were looked at, whether they are there or not: a change of one may change settings. */
  readonly files: readonly string[]
}

export const NO_FILES: FileSources = { sources: [], problems: [], files: [] }

/** Puts readings together; the later one ranks higher. */
export function together(...readings: readonly FileSources[]): FileSources {
  return {
    sources: readings.flatMap(({ sources }) => sources),
    problems: readings.flatMap(({ problems }) => problems),
    files: readings.flatMap(({ files }) => files),
  }
}

/**
 * Reads one file, whichever of the two formats; a file that is not there has no documents.
 *
 * @param ending Decides the format.
 */
export async function readFile(file: string, profiles: readonly string[], ending = file): Promise<FileSources> {
  const content = readTextFile(file, { latin1: ending.endsWith('.properties') })
  if (!content) return { sources: [], problems: [], files: [file] }
  if ('problem' in content) return { sources: [], problems: [content.problem], files: [file] }
  return { ...(await readText(file, content.text, profiles, ending)), files: [file] }
}

/**
 * Reads settings out of a text, be it a file or not.
 *
 * @param name Of the place, for messages and as the name of the source.
 */
export async function readText(name: string, text: string, profiles: readonly string[], ending: string): Promise<FileSources> {
  const reading = ending.endsWith('.properties') ? await properties(name, text) : await yaml(name, text)
  const problems = [...reading.problems]
  const sources = reading.documents.map(({ entries }) => ({
    name,
    kind: 'file' as const,
    entries: activated(entries, profiles, problems),
  }))
  return { sources: sources.filter(({ entries }) => entries.length > 0), problems, files: [] }
}

// Each parser is loaded when there is something for it to read: the YAML one takes longer than all the rest of the configuration.
const properties = async (file: string, text: string): Promise<FileReading> =>
  (await import('./properties-file.ts')).readProperties(file, text)
const yaml = async (file: string, text: string): Promise<FileReading> => (await import('./yaml-file.ts')).readYaml(file, text)

async function readAll(files: readonly string[], profiles: readonly string[]): Promise<FileSources> {
  const readings: FileSources[] = []
  for (const file of files) readings.push(await readFile(file, profiles))
  return together(...readings)
}

const unique = (names: readonly string[]) => names.filter((name, at) => names.indexOf(name) === at)

/** File names of the ten steps of configuration.md 2.2, lowest rank first. */
export function fileNames(applicationName: string, configName: string, profiles: readonly string[]): readonly string[] {
  const names = unique(['application', applicationName.toLowerCase(), applicationName === 'cas' ? 'CAS' : applicationName, configName])
  const steps = unique([...names, ...profiles])
  return unique([
    ...steps.flatMap((name) => EXTENSIONS.map((extension) => `${name}.${extension}`)),
    ...profiles.flatMap((profile) => EXTENSIONS.flatMap((extension) => names.map((name) => `${name}-${profile}.${extension}`))),
  ])
}

/** Whether a name taken from a setting may be part of a file name. */
export function isFileName(name: string): boolean {
  return /^[^/\\\0]{1,200}$/.test(name) && name !== '.' && name !== '..'
}

/** The standalone directory: its files in the order of configuration.md 2.2, then `conf.d/*` in the order of their names. */
export async function readDirectory(directory: string, names: readonly string[], profiles: readonly string[]): Promise<FileSources> {
  const files = names.map((name) => join(directory, name))
  const fragments = join(directory, 'conf.d')
  const parts = listFragments(fragments)
  const script = join(directory, 'cas.groovy')
  const own: Problem[] = parts ? [] : [unusableFile(fragments, 'cannot be listed')]
  if (existsSync(script)) own.push(ignoredScript(script))
  return together(await readAll(files, profiles), await readAll(parts ?? [], profiles), {
    sources: [],
    problems: own,
    files: [fragments],
  })
}

function ignoredScript(script: string): Problem {
  return {
    severity: 'warn',
    kind: 'file',
    fatal: false,
    message: `${script} is not read: this server does not run Groovy; cas.config.mjs beside it takes its place`,
    origin: { source: script, file: script },
  }
}

function listFragments(directory: string): readonly string[] | undefined {
  if (!isDirectory(directory)) return []
  try {
    return readdirSync(directory)
      .filter((name) => EXTENSIONS.some((extension) => name.endsWith(`.${extension}`)) && !name.startsWith('.'))
      .sort()
      .map((name) => join(directory, name))
  } catch {
    return undefined
  }
}

/** `application.*` beside the program: in the folder itself, in `config` below it, in each folder of that; profile variants rank above all others. */
export async function readBeside(cwd: string, profiles: readonly string[]): Promise<FileSources> {
  const config = join(cwd, 'config')
  const places = [cwd, config]
  if (isDirectory(config)) {
    for (const entry of readdirSync(config, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (entry.isDirectory()) places.push(join(config, entry.name))
    }
  }
  const names = ['application', ...profiles.map((profile) => `application-${profile}`)]
  return readAll(
    names.flatMap((name) => places.flatMap((place) => EXTENSIONS.map((extension) => join(place, `${name}.${extension}`)))),
    profiles,
  )
}

/** A folder that is imported: the same files as beside the program. */
export function readImported(folder: string, profiles: readonly string[]): Promise<FileSources> {
  const names = ['application', ...profiles.map((profile) => `application-${profile}`)]
  return readAll(
    names.flatMap((name) => EXTENSIONS.map((extension) => join(folder, `${name}.${extension}`))),
    profiles,
  )
}
