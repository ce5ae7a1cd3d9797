import type { Fault } from '../base/setting-rules.ts'
import { type Origin, placeOfKey, placeOfValue } from './origin.ts'

/**
 * What is wrong, in words for machines:
 * `unknown` nobody knows this key; `no-effect` CAS knows it, this server does not use it; `unused` the same of a key outside `cas.*`;
 * `renamed` an old name was used; `type` the value cannot be what it must be; `duplicate` written twice; `file` cannot be read;
 * `placeholder` something in `${…}` cannot be resolved; `command-line` an argument that is no setting; `rule` settings that do not go together, or a place that
 * does not exist; `hint` everything else that is worth a line.
 */
export type ProblemKind =
  | 'unknown'
  | 'no-effect'
  | 'unused'
  | 'renamed'
  | 'type'
  | 'duplicate'
  | 'file'
  | 'placeholder'
  | 'command-line'
  | 'rule'
  | 'hint'

/** One thing the administrator should know about the configuration (configuration.md 7.2). */
export interface Problem {
  readonly severity: 'error' | 'warn' | 'info'
  readonly kind: ProblemKind
  /** Whether the start ends here (exit code 78). */
  readonly fatal: boolean
  /** The key concerned, kebab-case where the schema knows it, as written otherwise. */
  readonly key?: string
  readonly origin?: Origin
  /** A whole line, key and place included; never holds the value of a secret. */
  readonly message: string
  /** The name that was probably meant. */
  readonly suggestion?: string
  /** What a setting without effect is about. */
  readonly area?: string
  /** A start hears it from the room concerned. */
  readonly saidByRoom?: boolean
}

const QUOTED_LENGTH = 60

/** A value for use inside a message: one line, of bounded length. */
export function quote(value: string): string {
  const short = value.length > QUOTED_LENGTH ? `${value.slice(0, QUOTED_LENGTH)}…` : value
  return JSON.stringify(short)
}

/** A key as it may stand in a line of text: a file decides what is in it. */
export function readable(key: string): string {
  const plain = key.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain
}

/** `KEY (FILE:LINE:COLUMN) must be …`: the value is wrong, the start ends. */
export function wrongValue(key: string, origin: Origin, what: string): Problem {
  return { severity: 'error', kind: 'type', fatal: true, key, origin, message: `${key} (${placeOfValue(origin)}) ${what}` }
}

/** A file that is there but cannot be used; the start ends. */
export function unusableFile(file: string, what: string, line?: number, column?: number): Problem {
  const origin: Origin = {
    source: file,
    file,
    ...(line === undefined ? {} : { line, valueLine: line }),
    ...(column === undefined ? {} : { column }),
  }
  return { severity: 'error', kind: 'file', fatal: true, origin, message: `${placeOfValue(origin)} ${what}` }
}

/** A value without a name, which nobody can have meant. */
export function namelessValue(file: string, line: number | undefined): Problem {
  const origin: Origin = { source: file, file, ...(line === undefined ? {} : { line, valueLine: line }) }
  return {
    severity: 'warn',
    kind: 'file',
    fatal: false,
    origin,
    message: `${placeOfKey(origin)} has a value without a name; it sets nothing`,
  }
}

/** Something that does not stop the start. */
export function warning(kind: ProblemKind, key: string, origin: Origin, what: string): Problem {
  return { severity: 'warn', kind, fatal: false, key, origin, message: `${key} (${placeOfKey(origin)}) ${what}` }
}

/**
 * What a rule says of settings.
 *
 * @param origin Where the setting stands; absent when its default holds, or nobody has set what is missing.
 */
export function ruleProblem({ setting, message, severity, saidByRoom }: Fault, origin: Origin | undefined): Problem {
  const place = origin === undefined ? '' : ` (${placeOfValue(origin)})`
  return {
    ...{ severity: severity ?? 'error', kind: 'rule', fatal: severity === undefined, key: setting },
    ...(origin === undefined ? {} : { origin }),
    ...(saidByRoom ? { saidByRoom } : {}),
    message: `${setting}${place} ${message}`,
  }
}

/**
 * The same without what only follows from a placeholder that nobody has set: that line says what to do, and where the value cannot do without, it ends the
 * start.
 */
export function withoutConsequences(problems: readonly Problem[]): readonly Problem[] {
  const unset = new Set(problems.filter(({ kind }) => kind === 'placeholder').map(({ key }) => key))
  const follows = ({ kind, fatal, key }: Problem) => fatal && (kind === 'type' || kind === 'rule') && unset.has(key)
  const needed = new Set(problems.filter(follows).map(({ key }) => key))
  if (needed.size === 0) return problems
  return problems
    .filter((one) => !follows(one))
    .map((one) => (one.kind === 'placeholder' && needed.has(one.key) ? { ...one, severity: 'error', fatal: true } : one))
}
