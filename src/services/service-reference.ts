/** The URL of an application as a request names it (cas-protocol.md 3). */
export interface ServiceReference {
  /** Without a `;jsessionid…` at the end of its path: what is matched, stored and compared. */
  readonly id: string
  /** As it came: where the browser is sent back to. */
  readonly originalUrl: string
}

const MAX_LENGTH = 8192

/**
 * Reads a `service` parameter, decoded once.
 *
 * @returns `undefined` for blank (no service); `'unusable'` for what no browser may be sent to: control characters, more than 8,192 characters,
 * `javascript:`, `data:`, `vbscript:`, `file:`.
 */
export function serviceReference(parameter: string | undefined): ServiceReference | 'unusable' | undefined {
  if (parameter === undefined || parameter.trim() === '') return undefined
  if (parameter.length > MAX_LENGTH || /[\u0000-\u001f\u007f]/.test(parameter)) return 'unusable'
  if (/^\s*(javascript|data|vbscript|file)\s*:/i.test(parameter)) return 'unusable'
  return { id: withoutSessionId(parameter), originalUrl: parameter }
}

/** An absolute URL up to somewhere in its path. */
const IN_PATH = /^[a-z][a-z0-9+.-]*:\/\/[^/\\?#]*\/[^?#]*$/i

/**
 * Cuts `;jsession…` off the end of the path. Whatever is cut, the registry does not see but the browser does: anywhere else it could name another host
 * (`https://app.example.org;jsessionid=x@evil.net/`) or another path (`;jsessionid=1/../other`), so there it stays.
 */
function withoutSessionId(url: string): string {
  const start = url.search(/;jsession/i)
  if (start < 0) return url
  const cut = /^[^?#]*/.exec(url.slice(start))?.[0] ?? ''
  if (/[/\\]/.test(cut) || !IN_PATH.test(url.slice(0, start))) return url
  const query = url.indexOf('?', start)
  return url.slice(0, start) + (query < 0 ? '' : url.slice(query))
}

/**
 * Whether a ticket issued for one service may be validated with the other: percent-decoded once as a form does, the fragment cut, case ignored.
 *
 * @param strict Compares path and query exactly (`castellan.validation.strict-service-comparison`).
 */
export function sameService(issued: string, presented: string, strict = false): boolean {
  const [one, other] = [comparable(issued), comparable(presented)]
  if (one === undefined || other === undefined) return false
  if (!strict) return one.toLowerCase() === other.toLowerCase()
  const originOf = (url: string) => /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(url)?.[0] ?? ''
  return (
    originOf(one).toLowerCase() === originOf(other).toLowerCase() && one.slice(originOf(one).length) === other.slice(originOf(other).length)
  )
}

function comparable(id: string): string | undefined {
  try {
    const decoded = decodeURIComponent(id.replaceAll('+', ' '))
    const fragment = decoded.indexOf('#')
    return fragment >= 0 && fragment < decoded.length - 1 ? decoded.slice(0, fragment) : decoded
  } catch {
    return undefined
  }
}
