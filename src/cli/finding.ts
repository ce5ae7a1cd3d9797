/** One thing to say about a configuration, be it about a setting, a key or a service definition. */
export interface Finding {
  readonly severity: 'error' | 'warn' | 'info'
  readonly kind: string
  /** A whole line, key and place included; never holds a secret. */
  readonly message: string
  readonly key?: string | undefined
  readonly suggestion?: string | undefined
  /** Whether a start ends over it. */
  readonly fatal?: boolean | undefined
  /** What a setting without effect is about. */
  readonly area?: string | undefined
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly column?: number | undefined
}
