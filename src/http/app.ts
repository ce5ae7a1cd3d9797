import { randomBytes, randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { Hono } from 'hono'
import { HttpRefusal } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { maskTicketIds } from '../base/mask.ts'
import { type Metrics, noMetrics } from '../base/metrics.ts'
import { accessLog, type RequestSink, requestLog } from './access-log.ts'
import { bodyBudget, readBody } from './body.ts'
import { CarryingResponse } from './carrying-response.ts'
import { clientFinder, type Peer, plainPeer } from './client-address.ts'
import { compression } from './compression.ts'
import { contextPath as contextPathOf, type HttpConfig } from './config.ts'
import { type CrossOriginNames, type CrossOriginRules, crossOrigin, SERVER_CORS } from './cors.ts'
import { headerPolicy } from './headers.ts'
import { RequestParameters } from './parameters.ts'
import { compilePattern } from './pattern.ts'
import { requestFilter } from './request-filter.ts'
import { requestMetrics } from './request-metrics.ts'
import type { Call, Env, Route } from './route.ts'
import { type ErrorPage, errorTranslation, type Translator } from './translate.ts'

export interface HttpParts {
  readonly settings: HttpConfig
  readonly log: Log
  readonly routes: readonly Route[]
  /** The page for people; programs that accept JSON get JSON without it. */
  readonly errorPage: ErrorPage
  /** Those of the protocols; the longest prefix is asked first. */
  readonly translators?: readonly Translator[]
  readonly metrics?: Metrics
  /** Who is told of each request besides the log. */
  readonly requestSinks?: readonly RequestSink[]
  /** Rules of their own for the paths below a prefix (without context path), in place of those of the whole server. */
  readonly crossOriginBelow?: CrossOriginBelow | undefined
}

export interface CrossOriginBelow {
  readonly prefix: string
  readonly rules: CrossOriginRules
  readonly names: CrossOriginNames
}

/** Memory for large bodies under way. */
const LARGE_BODIES_BYTES = 64 * 1024 * 1024
/** Longest target of a request, in characters; beyond it 414. */
const LONGEST_TARGET = 65_536
const ROUTED_METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const

/**
 * The Hono app. This is the only place where the order of the common work is decided, from top to bottom of `answer`. It is one function and no chain
 * of middleware, because the chain costs more than the work (docs/decisions/010).
 *
 * @throws {StartRefusal} A pattern that cannot be read, or `*` with credentials.
 */
export function buildApp(parts: HttpParts): Hono<Env> {
  const { settings, routes, errorPage } = parts
  const log = parts.log.child({ room: 'http' })
  const contextPath = contextPathOf(settings)
  const findClient = clientFinder(settings)
  const logAccess = accessLog(settings, log, parts.requestSinks)
  const count = requestMetrics(parts.metrics ?? noMetrics)
  const policy = headerPolicy(settings)
  const cors = crossOrigin(settings.cas.httpWebRequest.cors, SERVER_CORS)
  const apart = parts.crossOriginBelow
  const corsApart = apart && crossOrigin(apart.rules, apart.names)
  const apartPath = `${contextPath}${apart?.prefix ?? ''}`
  const isApart = (path: string) => path === apartPath || path.startsWith(`${apartPath}/`)
  const compress = compression(settings)
  const isIdAlone = !settings.cas.logging.mdc.enabled
  const refuseAddress = addressFilter(settings)
  const filter = requestFilter(settings)
  const maxBodyBytes = settings.server.tomcat.maxHttpFormPostSize
  // One body of the largest size always has room.
  const budget = bodyBudget(Math.max(LARGE_BODIES_BYTES, maxBodyBytes))
  const translate = errorTranslation({ contextPath, translators: parts.translators ?? [], errorPage })
  const app = new Hono<Env>({ strict: false })

  /** @param route `undefined`: nobody answers this address, or not by this method. */
  async function answer(call: Call, route: Route | undefined): Promise<Response> {
    const startedAt = performance.now()
    // 1. Who asks, under which id?
    const { method, raw } = call.req
    const incoming = call.env?.incoming
    const headers = incoming?.headers
    const client = findClient(peerOf(call), (name) => (headers ? joined(headers[name]) : call.req.header(name)))
    const requestId = randomUUID()
    const target = targetOf(raw.url)
    const mark = target.indexOf('?')
    const path = mark === -1 ? target : target.slice(0, mark)
    const parameters = new RequestParameters(mark === -1 ? '' : target.slice(mark + 1))
    call.set('requestId', requestId)
    call.set('client', client)
    call.set('parameters', parameters)
    const said = isIdAlone
      ? () => ({ requestId })
      : () => ({ requestId, remoteAddress: client.address, method, requestUri: maskTicketIds(path) })
    call.set('log', requestLog(log, said))
    // 2. What does every answer carry?
    const nonce = nextNonce()
    const carried = policy.headersFor({ secure: client.secure, nonce, path })
    const cookies: string[] = []
    carried['X-RequestId'] = requestId
    call.set('nonce', nonce)
    call.set('headers', carried)
    call.set('cookies', cookies)
    let response: Response
    try {
      // 3. What is refused before anybody reads it?
      refuseAddress?.(client.address)
      if (target.length > LONGEST_TARGET) throw new HttpRefusal(414, 'target_too_long', 'the address is too long')
      const preflight = (corsApart && isApart(path) ? corsApart : cors)?.(call)
      if (!preflight && route?.admit) await route.admit(call)
      const reading = preflight || !route ? undefined : readBody(call, route.maxBodyBytes ?? maxBodyBytes, budget)
      if (reading) {
        const body = await reading
        if (isForm(headers?.['content-type'] ?? call.req.header('content-type'))) parameters.rawForm = body.toString()
      }
      filter(method, target, parameters)
      // 4. Who answers?
      response = preflight ?? (route ? await route.handle(call) : refuseUnrouted(app, call))
    } catch (error) {
      // 5. What does a thrown refusal, or a bug, become? Nothing to be kept, even where the address ends as that of a static file.
      for (const name in policy.noStore) carried[name] ??= policy.noStore[name] ?? ''
      response = await translate(call, error)
    }
    // 6. What goes along, and into the log?
    if (policy.configuredPolicy && carried['Content-Security-Policy'] !== undefined) {
      response = withHeader(response, 'Content-Security-Policy', carried['Content-Security-Policy'])
    }
    const compressing = compress?.(call, response, carried)
    if (compressing) response = await compressing
    response = carry(call, response)
    const milliseconds = performance.now() - startedAt
    count(route, method, response.status, milliseconds / 1000)
    logAccess({
      requestId,
      client,
      method,
      path,
      rawQuery: parameters.rawQuery,
      status: response.status,
      milliseconds,
      atMs: Date.now(),
      httpVersion: () => incoming?.httpVersion,
      port: () => incoming?.socket.localPort,
      responseHeader: (name) => response.headers.get(name) ?? carried[name] ?? undefined,
    })
    return response
  }

  for (const route of withEntrance(routes, contextPath)) {
    app.on(route.method, trimmed(route.atHostRoot ? route.path : contextPath + route.path), (call) => answer(call, route))
  }
  app.notFound((call) => answer(call, undefined))
  app.onError((err, call) => {
    log.error({ err, requestId: call.get('requestId') }, 'request failed')
    return new Response(STATUS_CODES[500], {
      status: 500,
      headers: { 'Content-Type': 'text/plain;charset=UTF-8', 'Cache-Control': 'no-store' },
    })
  })
  return app
}

/** `GET <context>/` leads to the login, the query is kept (login-flow.md 2). */
function withEntrance(routes: readonly Route[], contextPath: string): readonly Route[] {
  if (routes.some((route) => route.method === 'GET' && trimmed(route.path) === '/')) return routes
  const entrance: Route = {
    method: 'GET',
    path: '/',
    statuses: [302],
    changesState: false,
    handle(call) {
      const { rawQuery } = call.get('parameters') as RequestParameters
      return new Response(null, { status: 302, headers: { Location: `${contextPath}/login${rawQuery === '' ? '' : `?${rawQuery}`}` } })
    },
  }
  return [...routes, entrance]
}

/** The router is not strict about a slash at the end: it never sees one. */
const trimmed = (path: string) => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)

