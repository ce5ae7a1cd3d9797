import { validateHeaderName, validateHeaderValue } from 'node:http'
import { StartRefusal } from '../base/start-refusal.ts'
import type { HttpConfig } from './config.ts'
import type { Call } from './route.ts'

/** Headers of an answer by their usual names. */
export type AnswerHeaders = Record<string, string>

/** What `http-web-request.header.content-security-policy` writes where the nonce of the answer belongs. */
const NONCE = '@nonce@'

/**
 * Our policy when none is configured, stricter than CAS's on purpose (login-flow.md 15.3). Without `form-action`: Chromium applies it to the redirect
 * that follows a form post, and the login ends in one to an application.
 */
const STRICT_POLICY = [
  "default-src 'none'",
  `script-src 'self' 'nonce-${NONCE}'`,
  `style-src 'self' 'nonce-${NONCE}'`,
  "img-src 'self' https: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
]

const HSTS = 'Strict-Transport-Security'
const CSP = 'Content-Security-Policy'
const FRAME = 'X-Frame-Options'

const NO_STORE: AnswerHeaders = {
  'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate',
  Pragma: 'no-cache',
  Expires: '0',
}

export interface HeaderPolicy {
  /** What an answer carries unless its handler says otherwise; a fresh object each time. */
  headersFor(facts: { readonly secure: boolean; readonly nonce: string; readonly path: string }): AnswerHeaders
  /** Whether a policy is configured, which then wins over those of pages. */
  readonly configuredPolicy: boolean
  /** What forbids to keep an answer; nothing where the settings want none of it. */
  readonly noStore: AnswerHeaders
}

/**
 * The headers of `cas.http-web-request.header.*` (login-flow.md 15.3), put together once.
 *
 * @throws {StartRefusal} One of them cannot be sent: each answer would fail.
 */
export function headerPolicy(settings: HttpConfig): HeaderPolicy {
  const { header, customHeaders } = settings.cas.httpWebRequest
  checkSendable(settings.cas.httpWebRequest)
  const fixed: AnswerHeaders = {}
  if (header.enabled) {
    if (header.xcontent) fixed['X-Content-Type-Options'] = 'nosniff'
    if (header.xframe) fixed[FRAME] = header.xframeOptions
    if (header.xss) fixed['X-XSS-Protection'] = header.xssOptions
    fixed['Referrer-Policy'] = 'no-referrer'
    fixed['Permissions-Policy'] = 'camera=(), microphone=(), payment=(), usb=()'
    fixed['Cross-Origin-Opener-Policy'] = 'same-origin'
  }
  Object.assign(fixed, customHeaders)
  const kept: AnswerHeaders = { ...fixed }
  const volatile: AnswerHeaders = header.enabled && header.cache ? { ...NO_STORE, ...fixed } : kept
  const hsts = header.enabled && header.hsts ? header.hstsOptions : undefined
  const configured = header.contentSecurityPolicy
  const ancestors = header.xframe ? frameAncestors(header.xframeOptions) : undefined
  const policy = header.enabled ? (configured ?? [...STRICT_POLICY, ...(ancestors ? [ancestors] : [])].join('; ')) : undefined
  const pieces = policy?.split(NONCE)
  const isStatic = staticFiles(header.cacheControlStaticResources)

  return {
    noStore: header.enabled && header.cache ? NO_STORE : {},
    configuredPolicy: header.enabled && configured !== undefined,
    headersFor({ secure, nonce, path }) {
      const headers: AnswerHeaders = { ...(isStatic(path) ? kept : volatile) }
      if (secure && hsts !== undefined) headers[HSTS] = hsts
      if (pieces) headers[CSP] = pieces.length === 1 ? (pieces[0] ?? '') : pieces.join(nonce)
      return headers
    },
  }
}

/**
 * Changes the headers of this answer as the definition of an application wants (login-flow.md 15.3, services.md 5.6: `httpHeader…`).
 *
 * @param property The first value of a property of the definition, as text.
 */
export function applyServiceHeaders(call: Call, property: (name: string) => string | undefined): void {
  const headers = call.get('headers')
  const off = (name: string) => property(name)?.trim().toLowerCase() === 'false'
  if (off('httpHeaderEnableCacheControl')) for (const name of Object.keys(NO_STORE)) delete headers[name]
  if (off('httpHeaderEnableXContentOptions')) delete headers['X-Content-Type-Options']
  if (off('httpHeaderEnableXSSProtection')) delete headers['X-XSS-Protection']
  if (off('httpHeaderEnableContentSecurityPolicy')) delete headers[CSP]
  const transport = property('httpHeaderStrictTransportSecurity')
  if (off('httpHeaderEnableStrictTransportSecurity')) delete headers[HSTS]
  else if (transport && call.get('client').secure && sendable(transport)) headers[HSTS] = transport
  const frame = property('httpHeaderXFrameOptions')
  if (off('httpHeaderEnableXFrameOptions')) setFrames(headers, undefined)
  else if (frame && sendable(frame)) setFrames(headers, frame)
}

/** The two headers that say who may frame a page agree with each other; browsers look at the policy first. */
function setFrames(headers: AnswerHeaders, options: string | undefined): void {
  if (options === undefined) delete headers[FRAME]
  else headers[FRAME] = options
  const policy = headers[CSP]
  if (policy === undefined) return
  const others = policy.split(/;\s*/).filter((directive) => directive !== '' && !directive.startsWith('frame-ancestors'))
  const ancestors = options === undefined ? undefined : frameAncestors(options)
  headers[CSP] = [...others, ...(ancestors ? [ancestors] : [])].join('; ')
}

/** `DENY`, `SAMEORIGIN`, `ALLOW-FROM https://…` in the words of the policy. */
function frameAncestors(options: string): string | undefined {
  const word = options.trim().toUpperCase()
  if (word === 'DENY') return "frame-ancestors 'none'"
  if (word === 'SAMEORIGIN') return "frame-ancestors 'self'"
  const from = /^ALLOW-FROM\s+(https?:\/\/[^\s;,]+)$/i.exec(options.trim())
  return from ? `frame-ancestors 'self' ${from[1]}` : undefined
}

function checkSendable({ header, customHeaders }: HttpConfig['cas']['httpWebRequest']): void {
  const own: readonly (readonly [setting: string, value: string | undefined])[] = [
    ['hsts-options', header.hstsOptions],
    ['xframe-options', header.xframeOptions],
    ['xss-options', header.xssOptions],
    ['content-security-policy', header.contentSecurityPolicy],
  ]
  const rows = [
    ...own.map(([name, value]) => ({ setting: `header.${name}`, name: 'X', value: value ?? '' })),
    ...Object.entries(customHeaders).map(([name, value]) => ({ setting: `custom-headers.${name}`, name, value })),
  ]
  for (const { setting, name, value } of rows) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch (cause) {
      throw new StartRefusal('has a character that no header can have', { setting: `cas.http-web-request.${setting}`, cause })
    }
  }
}

const sendable = (value: string) => /^[\x20-\x7e]*$/.test(value)

function staticFiles(extensions: string): (path: string) => boolean {
  const known = new Set(
    extensions
      .split('|')
      .map((one) => one.trim().toLowerCase())
      .filter((one) => one !== ''),
  )
  return (path) => {
    const dot = path.lastIndexOf('.')
    return dot > path.lastIndexOf('/') && known.has(path.slice(dot + 1).toLowerCase())
  }
}
