/** Who sent a request, after the rules about trusted proxies (configuration.md 10.1). */
export interface Client {
  /** IPv4 or IPv6 address in its usual text form, without port or zone. */
  readonly address: string
  /** The `User-Agent` header, `''` when there is none. */
  readonly userAgent: string
  /** Address of this server that took the connection. */
  readonly serverAddress: string
  /** Whether the browser spoke https, to this server or to a trusted proxy before it. */
  readonly secure: boolean
}