/** @throws {HttpRefusal} 405 with `Allow` where another method is answered, else 404. */
function refuseUnrouted(app: Hono<Env>, call: Call): never {
  const allowed = ROUTED_METHODS.filter((method) => app.router.match(method, call.req.path)[0].length > 0)
  if (allowed.length === 0) throw new HttpRefusal(404, 'not_found', 'there is nothing here')
  const methods = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  throw new HttpRefusal(405, 'method_not_allowed', 'this method is not supported here', { headers: { Allow: methods.join(', ') } })
}

/** `cas.server.tomcat.remote-addr.*`: who is served at all. */
function addressFilter(settings: HttpConfig): ((address: string) => void) | undefined {
  const rules = settings.cas.server.tomcat.remoteAddr
  if (!rules.enabled) return undefined
  const setting = 'cas.server.tomcat.remote-addr'
  const isAllowed = compilePattern(`${setting}.allowed-client-ip-address-regex`, rules.allowedClientIpAddressRegex || '.*', 'full')
  const denied = rules.deniedClientIpAddressRegex
  const isDenied = denied === '' ? () => false : compilePattern(`${setting}.denied-client-ip-address-regex`, denied, 'full')
  return (address) => {
    if (isDenied(address) || !isAllowed(address)) throw new HttpRefusal(403, 'address_refused', 'this address is not served')
  }
}

