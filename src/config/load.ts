import { homedir } from 'node:os'
import { type Clock, systemClock } from '../base/clock.ts'
import { isDirectory, lookAt } from '../base/look-at.ts'
import type { Group } from '../base/schema.ts'
import { type Binding, bind } from './bind.ts'
import { loadCatalogue } from './catalogue.ts'
import { type ClassifiedKey, classifyAll } from './classify.ts'
import { type FrameConfig, frameConfig } from './config.ts'
import { cipherSettings, decryptSources, withoutSecurity } from './decrypt.ts'
import { type Expand, expansion } from './expansion.ts'
import { type Explanation, explainer, type PropertySource, type SourceValue } from './explain.ts'
import type { ExpressionWorld } from './expression.ts'
import { expressionWorld } from './expression-world.ts'
import { isDirectorySetting, readFiles } from './files.ts'
import { type Origin, placeOfKey } from './origin.ts'
import { type Problem, unusableFile, withoutConsequences } from './problem.ts'
import { moveFormerNames } from './rename.ts'
import { resolver } from './resolver.ts'
import { type Settings, schema as wholeSchema } from './schema.ts'
import { propertyAt } from './schema-walk.ts'
import { entry, plant, type Source } from './source.ts'
import { applicationJson } from './sources/application-json.ts'
import { commandLineSource, readCommandLine } from './sources/command-line.ts'
import { USUAL_DIRECTORIES } from './sources/directory.ts'
import { environmentSource } from './sources/environment.ts'
import { systemProperties } from './sources/system-properties.ts'
import { chooseStateDirectory, pathOf } from './state-directory.ts'
import { nearlySpelled, unknownSettings } from './unknown.ts'

export interface LoadOptions {
  /** Words of the command line without the program; verbs and their options are passed over. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Home directory of the user; read from the system when absent. */
  readonly home?: string
  readonly clock?: Clock
  /** Where to look for a configuration when nobody names a directory. */
  readonly usualDirectories?: readonly string[]
}

/** A configuration that was read completely; immutable. */
export interface LoadedConfiguration<S = Settings> {
  readonly settings: S
  /** Active profiles, the last one wins. */
  readonly profiles: readonly string[]
  /** The standalone directory, `undefined` when there is none and the defaults hold. */
  readonly configurationDirectory: string | undefined
  /** Where state is kept; it need not exist yet. */
  readonly stateDirectory: string
  /** Everything the administrator should know, in the order of the sources; all mistakes at once. */
  readonly problems: readonly Problem[]
  /** Whether one of the problems stops the start (exit code 78). */
  readonly refused: boolean
  /** Values of all secrets, for redaction. */
  readonly secrets: readonly string[]
  /** When reading began. */
  readonly readAtMs: number
  /** Files and folders that were looked at, whether they are there or not: what to watch. */
  readonly files: readonly string[]
  /** Type, default, description, sources and winner of one setting, in any spelling; secrets are masked. */
  explain(key: string): Explanation | undefined
  /** Every source that has this key, highest first; also of keys the schema does not know. Secrets are masked. */
  sourcesOf(key: string): readonly SourceValue[]
  /** Every source with what stands in it, highest first. Secrets are masked. */
  propertySources(): readonly PropertySource[]
  /** Every setting of the schema, those in lists and maps that somebody has written included. Secrets are masked. */
  bound(): readonly Explanation[]
  /** Where the value in force of a setting stands; `undefined` where the default holds. */
  originOf(key: string): Origin | undefined
  /** Names of all sources, highest first. */
  readonly sourceNames: readonly string[]
  /** Canonical names of all settings, with places in lists and keys of maps where something is set; for `explain`. */
  readonly names: readonly string[]
  /** What becomes of each key of each source, lowest source first; worked out when asked for. */
  keys(): readonly ClassifiedKey[]
  /** Fills placeholders in a text of a definition, from the environment. */
  readonly expand: Expand
}

