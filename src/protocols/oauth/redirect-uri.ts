import type { RegisteredService, Services } from '../../services/index.ts'

const LONGEST = 2048
/** Schemes that run or disguise something when a browser follows them. */
const HARMFUL = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'filesystem:', 'view-source:', 'about:'])
/** Parameters of the answer itself; one that is there already would be read in its place. CAS knows the first three. */
const OWN = ['code', 'state', 'response', 'iss', 'error', 'access_token', 'id_token']
/** Segments that a browser resolves before it follows: what a pattern takes for a path below `/oauth/` leads elsewhere. */
const DOTS = /\/(?:\.|%2e){1,2}(?:\/|$)/i
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': ':443', 'http:': ':80' }

export interface RedirectRules {
  readonly acceptsRedirect: Services['acceptsRedirect']
  /** `castellan.oauth.loopback-any-port`. */
  readonly loopbackAnyPort: boolean
}

/**
 * Whether answers may be sent to an address (oauth.md 3.3): an address that a browser and this server read alike, and that the definition accepts.
 *
 * @returns why not, for the log only: the page must not say how near a guess came.
 */
export function redirectProblem(
  uri: string,
  service: RegisteredService,
  { acceptsRedirect, loopbackAnyPort }: RedirectRules,
): string | undefined {
  if (uri.length > LONGEST) return 'it is too long'
  if (/[\u0000-\u0020\u007f\\<>"`]/.test(uri)) return 'it has characters that no address has'
  if (uri.includes('#')) return 'it has a fragment'
  const url = URL.parse(uri)
  if (!url) return 'it is no absolute address'
  if (HARMFUL.has(url.protocol)) return 'its scheme is not allowed'
  if (url.username !== '' || url.password !== '') return 'it names a user'
  if (!saysItsHost(uri, url)) return 'its host can be read in two ways'
  if (DOTS.test(uri.split('?', 1)[0] ?? '')) return 'its path can be read in two ways'
  if (OWN.some((name) => url.searchParams.has(name))) return 'its query has a parameter of the answer'
  if (acceptsRedirect(service, uri)) return undefined
  const anyPort = loopbackAnyPort ? withoutLoopbackPort(uri, url) : undefined
  return anyPort !== undefined && acceptsRedirect(service, anyPort) ? undefined : 'the definition does not accept it'
}

/** What stands between `//` and the next slash is what the browser will connect to. */
function saysItsHost(uri: string, url: URL): boolean {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?]*)/i.exec(uri)?.[1]
  if (authority === undefined) return url.host === '' || !(url.protocol in DEFAULT_PORTS)
  if (authority.includes('@')) return false
  const written = authority.toLowerCase()
  return written === url.host.toLowerCase() || written === `${url.host.toLowerCase()}${DEFAULT_PORTS[url.protocol] ?? ''}`
}

/** Native applications listen on whatever port is free (RFC 8252 section 7.3). */
function withoutLoopbackPort(uri: string, url: URL): string | undefined {
  const isLoopback = url.protocol === 'http:' && (url.hostname === '127.0.0.1' || url.hostname === '[::1]')
  return isLoopback && url.port !== '' ? uri.replace(`${url.hostname}:${url.port}`, url.hostname) : undefined
}
