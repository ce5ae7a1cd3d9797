import { HttpRefusal } from '../base/errors.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import { compilePattern } from './pattern.ts'
import type { Call } from './route.ts'

const PLAIN_METHODS = ['GET', 'HEAD', 'POST']

/** Who may call from pages of other origins, as `cas.http-web-request.cors` says it. */
export interface CrossOriginRules {
  readonly enabled: boolean
  readonly allowCredentials: boolean
  readonly allowOrigins: readonly string[]
  readonly allowOriginPatterns: readonly string[]
  readonly allowMethods: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposedHeaders: readonly string[]
  /** Seconds. */
  readonly maxAge: number
}

/** The settings that a refusal names. */
export interface CrossOriginNames {
  readonly origins: string
  readonly patterns: string
}

const CORS = 'cas.http-web-request.cors'

/** Those of the whole server. */
export const SERVER_CORS: CrossOriginNames = { origins: `${CORS}.allow-origins`, patterns: `${CORS}.allow-origin-patterns` }

/**
 * Lets scripts of named origins call the server (login-flow.md 15.4). Hono's own part cannot refuse a preflight of a foreign origin with 403.
 *
 * @returns `undefined` while CORS is off; else a function that adds the headers to an answer, and itself answers a preflight.
 * @throws {StartRefusal} `*` together with credentials.
 */
export function crossOrigin(rules: CrossOriginRules, names: CrossOriginNames): ((call: Call) => Response | undefined) | undefined {
  if (!rules.enabled) return undefined
  const everybody = rules.allowOrigins.includes('*')
  if (everybody && rules.allowCredentials) {
    throw new StartRefusal(`must not be * while allow-credentials is true: name the origins, or use ${names.patterns}`, {
      setting: names.origins,
    })
  }
  const origins = new Set(rules.allowOrigins.map((origin) => origin.replace(/\/+$/, '').toLowerCase()))
  const patterns = rules.allowOriginPatterns.map((pattern) => compilePattern(names.patterns, pattern === '*' ? '.*' : pattern, 'full'))
  const isAllowed = (origin: string) =>
    origin.length < 512 && (everybody || origins.has(origin.toLowerCase()) || patterns.some((matches) => matches(origin)))
  const methods = new Set(rules.allowMethods.length === 0 ? PLAIN_METHODS : rules.allowMethods.map((method) => method.toUpperCase()))
  const anyHeader = rules.allowHeaders.includes('*')
  const allowedHeaders = new Set(rules.allowHeaders.map((name) => name.toLowerCase()))

  return (call) => {
    const headers = call.get('headers')
    headers['Vary'] = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'
    const origin = call.req.header('origin')
    if (origin === undefined) return undefined
    const wanted = call.req.method === 'OPTIONS' ? call.req.header('access-control-request-method') : undefined
    if (!isAllowed(origin)) {
      // A plain request of a foreign origin is answered without the headers, so that its script cannot read the answer.
      if (wanted === undefined) return undefined
      throw refused('origin')
    }
    headers['Access-Control-Allow-Origin'] = everybody ? '*' : origin
    if (rules.allowCredentials) headers['Access-Control-Allow-Credentials'] = 'true'
    if (wanted === undefined) {
      if (rules.exposedHeaders.length > 0) headers['Access-Control-Expose-Headers'] = rules.exposedHeaders.join(', ')
      return undefined
    }
    if (!methods.has('*') && !methods.has(wanted.toUpperCase())) throw refused('method')
    const wantedHeaders = (call.req.header('access-control-request-headers') ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name))
    if (!anyHeader && wantedHeaders.some((name) => !allowedHeaders.has(name))) throw refused('header')
    headers['Access-Control-Allow-Methods'] = methods.has('*') ? wanted.toUpperCase() : [...methods].join(', ')
    if (wantedHeaders.length > 0) headers['Access-Control-Allow-Headers'] = wantedHeaders.join(', ')
    headers['Access-Control-Max-Age'] = String(rules.maxAge)
    return new Response(null, { status: 200 })
  }
}

function refused(what: string): HttpRefusal {
  return new HttpRefusal(403, 'cross_origin_refused', 'this origin may not do that', { detail: what })
}
