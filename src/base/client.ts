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
  /**
   * Any header of the request, several of one name joined. A method rather than a map, so that it costs nothing until asked; absent where the caller
   * is not a request. What a client says about itself proves nothing.
   */
  header?(lowerCaseName: string): string | undefined
}
