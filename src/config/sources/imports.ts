import { readdirSync } from 'node:fs'
import { dirname, join, resolve as resolvePath } from 'node:path'
import { isDirectory, lookAt } from '../../base/look-at.ts'
import { type Problem, readable, warning, wrongValue } from '../problem.ts'
import { type Entry, isNamed, type Source } from '../source.ts'
import { pathOf } from '../state-directory.ts'
import { readConfigTree } from './config-tree.ts'
import { type FileSources, NO_FILES, readFile, readImported, readText, together } from './directory.ts'

export interface ImportParts {
  /** Those that may say what to import, lowest rank first. */
  readonly sources: readonly Source[]
  readonly profiles: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where `classpath:` looks, besides nowhere. */
  readonly configurationDirectory: string | undefined
  /** Fills in placeholders; `undefined` after it has told of a problem. */
  readonly resolve: (entry: Entry, problems: Problem[]) => string | undefined
}

/** More are a mistake, or files that import each other in a circle of names. */
const MAX_IMPORTS = 100
const SETTING = 'spring.config.import'

/**
 * What `spring.config.import` names, wherever it stands (configuration.md 2.1, 2.4): files, folders with `application.*`, `configtree:` folders. A later
 * location wins over an earlier one, and what is imported over what imports it. CAS follows imports of Spring's own files only.
 */
export async function readImports(parts: ImportParts): Promise<FileSources> {
  const seen = new Set<string>()
  const follow = async (sources: readonly Source[]): Promise<FileSources> => {
    const readings: FileSources[] = []
    for (const { entry, location } of sources.flatMap((source) => locationsIn(source, parts, readings))) {
      if (seen.size >= MAX_IMPORTS) {
        readings.push(problem(wrongValue(SETTING, entry.origin, `imports more than ${MAX_IMPORTS} places`)))
        break
      }
      const read = await readLocation(entry, location, parts, seen)
      readings.push(read, await follow(read.sources))
    }
    return together(...readings)
  }
  return follow(parts.sources)
}

interface Location {
  readonly entry: Entry
  readonly location: string
}

/** @param readings Gets what is wrong. */
function locationsIn(source: Source, { resolve }: ImportParts, readings: FileSources[]): readonly Location[] {
  const problems: Problem[] = []
  const found = source.entries.filter(isImport).flatMap((entry) =>
    (resolve(entry, problems) ?? '')
      .split(/[,;]/)
      .map((location) => ({ entry, location: location.trim() }))
      .filter(({ location }) => location !== ''),
  )
  readings.push({ ...NO_FILES, problems })
  return found
}

const isImport = (entry: Entry) => isNamed(entry, SETTING)

async function readLocation(entry: Entry, whole: string, parts: ImportParts, seen: Set<string>): Promise<FileSources> {
  const optional = whole.startsWith('optional:')
  const location = optional ? whole.slice('optional:'.length) : whole
  const scheme = /^([a-z][a-z0-9+-]+):/i.exec(location)?.[1]?.toLowerCase()
  const refuse = (what: string) =>
    problem(optional ? warning('hint', SETTING, entry.origin, what) : wrongValue(SETTING, entry.origin, what))
  if (scheme !== undefined && !['file', 'configtree', 'classpath', 'env'].includes(scheme))
    return refuse(`imports from ${scheme}:, which this server does not read`)
  if (scheme === 'env') {
    const written = location.slice('env:'.length)
    if (seen.has(location)) return NO_FILES
    seen.add(location)
    const { path: variable, extension } = withHint(written)
    const text = parts.env[variable]
    if (text === undefined) return optional ? NO_FILES : refuse(`imports the environment variable ${readable(variable)}, which is not set`)
    // As in Spring Boot, where nothing is said.
    return readText(`environment variable ${variable}`, text, parts.profiles, extension === written ? '.properties' : extension)
  }
  const path = placeOf(location, scheme, entry, parts)
  if (path === undefined) return optional ? NO_FILES : refuse('imports from classpath:, and there is no configuration directory')
  const once = `${scheme === 'configtree' ? 'tree ' : ''}${path}`
  if (seen.has(once)) return NO_FILES
  seen.add(once)
  const missing = (): FileSources => ({
    ...(optional ? NO_FILES : problem(wrongValue(SETTING, entry.origin, `imports ${readable(path)}, which does not exist`))),
    files: [path],
  })
  if (scheme === 'configtree') return readTrees(path) ?? missing()
  const { path: plain, extension } = withHint(path)
  const found = lookAt(plain)
  if (!found) return missing()
  if (typeof found === 'string') return refuse(`imports ${readable(plain)}, which ${found}`)
  if (found.isDirectory()) return readImported(plain, parts.profiles)
  if (!/\.(ya?ml|properties)$/.test(extension)) return refuse(`imports ${readable(plain)}, which is neither .properties nor YAML`)
  return readFile(plain, parts.profiles, extension)
}

// With a star as the last folder: each folder there, in the order of their names.
function readTrees(path: string): FileSources | undefined {
  if (!/\/\*\/?$/.test(path)) return readConfigTree(path)
  const parent = dirname(path)
  if (!isDirectory(parent)) return undefined
  const folders = readdirSync(parent).filter((name) => !name.startsWith('.'))
  return together({ ...NO_FILES, files: [parent] }, ...folders.sort().map((name) => readConfigTree(join(parent, name)) ?? NO_FILES))
}

/** A location without a scheme that does not begin with a slash is relative to the file that names it; all others to the working directory. */
function placeOf(location: string, scheme: string | undefined, { origin }: Entry, parts: ImportParts): string | undefined {
  if (scheme === 'classpath') {
    const { configurationDirectory } = parts
    const name = location.slice('classpath:'.length).replace(/^\/+/, '')
    return configurationDirectory === undefined ? undefined : join(configurationDirectory, 'classpath', name)
  }
  if (scheme === 'configtree') return resolvePath(parts.cwd, location.slice('configtree:'.length))
  if (scheme === undefined && origin.file !== undefined) return resolvePath(dirname(origin.file), location)
  return pathOf(location, parts.cwd)
}

/** `/etc/settings[.yaml]`: a file without an ending, and how to read it. */
function withHint(path: string): { readonly path: string; readonly extension: string } {
  const hint = /^(.*)\[(\.\w+)\]$/.exec(path)
  return hint ? { path: hint[1] ?? '', extension: hint[2] ?? '' } : { path, extension: path }
}

const problem = (one: Problem): FileSources => ({ ...NO_FILES, problems: [one] })
