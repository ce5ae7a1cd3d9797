import { StartRefusal } from '../base/start-refusal.ts'
import type { Call } from './route.ts'

/** What `SameSite` says; `Off` leaves the attribute out. */
export type SameSite = 'None' | 'Lax' | 'Strict' | 'Off'

/** A cookie apart from its value. */
export interface CookieShape {
  readonly name: string
  /** `/cas/`; see `cookiePath`. */
  readonly path: string
  /** Empty: this host only. */
  readonly domain?: string
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: SameSite
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const ATTRIBUTE = /^[\x20-\x3a\x3c-\x7e]*$/
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/

/** Longest value that is read from a request, in characters; browsers keep no longer ones. */
export const LONGEST_COOKIE_VALUE = 4096

/**
 * The header of one cookie in the order of CAS 7.3: `TGC=…; Max-Age=1209600; Domain=…; Path=/cas/; SameSite=None; Secure; HttpOnly`
 * (cas-protocol.md 8.2).
 *
 * @param maxAgeInSeconds Life in the browser; negative, infinite or absent: until the browser is closed.
 * @throws {TypeError} A name, value or attribute that no cookie may have. Values are ours (base64url, a word, a locale), never a stranger's text.
 */
export function serializeCookie(cookie: CookieShape, value: string, maxAgeInSeconds = -1): string {
  check(cookie, value)
  let header = `${cookie.name}=${value}`
  if (maxAgeInSeconds >= 0 && Number.isFinite(maxAgeInSeconds)) header += `; Max-Age=${Math.trunc(maxAgeInSeconds)}`
  if (cookie.domain) header += `; Domain=${cookie.domain}`
  header += `; Path=${cookie.path}`
  if (cookie.sameSite !== 'Off') header += `; SameSite=${cookie.sameSite}`
  return header + flags(cookie)
}

/** The header that removes a cookie: `TGC=; Path=/cas/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly` (cas-protocol.md 8.2). */
export function serializeRemoval(cookie: CookieShape): string {
  check(cookie, '')
  const domain = cookie.domain ? `; Domain=${cookie.domain}` : ''
  return `${cookie.name}=; Path=${cookie.path}${domain}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT${flags(cookie)}`
}

/** Sets a cookie with the answer to this call, whatever that answer will be and however the handler builds it. */
export function setCookie(call: Call, cookie: CookieShape, value: string, maxAgeInSeconds?: number): void {
  send(call, serializeCookie(cookie, value, maxAgeInSeconds))
}

/** Removes a cookie with the answer to this call. */
export function removeCookie(call: Call, cookie: CookieShape): void {
  send(call, serializeRemoval(cookie))
}

/** The value of a cookie of this call; `undefined` when it is not there, empty, or longer than any browser keeps. */
export function readCookie(call: Call, name: string): string | undefined {
  const header = call.env?.incoming?.headers.cookie ?? call.req.header('cookie')
  return header === undefined ? undefined : cookieIn(header, name)
}

/** How many cookies of one name are looked at. */
const MOST_OF_A_NAME = 4

/** All values of a name, as `readCookie` finds the first: another host of the domain, or an older server, may have set a cookie of the same name. */
export function readCookies(call: Call, name: string): readonly string[] {
  const header = call.env?.incoming?.headers.cookie ?? call.req.header('cookie')
  if (header === undefined) return []
  const values: string[] = []
  for (const pair of header.split(';')) {
    const value = cookieIn(pair, name)
    if (value !== undefined && values.push(value) === MOST_OF_A_NAME) break
  }
  return values
}

/**
 * The first value of a name in a `Cookie` header (browsers send the most specific path first), without a pair of quotes around it. Nothing is decoded.
 * Works through the header once and allocates nothing but the result.
 */
export function cookieIn(header: string, name: string): string | undefined {
  let from = 0
  while (from < header.length) {
    let end = header.indexOf(';', from)
    if (end === -1) end = header.length
    while (header.charCodeAt(from) === 0x20) from++
    if (header.startsWith(name, from) && header.charCodeAt(from + name.length) === 0x3d) {
      let start = from + name.length + 1
      let stop = end
      while (stop > start && header.charCodeAt(stop - 1) === 0x20) stop--
      if (stop - start >= 2 && header.charCodeAt(start) === 0x22 && header.charCodeAt(stop - 1) === 0x22) {
        start++
        stop--
      }
      if (stop > start && stop - start <= LONGEST_COOKIE_VALUE) return header.slice(start, stop)
    }
    from = end + 1
  }
  return undefined
}

/**
 * Which `SameSite` a configured policy means (cas-protocol.md 8.1): `Lax`, `Strict`, `Off` in any case are themselves, empty takes the fallback, and
 * every other word means `None`, as in CAS.
 *
 * @param fallback `castellan.cookies.same-site-default`. A fallback of `None` becomes `Lax` for a cookie without `Secure`: browsers refuse that pair.
 */
export function sameSite(policy: string, secure: boolean, fallback: SameSite = 'None'): SameSite {
  switch (policy.trim().toLowerCase()) {
    case '':
      return fallback === 'None' && !secure ? 'Lax' : fallback
    case 'lax':
      return 'Lax'
    case 'strict':
      return 'Strict'
    case 'off':
      return 'Off'
    default:
      return 'None'
  }
}

/** The path of a cookie that follows the context path: `/cas/` for `/cas`, `/` at the root (`auto-configure-cookie-path`). A configured path wins. */
export function cookiePath(configured: string, contextPath: string): string {
  return configured.trim() || `${contextPath}/`
}

function flags(cookie: CookieShape): string {
  return (cookie.secure ? '; Secure' : '') + (cookie.httpOnly ? '; HttpOnly' : '')
}

/**
 * The cookie itself, once it is certain that it can be sent.
 *
 * @param block Of its settings, e.g. `cas.tgc`. @throws {StartRefusal} naming the setting that has a character which no cookie can have.
 */
export function sendableCookie(cookie: CookieShape, block: string): CookieShape {
  const refuse = (member: string) => new StartRefusal('has a character that no cookie can have', { setting: `${block}.${member}` })
  if (!TOKEN.test(cookie.name)) throw refuse('name')
  if (!ATTRIBUTE.test(cookie.path)) throw refuse('path')
  if (!ATTRIBUTE.test(cookie.domain ?? '')) throw refuse('domain')
  return cookie
}

function check(cookie: CookieShape, value: string): void {
  if (!TOKEN.test(cookie.name)) throw new TypeError('the name of a cookie has a character that is not allowed')
  if (!VALUE.test(value)) throw new TypeError(`the value for the cookie ${cookie.name} has a character that is not allowed`)
  if (!ATTRIBUTE.test(cookie.path) || !ATTRIBUTE.test(cookie.domain ?? '')) {
    throw new TypeError(`path or domain of the cookie ${cookie.name} has a character that is not allowed`)
  }
}

/**
 * Hono forgets headers that were set before a handler returns a `Response` of its own making, so inside the app cookies wait in `cookies` until the
 * answer is there (app.ts).
 */
function send(call: Call, header: string): void {
  const waiting = call.get('cookies')
  if (waiting) waiting.push(header)
  else call.header('Set-Cookie', header, { append: true })
}
