import type { Audit } from '../audit/index.ts'
import { HttpRefusal } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { maskTicketIds } from '../base/mask.ts'
import { type Call, type CrossOriginBelow, errorJson, type Route, type Translator } from '../http/index.ts'
import { accessRules, type Rule } from './access-rules.ts'
import type { ManagementConfig } from './config.ts'
import { discovery } from './discovery.ts'
import { type Endpoint, type EndpointRoute, notFound, operatorOf, rememberOperator } from './endpoint.ts'
import { plainId } from './endpoint-ids.ts'
import { type Gate, gatesOf } from './gates.ts'
import type { Operators } from './operators.ts'
import { startWarnings } from './start-warnings.ts'

export interface FrameParts {
  readonly settings: ManagementConfig
  readonly endpoints: readonly Endpoint[]
  readonly operators: Pick<Operators, 'identify' | 'exist'>
  /** Address of the server with context path, for the list of endpoints; absent: whatever the caller used. */
  readonly prefix?: string | undefined
  readonly audit: Pick<Audit, 'record'>
  readonly log: Log
}

/** An endpoint of this server under one of its ids, with what the settings say about it. */
export interface GatedEndpoint {
  readonly id: string
  /** Below the base path, with a slash before it. */
  readonly path: string
  readonly gate: Gate
  readonly rule: Rule
  readonly switchedOffBy: string | undefined
  readonly routes: readonly EndpointRoute[]
}

/** Who may begin a request that changes something: a page of this server, or nobody's page. Programs say nothing of it. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none'])
/** What the frame answers besides an endpoint. */
const STATUSES = [401, 403, 404, 405, 423, 503]

/**
 * The management endpoints behind their three gates (configuration.md 14.1): enabled, exposed, let in. Every path below the base path asks for credentials
 * first, whether something is there or not, so that nobody without them learns what exists; then comes 404, then 403. What is open lets everybody in but
 * those with wrong credentials. All of that happens before a body is read.
 *
 * @throws {StartRefusal} for rules that cannot be read.
 */
export function endpointRoutes(parts: FrameParts): readonly Route[] {
  const { settings, operators, audit } = parts
  const log = parts.log.child({ room: 'management' })
  const base = basePath(settings)
  const all = gatedEndpoints(settings, parts.endpoints, (message) => log.warn({}, message))
  for (const message of startWarnings(settings, all, operators.exist())) log.warn({}, message)
  const open = all.filter(({ gate, switchedOffBy }) => gate.exposed && gate.access !== 'NONE' && switchedOffBy === undefined)

  const record = (call: Call, who: string, outcome: string) =>
    audit.record({
      action: 'ENDPOINT_ACCESS',
      who,
      what: `{method=${call.req.method}, path=${maskTicketIds(call.req.path)}, outcome=${outcome}}`,
      client: call.get('client'),
    })

  /** @param rule `undefined`: whoever has credentials. @throws {HttpRefusal} 401, 403, 423; {Unavailable} */
  async function letIn(call: Call, rule: Rule | undefined): Promise<void> {
    const client = call.get('client')
    const found = await operators.identify(call.req.header('authorization'), client)
    if (found === 'wrong') {
      record(call, 'audit:unknown', 'wrong credentials')
      throw challenge()
    }
    const operator = found === 'nobody' ? undefined : found
    if (operator) rememberOperator(call, operator)
    if (rule ? rule.admits({ address: client.address, operator }) : operator) return
    if (!operator) throw challenge()
    record(call, operator.name, 'not allowed')
    throw new HttpRefusal(403, 'forbidden', 'Forbidden')
  }

  const routeOf = ({ rule, gate, path }: GatedEndpoint, route: EndpointRoute): Route => ({
    method: route.method,
    path: `${base}${path}${route.path}`,
    statuses: [...route.statuses, ...STATUSES],
    changesState: route.method !== 'GET',
    ...(route.maxBodyBytes === undefined ? {} : { maxBodyBytes: route.maxBodyBytes }),
    async admit(call) {
      await letIn(call, rule)
      if (route.method === 'GET') return
      if (gate.access === 'READ_ONLY') throw otherMethod(['GET'])
      // Browsers show the credentials of an operator to whatever page begins the request.
      if (!OWN_SITE.has(call.req.header('sec-fetch-site') ?? 'none')) throw new HttpRefusal(403, 'forbidden', 'Forbidden')
    },
    async handle(call) {
      if (route.method === 'GET') return route.handle(call)
      const answer = await route.handle(call)
      record(call, operatorOf(call)?.name ?? 'audit:unknown', String(answer.status))
      return answer
    },
  })

  /** What no endpoint answers: nothing is there, or not by this method. */
  async function refuse(call: Call): Promise<never> {
    const below = call.req.path.slice(call.req.path.indexOf(base) + base.length).replace(/\/+$/, '')
    const endpoint = open.find(({ path }) => below === path || below.startsWith(`${path}/`))
    await letIn(call, endpoint?.rule)
    const routes = below === '' ? [] : (endpoint?.routes ?? [])
    const methods = routes.filter((route) => fits(route.path, below.slice(endpoint?.path.length))).map(({ method }) => method)
    if (methods.length > 0) throw otherMethod(endpoint?.gate.access === 'READ_ONLY' ? ['GET'] : methods)
    if (below === '' && list) throw otherMethod(['GET'])
    throw notFound()
  }

  const list = settings.management.endpoints.web.discovery.enabled
    ? discovery(open, parts.prefix === undefined ? undefined : parts.prefix + base)
    : undefined
  const routes = open.flatMap((endpoint) => endpoint.routes.map((route) => routeOf(endpoint, route)))
  // At the root there is no "below": what is not an endpoint belongs to other rooms.
  if (base === '') return routes
  const rest = (path: string): Route => ({
    method: 'ALL',
    path,
    statuses: STATUSES,
    changesState: false,
    admit: refuse,
    handle: refuse,
  })
  const root: Route = {
    method: 'GET',
    path: base,
    statuses: [200, ...STATUSES],
    changesState: false,
    admit: (call) => letIn(call, undefined),
    handle: (call) => (list ?? refuse)(call),
  }
  return [root, ...routes, rest(base), rest(`${base}/*`)]
}

