import type { Problem } from '../problem.ts'
import { type Entry, entry, type Source } from '../source.ts'

/** The command line taken apart: what is a setting, and what is left for the verbs. */
export interface CommandLine {
  /** `--key=value`; highest of all sources. */
  readonly options: readonly Entry[]
  /** `-Dkey=value`. */
  readonly properties: readonly Entry[]
  /** Verb, its arguments and its options, in order. */
  readonly rest: readonly string[]
  readonly problems: readonly Problem[]
}

/** Short forms of settings that have no dot in their name. */
const SHORT_FORMS: Readonly<Record<string, string>> = {
  '--config-dir': 'cas.standalone.configuration-directory',
  '--strict': 'castellan.config.strict',
}
const WITH_VALUE = new Set(['--config-dir'])

/**
 * Reads settings from any position of the command line, before or after the verb (CF4). `--key` alone means `true`.
 * A name with a dot is a setting; one without is an option of a verb.
 *
 * @param argv Without the program itself.
 */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const options: Entry[] = []
  const properties: Entry[] = []
  const rest: string[] = []
  const problems: Problem[] = []
  const add = (list: Entry[], key: string, value: string, source: string) => {
    const one = entry(key, value, { source, label: 'command line' })
    if (one) list.push(one)
  }
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? ''
    if (argument === '--') {
      rest.push(...argv.slice(at + 1))
      break
    }
    const [name, value] = splitOnce(argument)
    const short = SHORT_FORMS[name]
    if (short) {
      const next = argv[at + 1]
      if (value === undefined && WITH_VALUE.has(name)) {
        if (next === undefined || next.startsWith('-')) {
          problems.push(badArgument(`${name} needs a value: ${name} DIRECTORY`))
          continue
        }
        add(options, short, next, 'commandLineArgs')
        at += 1
      } else add(options, short, value ?? 'true', 'commandLineArgs')
    } else if (argument.startsWith('-D') && argument.length > 2) {
      add(properties, name.slice(2), value ?? '', 'systemProperties')
    } else if (name.startsWith('--') && name.includes('.')) {
      const next = argv[at + 1]
      if (value === undefined && next !== undefined && !next.startsWith('-') && !isVerb(next)) {
        problems.push(badArgument(`${name} is followed by a blank: write ${name}=VALUE`))
        at += 1
      } else add(options, name.slice(2), value ?? 'true', 'commandLineArgs')
    } else rest.push(argument)
  }
  return { options, properties, rest, problems }
}

const VERBS = new Set(
  'run check config interrupt services notifications users authn audit tickets import-overlay gen-key gen-keystore hash-password healthcheck version help'.split(
    ' ',
  ),
)
const isVerb = (word: string) => VERBS.has(word)

function splitOnce(argument: string): readonly [string, string | undefined] {
  const at = argument.indexOf('=')
  return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)]
}

function badArgument(message: string): Problem {
  return { severity: 'error', kind: 'command-line', fatal: true, message, origin: { source: 'commandLineArgs', label: 'command line' } }
}

export function commandLineSource(line: CommandLine): Source {
  return { name: 'commandLineArgs', kind: 'command-line', entries: line.options }
}
