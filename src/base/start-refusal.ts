/**
 * The server cannot start as it is configured, or with what it finds on this machine. The message is one line for the operator: the setting, what is wrong
 * with it, what to do; never a secret.
 */
export class StartRefusal extends Error {
  /** 78: configuration; 69: a port or a store is not available (configuration.md 18). */
  readonly exitCode: 69 | 78
  /** The setting concerned, in its canonical spelling. */
  readonly setting: string | undefined

  constructor(message: string, options: { readonly setting?: string; readonly exitCode?: 69 | 78; readonly cause?: unknown } = {}) {
    super(
      options.setting === undefined ? message : `${options.setting} ${message}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.name = 'StartRefusal'
    this.exitCode = options.exitCode ?? 78
    this.setting = options.setting
  }
}
