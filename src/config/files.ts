import { resolve as resolvePath } from 'node:path'
import { lookAt } from '../base/look-at.ts'
import type { FrameConfig } from './config.ts'
import { type Problem, quote, unusableFile, warning } from './problem.ts'
import { activeProfiles, MAX_PROFILES } from './profiles.ts'
import type { Entry, Source } from './source.ts'
import { readConfigScript } from './sources/config-script.ts'
import { dockerSecrets, readConfigTree } from './sources/config-tree.ts'
import { type FileSources, fileNames, isFileName, NO_FILES, readBeside, readDirectory, readFile, together } from './sources/directory.ts'
import { readImports } from './sources/imports.ts'
import { pathOf } from './state-directory.ts'

export interface FileParts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The standalone directory, if there is one. */
  readonly directory: string | undefined
  /** What stands outside of files, lowest rank first; ranks above them. */
  readonly early: readonly Source[]
  /** A system property. */
  readonly property: (name: string) => string | undefined
  /** The settings of the frame as these sources give them. */
  readonly peek: (sources: readonly Source[]) => FrameConfig
  /** Fills in the placeholders of one value. */
  readonly resolve: (sources: readonly Source[]) => (entry: Entry, problems: Problem[]) => string | undefined
}

/** All files of a configuration, lowest rank first, and the profiles under which they were read. */
export interface AllFiles extends FileSources {
  readonly profiles: readonly string[]
}

/** Profiles stand in files too, and choose files: they are read again until nothing changes. Further rounds would only find a circle. */
const MAX_ROUNDS = 4

/** Reads every file of configuration.md 2.1, 2-6, in its order. */
export async function readFiles(parts: FileParts): Promise<AllFiles> {
  const { peek, early } = parts
  let frame = peek(early)
  // Most often what stands outside of files says it all, and one round is enough.
  let profiles = usableProfiles(frame)
  let read: FileSources = NO_FILES
  let isSettled = false
  for (let round = 0; round < MAX_ROUNDS && !isSettled; round += 1) {
    read = await readUnder(profiles, frame, parts)
    frame = peek([...read.sources, ...early])
    const next = usableProfiles(frame)
    isSettled = next.join() === profiles.join()
    if (!isSettled && round < MAX_ROUNDS - 1) profiles = next
  }
  return { ...read, profiles, problems: [...read.problems, ...nameProblems(frame, isSettled)] }
}

const usableProfiles = (frame: FrameConfig) => activeProfiles(frame).filter(isFileName).slice(0, MAX_PROFILES)

/** What is wrong with names that choose files. */
function nameProblems(frame: FrameConfig, isSettled: boolean): readonly Problem[] {
  const active = activeProfiles(frame)
  const { application, config } = frame.spring
  const names: readonly (readonly [key: string, name: string | undefined])[] = [
    ...active.map((name) => ['spring.profiles.active', name] as const),
    ['spring.application.name', application.name],
    ['spring.config.name', config.name],
  ]
  const wrong = names.flatMap(([key, name]) =>
    name === undefined || isFileName(name) ? [] : [mistake(key, `must be a part of a file name, found ${quote(name)}`)],
  )
  if (active.length > MAX_PROFILES) wrong.push(mistake('spring.profiles.active', `makes more than ${MAX_PROFILES} profiles active`))
  if (isSettled) return wrong
  const what = 'is another each time files are read under it: profiles that a file makes active take that file away again'
  return [...wrong, { ...mistake('spring.profiles.active', what), severity: 'warn', fatal: false }]
}

const mistake = (key: string, what: string): Problem => ({ severity: 'error', kind: 'type', fatal: true, key, message: `${key} ${what}` })

async function readUnder(profiles: readonly string[], frame: FrameConfig, parts: FileParts): Promise<FileSources> {
  const { directory, cwd, env, early, property } = parts
  const names = fileNames(fileName(frame.spring.application.name), fileName(frame.spring.config.name), profiles)
  const files = together(
    await readBeside(cwd, profiles),
    directory === undefined ? NO_FILES : await readDirectory(directory, names, profiles),
    directory === undefined ? NO_FILES : await readConfigScript(directory, { profiles, env }),
    await standaloneFile(frame, cwd, profiles),
  )
  const late = lateNames(files.sources)
  const secrets = dockerSecrets((name) => property(name) ?? env[name])
  const withSecrets = together(files, { ...NO_FILES, problems: late }, secrets === undefined ? NO_FILES : mountedSecrets(secrets))
  const sources = [...withSecrets.sources, ...early]
  const imported = await readImports({ sources, profiles, cwd, env, configurationDirectory: directory, resolve: parts.resolve(sources) })
  return together(withSecrets, imported)
}

function mountedSecrets(folder: string): FileSources {
  return readConfigTree(folder) ?? { ...NO_FILES, files: [folder] }
}

function fileName(name: string | undefined): string {
  return name !== undefined && isFileName(name) ? name : 'cas'
}

async function standaloneFile(frame: FrameConfig, cwd: string, profiles: readonly string[]): Promise<FileSources> {
  const { configurationFile } = frame.cas.standalone
  if (configurationFile === undefined) return NO_FILES
  const path = resolvePath(pathOf(configurationFile, cwd))
  if (lookAt(path)) return readFile(path, profiles)
  return {
    sources: [],
    problems: [unusableFile(path, 'is named by cas.standalone.configuration-file and does not exist')],
    files: [path],
  }
}

const DIRECTORY_SETTINGS = new Set(['cas.standalone.configurationdirectory', 'cas.standalone.config'])

/** Whether an entry says where the standalone directory is (configuration.md 2.2). */
export const isDirectorySetting = ({ name }: Entry) => DIRECTORY_SETTINGS.has(name)

function lateNames(sources: readonly Source[]): readonly Problem[] {
  return sources.flatMap(({ entries }) =>
    entries
      .filter(isDirectorySetting)
      .map(({ key, origin }) =>
        warning('hint', key, origin, 'stands in a file, where it is too late; use --config-dir, -D or an environment variable'),
      ),
  )
}