/** Reads the configuration of this server (configuration.md 2-7). Never throws for what an administrator wrote: see `problems`. */
export function loadConfiguration(options: LoadOptions): Promise<LoadedConfiguration> {
  // The schema's type says what binding gives; the cast is the one place where that is believed.
  return load(wholeSchema, options) as Promise<LoadedConfiguration>
}

/** `loadConfiguration` for any schema, in which that of the frame is always contained. */
export async function load(schema: Group, options: LoadOptions): Promise<LoadedConfiguration<unknown>> {
  const { argv, env, cwd, clock = systemClock } = options
  const readAtMs = clock()
  const problems: Problem[] = []

  // 1. What is known before any file is read.
  const line = readCommandLine(argv)
  problems.push(...line.problems)
  const system = systemProperties(line.properties, env)
  const environment = environmentSource(schema, env)
  problems.push(...environment.problems)
  const command = commandLineSource(line)
  const json = jsonSource([system, command], env)
  problems.push(...(json?.problems ?? []))
  const early = [environment.source, system, ...(json ? [json.source] : []), command]
  const properties = new Map(system.entries.map(({ key, value }) => [key, value]))
  const world = expressionWorld({ env, systemProperties: properties, cwd, clock })
  const peek = (sources: readonly Source[]) => {
    const moved = moveFormerNames(frameConfig, sources).sources
    return bindAll(frameConfig, moved, env, world, ofFrame(moved)).settings as FrameConfig
  }

  // 2. Which files, under which profiles?
  const directory = findDirectory(peek(early), early, options)
  if ('problem' in directory) problems.push(directory.problem)
  const path = 'path' in directory ? directory.path : undefined
  const own = path === undefined ? [] : ownSource(path)
  const files = await readFiles({
    env,
    cwd,
    directory: path,
    early,
    property: (name) => properties.get(name),
    peek,
    resolve: (sources) => {
      const fill = resolver({ schema: frameConfig, sources: [...own, ...sources], env, world })
      return (one, found) => fill(one.key, one, found, false)
    },
  })
  problems.push(...files.problems)

  // 3. Everything together, lowest first.
  const written = [...own, ...withoutSecurity(files.sources, problems), ...early]
  const clear = await decryptSources(written, cipherSettings(peek(early)), problems)
  const moved = moveFormerNames(schema, clear)
  problems.push(...moved.problems)
  const bound = bindAll(schema, moved.sources, env, world)
  problems.push(...bound.problems)
  const { settings } = bound
  const strict = (settings as FrameConfig).castellan.config.strict
  const classification = { schema, moved: moved.moved, catalogue: loadCatalogue }
  problems.push(...unknownSettings({ ...classification, sources: clear, strict }))
  problems.push(...nearlySpelled(schema, env), ...takenFromJava(schema, system))
  const final = strict
    ? problems.map((one) => (one.kind === 'placeholder' ? { ...one, severity: 'error' as const, fatal: true } : one))
    : problems
  const state = (settings as FrameConfig).castellan.state.directory
  const secrets = secretsOf(schema, bound, moved.sources)
  return {
    settings,
    profiles: files.profiles,
    configurationDirectory: path,
    stateDirectory: chooseStateDirectory(state, { env, home: options.home ?? homedir(), cwd }),
    problems: withoutConsequences(final),
    refused: final.some(({ fatal }) => fatal),
    secrets,
    readAtMs,
    files: [...new Set([...files.files, ...environment.files])],
    sourceNames: [...new Set(written.map(({ name }) => name))].reverse(),
    names: [...bound.values.keys()],
    originOf: (key) => bound.values.get(key)?.candidates[0]?.entries[0]?.origin,
    expand: expansion(env, world),
    keys: () => classifyAll(clear.slice(own.length), classification),
    ...explainer(schema, moved.sources, bound.values, secrets),
  }
}

/** What binding the frame needs of the sources: a few of thousands. */
const ofFrame = (sources: readonly Source[]): readonly Source[] =>
  sources.map((source) => ({ ...source, entries: source.entries.filter(({ path }) => propertyAt(frameConfig, path)) }))

