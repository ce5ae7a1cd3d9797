/** Where a value stood, in the words an administrator looks it up by. */
export interface Origin {
  /** Name of the source as the `env` endpoint shows it: `commandLineArgs`, `systemEnvironment`, the path of a file … */
  readonly source: string
  /** What stands in messages instead of `source`, where there is no file: `environment variable CAS_SERVER_NAME`. */
  readonly label?: string
  readonly file?: string
  /** Counted from 1; of the key. */
  readonly line?: number
  /** Counted from 1; line and column of the value. */
  readonly valueLine?: number
  readonly column?: number
}

/** `FILE:LINE`, or the name of the source: where the key stands. */
export function placeOfKey(origin: Origin): string {
  if (origin.file === undefined) return origin.label ?? origin.source
  return origin.line === undefined ? inLine(origin.file) : `${inLine(origin.file)}:${origin.line}`
}

/** Names of files are chosen by who may put files there; a message is one line. */
function inLine(file: string): string {
  const plain = file.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
  return plain.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME)}…` : plain
}
const LONGEST_NAME = 300

/** `FILE:LINE:COLUMN`, or the name of the source: where the value stands. */
export function placeOfValue(origin: Origin): string {
  if (origin.file === undefined || origin.column === undefined) return placeOfKey(origin)
  return `${inLine(origin.file)}:${origin.valueLine ?? origin.line}:${origin.column}`
}
