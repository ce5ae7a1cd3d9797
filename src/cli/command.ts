/** What a verb may look at of the process; tests give their own. */
export interface Shell {
  /** Words of the command line without the program: settings, verb, options. */
  readonly argv: readonly string[]
  readonly process: ProcessParts
}

/** The part of Node's `process` that verbs use. */
export interface ProcessParts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: { readonly isTTY?: boolean; readonly fd?: number; write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  cwd(): string
  on(event: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: () => void): unknown
  off(event: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: () => void): unknown
  exit(code: number): never
}

export interface CommandResult {
  readonly exitCode: number
}

/** Exit codes of all verbs (configuration.md 18); those of `sysexits.h`. */
export const EXIT = {
  good: 0,
  /** A check found mistakes. */
  mistakes: 1,
  /** Wrong words on the command line. */
  usage: 64,
  /** A port or a store is not available. */
  unavailable: 69,
  internal: 70,
  configuration: 78,
  /** The second signal. */
  interrupted: 130,
} as const
