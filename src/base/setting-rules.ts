/**
 * What settings must have in common: those that need each other, those that contradict each other, and places that must exist (configuration.md 7.2). A room
 * declares its rules in `config-rules.ts` beside `config.ts`; all of them are asked before anything is opened, so that every mistake is named at once.
 */
import { accessSync, constants } from 'node:fs'
import { lookAt } from './look-at.ts'
import { resourceAt } from './resource.ts'
import { StartRefusal } from './start-refusal.ts'

/** One mistake in settings of which each by itself may be right. */
export interface Fault {
  /** Canonical name of the setting that has to be changed, or is missing. */
  readonly setting: string
  /** Completes "SETTING (FILE:LINE) …": what is wrong and what to do; never the value of a secret. */
  readonly message: string
  /** Not given: the start ends. `error`: the server starts without what the setting asks for; `warn`: it may not be what was meant. */
  readonly severity?: 'error' | 'warn'
  /** The room says so itself when it opens; left out of what a start logs. */
  readonly saidByRoom?: boolean
}

/** What rules may know besides the settings. */
export interface RuleWorld {
  /** Where `classpath:` looks; the working directory when there is no configuration directory. */
  readonly configurationDirectory: string
}

/** @throws {StartRefusal} counts as one fault, so that what a room refuses while it opens need not be said twice. */
export type Rule<S> = (settings: S, world: RuleWorld) => readonly Fault[] | Promise<readonly Fault[]>

type Values = Readonly<Record<string, unknown>>

const isBlank = (value: unknown) =>
  value === undefined || value === '' || (typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0)

/** Settings that count together or not at all, by their names; one fault for each that is missing. */
export function allOrNone(values: Values, why: string): readonly Fault[] {
  const names = Object.keys(values)
  const [first] = names.filter((name) => !isBlank(values[name]))
  if (first === undefined) return []
  return names.filter((name) => isBlank(values[name])).map((name) => ({ setting: first, message: `needs ${name}: ${why}` }))
}

/** What a setting that is set needs beside it. */
export function needs(setting: string, value: unknown, others: Values, why: string): readonly Fault[] {
  return isBlank(value) ? [] : allOrNone({ [setting]: value, ...others }, why).filter((fault) => fault.setting === setting)
}

/** One fault when the condition holds. */
export function faultIf(
  condition: boolean,
  setting: string,
  message: string,
  more: Pick<Fault, 'severity' | 'saidByRoom'> = {},
): readonly Fault[] {
  return condition ? [{ setting, message, ...more }] : []
}

/** What of several works would refuse the start: each is tried, so that the first does not hide the others. */
export function refusals(...works: readonly (() => unknown)[]): readonly Fault[] {
  return works.flatMap((work) => {
    try {
      work()
      return []
    } catch (error) {
      return [asFault(error)]
    }
  })
}

/** @throws what is no refusal. */
export function asFault(error: unknown): Fault {
  if (!(error instanceof StartRefusal) || error.setting === undefined) throw error
  return { setting: error.setting, message: error.message.slice(error.setting.length + 1) }
}

/** Why a place that a setting names cannot be read as what it has to be; `undefined` when it can, and for places on the web. */
export function unreadable(location: string, kind: 'file' | 'directory', { configurationDirectory }: RuleWorld): string | undefined {
  const resource = resourceAt(location.trim(), configurationDirectory)
  if (resource.kind === 'web') return undefined
  const found = lookAt(resource.path)
  if (typeof found === 'string') return `names a place that ${found}`
  if (!found) return `names ${resource.path}, which does not exist`
  if (kind === 'file' && found.isDirectory()) return `names ${resource.path}, which is a directory`
  if (kind === 'directory' && !found.isDirectory()) return `names ${resource.path}, which is no directory`
  try {
    accessSync(resource.path, constants.R_OK)
    return undefined
  } catch {
    return `names ${resource.path}, which this user may not read`
  }
}

/** A file that is looked for again and again, so that the server starts without it and says so: what is the case until it is there. */
export function awaitedFile(setting: string, location: string | undefined, world: RuleWorld, until: string): readonly Fault[] {
  if (location === undefined || isBlank(location)) return []
  const why = unreadable(location, 'file', world)
  return why === undefined ? [] : [{ setting, message: `${why}; until it can be read, ${until}`, severity: 'warn', saidByRoom: true }]
}