function peerOf(call: Call): Peer {
  const { incoming, peer } = call.env ?? {}
  if (!incoming) return peer ?? { address: '127.0.0.1', serverAddress: '127.0.0.1', encrypted: call.req.raw.url.startsWith('https:') }
  const { socket } = incoming
  return {
    address: socket.remoteAddress ?? '',
    serverAddress: plainPeer(socket.localAddress ?? '') ?? '',
    encrypted: 'encrypted' in socket && socket.encrypted === true,
  }
}

const joined = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(', ') : value)

/** Path and query of a URL, as sent. A fragment, which no honest client sends, is cut off, as the router does. */
function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const hash = url.indexOf('#', start)
  return hash === -1 ? url.slice(start) : url.slice(start, hash)
}

const isForm = (contentType: string | undefined) =>
  contentType !== undefined && /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType)

/**
 * The common headers and the cookies that waited. They go straight to the socket's answer, where those of the response win over them; only where there
 * is no socket are they put into the response, which costs several times as much.
 */
function carry(call: Call, response: Response): Response {
  const headers = call.get('headers')
  const cookies = call.get('cookies')
  const outgoing = call.env?.outgoing
  const rest = outgoing ? [] : Object.entries(headers).filter(([name]) => !response.headers.has(name))
  const cookiesApart = outgoing !== undefined && cookies.length > 0 && !response.headers.has('set-cookie')
  if (outgoing instanceof CarryingResponse) outgoing.carried = cookiesApart ? { ...headers, 'Set-Cookie': cookies } : headers
  else if (outgoing) {
    for (const name in headers) outgoing.setHeader(name, headers[name] ?? '')
    if (cookiesApart) outgoing.setHeader('Set-Cookie', cookies)
  }
  if (!cookiesApart) for (const cookie of cookies) rest.push(['Set-Cookie', cookie])
  return rest.reduce((answer, [name, value]) => withHeader(answer, name, value), response)
}

function withHeader(response: Response, name: string, value: string): Response {
  const put = (headers: Headers) => (name === 'Set-Cookie' ? headers.append(name, value) : headers.set(name, value))
  try {
    put(response.headers)
    return response
  } catch {
    // `Response.redirect` and answers of `fetch` cannot be changed.
    const copy = new Response(response.body, response)
    put(copy.headers)
    return copy
  }
}

const NONCE_BYTES = 16
const pool = { bytes: Buffer.alloc(0), at: 0 }

/** 128 random bits, from a pool: asking the system for so few costs more than the bits are worth. */
function nextNonce(): string {
  if (pool.at >= pool.bytes.length) {
    pool.bytes = randomBytes(NONCE_BYTES * 256)
    pool.at = 0
  }
  const nonce = pool.bytes.toString('base64url', pool.at, pool.at + NONCE_BYTES)
  pool.at += NONCE_BYTES
  return nonce
}