/** @param bound What is bound; placeholders may refer to everything. */
function bindAll(
  schema: Group,
  sources: readonly Source[],
  env: LoadOptions['env'],
  world: ExpressionWorld,
  bound: readonly Source[] = sources,
): Binding {
  const problems: Problem[] = []
  const roots = bound.map((source, rank) => plant(source, rank, problems))
  const binding = bind(schema, roots, resolver({ schema, sources, env, world }))
  return { ...binding, problems: [...problems, ...binding.problems] }
}

/** `SPRING_APPLICATION_JSON` as a variable, or `spring.application.json` as `-D` or `--`. */
function jsonSource(sources: readonly Source[], env: LoadOptions['env']): ReturnType<typeof applicationJson> | undefined {
  for (const { entries } of [...sources].reverse()) {
    const found = entries.findLast(({ name }) => name === 'spring.application.json')
    if (found) return applicationJson(found.value, found.key)
  }
  const text = env['SPRING_APPLICATION_JSON']
  return text ? applicationJson(text, 'environment variable SPRING_APPLICATION_JSON') : undefined
}

type Directory = { readonly path: string } | { readonly problem: Problem } | Record<never, never>

/** The standalone directory (configuration.md 2.2); only what stands outside of files may say where it is. */
function findDirectory(
  frame: FrameConfig,
  early: readonly Source[],
  { cwd, usualDirectories = USUAL_DIRECTORIES }: LoadOptions,
): Directory {
  const isNamed = early.some(({ entries }) => entries.some(isDirectorySetting))
  const named = isNamed ? frame.cas.standalone.configurationDirectory : undefined
  if (named === undefined) {
    const usual = usualDirectories.find((path) => isDirectory(path))
    return usual === undefined ? {} : { path: usual }
  }
  const path = pathOf(named, cwd)
  const found = lookAt(path)
  if (!found) return { problem: unusableFile(path, 'is named as the configuration directory and does not exist') }
  if (typeof found === 'string') return { problem: unusableFile(path, `is named as the configuration directory and ${found}`) }
  if (!found.isDirectory()) return { problem: unusableFile(path, 'is named as the configuration directory and is no directory') }
  return { path }
}

/** The directory in force as a setting of the lowest rank, so that placeholders find it when it was found and not named. */
function ownSource(directory: string): readonly Source[] {
  const one = entry('cas.standalone.configuration-directory', directory, { source: 'castellan', label: 'found by this server' })
  return one ? [{ name: 'castellan', kind: 'json', entries: [one] }] : []
}

/** One line about settings that were found among the options of Java, where nobody would look for them later. */
function takenFromJava(schema: Group, system: Source): readonly Problem[] {
  const taken = system.entries.filter(({ path, origin }) => origin.label?.startsWith('environment variable') && propertyAt(schema, path))
  if (taken.length === 0) return []
  const list = taken.map(({ key, origin }) => `${key} (${placeOfKey(origin)})`).join(', ')
  return [{ severity: 'info', kind: 'hint', fatal: false, message: `settings taken from options of Java: ${list}` }]
}

/** Values that must not be shown: of secret settings, whatever was written encrypted, and what lies in a folder of secrets under a name of the administrator's. */
function secretsOf(schema: Group, { values }: Binding, sources: readonly Source[]): readonly string[] {
  const secrets = new Set<string>()
  for (const { property, candidates, value } of values.values()) {
    if (!property.facts.secret || candidates.length === 0) continue
    for (const one of Array.isArray(value) ? value : [value]) if (typeof one === 'string' && one !== '') secrets.add(one)
  }
  for (const { path, value, decrypted, hidden } of sources.flatMap(({ entries }) => entries)) {
    if (decrypted) secrets.add(decrypted)
    if (hidden && value !== '' && !propertyAt(schema, path)) secrets.add(value)
  }
  return [...secrets]
}