/** `/actuator`, or `''` for the root. */
export function basePath(settings: ManagementConfig): string {
  const bare = settings.management.endpoints.web.basePath.trim().replace(/^\/+|\/+$/g, '')
  return bare === '' ? '' : `/${bare}`
}

/** `management.endpoints.web.cors`, for the HTTP room; absent while no origin is named (configuration.md 10.3). */
export function endpointCrossOrigin(settings: ManagementConfig): CrossOriginBelow | undefined {
  const { cors } = settings.management.endpoints.web
  if (cors.allowedOrigins.length === 0 && cors.allowedOriginPatterns.length === 0) return undefined
  const prefix = basePath(settings)
  // At the root of the server's own port the addresses of endpoints are not to be told from those of others.
  if (prefix === '' && settings.management.server.port === undefined) return undefined
  const at = 'management.endpoints.web.cors'
  return {
    prefix,
    names: { origins: `${at}.allowed-origins`, patterns: `${at}.allowed-origin-patterns` },
    rules: {
      enabled: true,
      allowCredentials: cors.allowCredentials,
      allowOrigins: cors.allowedOrigins,
      allowOriginPatterns: cors.allowedOriginPatterns,
      allowMethods: cors.allowedMethods,
      allowHeaders: cors.allowedHeaders,
      exposedHeaders: cors.exposedHeaders,
      maxAge: Math.round(cors.maxAge),
    },
  }
}

/** Programs get JSON whatever they accept; the page is for browsers. */
export function endpointTranslators(settings: ManagementConfig): readonly Translator[] {
  const prefix = basePath(settings)
  // At the root their addresses are not to be told from those of others.
  if (prefix === '') return []
  const isBrowser = (call: Call) => call.req.header('accept')?.includes('text/html')
  return [{ prefix, translate: (refusal, call) => (isBrowser(call) ? undefined : errorJson(call, refusal.status, refusal)) }]
}

function gatedEndpoints(
  settings: ManagementConfig,
  endpoints: readonly Endpoint[],
  warn: (message: string) => void,
): readonly GatedEndpoint[] {
  const gateOf = gatesOf(settings)
  const ruleOf = accessRules(settings, warn)
  const mapping = new Map(Object.entries(settings.management.endpoints.web.pathMapping).map(([id, path]) => [plainId(id), path]))
  return endpoints.flatMap(({ id: first, aliases = [], openByDefault = false, switchedOffBy, routes }) =>
    [first, ...aliases].map((id) => ({
      switchedOffBy,
      id,
      path: `/${(mapping.get(plainId(id)) ?? id).trim().replace(/^\/+|\/+$/g, '')}`,
      gate: gateOf(first),
      rule: ruleOf(first, openByDefault),
      routes,
    })),
  )
}

const challenge = () => new HttpRefusal(401, 'unauthorized', 'Unauthorized', { headers: { 'WWW-Authenticate': 'Basic realm="Realm"' } })

function otherMethod(methods: readonly string[]): HttpRefusal {
  const all = [...new Set(methods)].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return new HttpRefusal(405, 'method_not_allowed', 'this method is not supported here', { headers: { Allow: all.join(', ') } })
}

/** Whether a path has the form of a route's. */
function fits(form: string, path: string): boolean {
  if (form.includes('{')) return path !== ''
  const [wanted, given] = [form.split('/'), path.split('/')]
  return wanted.length === given.length && wanted.every((part, at) => part === given[at] || (part.startsWith(':') && given[at] !== ''))
}
