import { randomUUID } from 'node:crypto'
import type { Throttle } from '../authentication/index.ts'
import type { Clock } from '../base/clock.ts'
import { HttpRefusal } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Call, Parameters, Route } from '../http/index.ts'
import { serviceReference } from '../services/index.ts'
import type { BrowserBinding } from './browser-binding.ts'
import type { Carried, Executions, Unusable } from './execution.ts'
import type { Handovers } from './handover.ts'
import { type Login, type LoginRequest, markOf, type Place } from './login.ts'
import { advance, resume, type Standing, type Trace } from './machine.ts'
import type { Answer } from './page.ts'
import { redirectTo } from './steps/deliver/location.ts'

export interface LoginRoutesParts {
  readonly places: readonly Place[]
  readonly executions: Executions
  readonly binding: BrowserBinding
  readonly handovers: Handovers
  readonly throttle: Throttle
  readonly answer: Answer
  readonly log: Log
  readonly trace: Trace
  readonly clock: Clock
  /** Context path with `/login`. */
  readonly loginPath: string
  /** Whether posts that another site started are refused. */
  readonly refuseCrossSite: boolean
  /** Parameters and headers in which a request may ask for a second factor. */
  readonly contextNames: { readonly parameters: readonly string[]; readonly headers: readonly string[] }
}

/** `GET` and `POST /login`: the conversation between a browser and the login (login-flow.md 2-5, 16.5). */
export function loginPageRoutes(parts: LoginRoutesParts): readonly Route[] {
  const { places, executions, binding, handovers, throttle, answer, log, trace } = parts

  return [
    { method: 'GET', path: '/login', statuses: [200, 302, 400, 401, 403, 423, 429, 503], changesState: true, handle: begin },
    { method: 'POST', path: '/login', statuses: [200, 302, 400, 401, 403, 423, 429, 503], changesState: true, handle: post },
  ]

  async function begin(call: Call): Promise<Response> {
    const { query } = call.get('parameters')
    if (query.has('execution')) return reload(call, query.get('execution') ?? '')
    if (query.has('resume')) return comeBack(call, query.get('resume') ?? '')
    const login = started(call)
    const handover = query.get('handover')
    const state = handover ? await handovers.take(handover, login.request.service?.id) : {}
    const expiredNotice = binding.takeExpiredNotice(call)
    return respond(call, await advance(places, { ...login, state, expiredNotice }, trace))
  }

  /** A live page is shown again, and with a user in it as a new one in place of the old; anything else is dropped from the address, once. */
  async function reload(call: Call, execution: string): Promise<Response> {
    const opened = await executions.open(execution, binding.of(call))
    if (opened.kind === 'opened') return respond(call, await advance(places, restored(call, opened.carried), trace))
    const rest = new URLSearchParams([...call.get('parameters').query].filter(([name]) => name !== 'execution'))
    return redirectTo(rest.size > 0 ? `${parts.loginPath}?${rest}` : parts.loginPath)
  }

  /** A login that rested while its user was elsewhere goes on; whoever asks in it asks again (interrupt.md 14.7). */
  async function comeBack(call: Call, name: string): Promise<Response> {
    const opened = await executions.resume(name, binding.of(call))
    if (opened.kind === 'unusable') return startOver(call, opened)
    return respond(call, await advance(places, restored(call, opened.carried), trace))
  }

  /** Whoever failed too often is refused before anybody looks at the page or the password (login-flow.md 10.2). */
  async function post(call: Call): Promise<Response> {
    const client = call.get('client')
    // Of the form only, from which the password comes too: a name in the address would be a new suspect at each attempt.
    const username = call.get('parameters').form.get(throttle.usernameParameter) ?? undefined
    const attempt = await throttle.attempt({ address: client.address, username, client }, async () => {
      const { response, countedElsewhere } = await converse(call)
      return { value: response, outcome: countedElsewhere || GOOD.has(response.status) ? 'neither' : 'failed' }
    })
    if (attempt.kind === 'answered') return attempt.value
    call.get('headers')['Retry-After'] = String(Math.max(1, Math.ceil((attempt.untilMs - parts.clock()) / 1000)))
    return answer(call, { id: 'error/casThrottledView', props: { status: 423, retryAtMs: attempt.untilMs } }, 423)
  }

  async function converse(call: Call): Promise<{ readonly response: Response; readonly countedElsewhere: boolean }> {
    const { form } = call.get('parameters')
    const execution = form.get('execution') ?? ''
    if (execution === '') return answered(call, await advance(places, started(call), trace))
    if (parts.refuseCrossSite && call.req.header('sec-fetch-site') === 'cross-site') {
      return { response: startOver(call, { kind: 'unusable', why: 'other-browser' }), countedElsewhere: false }
    }
    const opened = await executions.open(execution, binding.of(call))
    if (opened.kind === 'unusable') return { response: startOver(call, opened), countedElsewhere: false }
    const event = { id: form.get('_eventId') ?? '', fields: call.get('parameters') }
    return answered(call, await resume(places, restored(call, opened.carried), opened.carried.mark, event, trace))
  }

  async function answered(call: Call, standing: Standing) {
    const countedElsewhere = standing.kind === 'ask' && standing.outcome.countedElsewhere === true
    return { response: await respond(call, standing), countedElsewhere }
  }

  function started(call: Call): Login {
    const parameters = call.get('parameters')
    return newLogin(call, { ...readRequest(parameters), contexts: contextsOf(call, parameters) })
  }

  /** What the request asks for beyond a first factor: a header before a parameter, the first that says something. */
  function contextsOf(call: Call, parameters: Parameters): readonly string[] {
    const { headers, parameters: names } = parts.contextNames
    const said = [...headers.map((name) => call.req.header(name)), ...names.map((name) => parameters.get(name))]
    const first = said.map((value) => value?.trim() ?? '').find((value) => value !== '')
    return first === undefined ? [] : [first.slice(0, LONGEST_CONTEXT)]
  }

  /** A page that cannot be continued: a fresh form for the same service, which says so once (login-flow.md 5.3). Nothing was tried. */
  function startOver(call: Call, unusable: Unusable): Response {
    log.info({ why: unusable.why }, 'a login page could not be continued')
    const { query } = call.get('parameters')
    const serviceUrl = query.get('targetService') || query.get('service') || unusable.serviceUrl
    binding.noticeExpired(call)
    return redirectTo(serviceUrl ? `${parts.loginPath}?service=${encodeURIComponent(serviceUrl)}` : parts.loginPath)
  }

  async function respond(call: Call, standing: Standing): Promise<Response> {
    const { login } = standing
    const wishes = { locale: login.request.locale, theme: login.request.theme, service: login.registeredService }
    switch (standing.kind) {
      case 'ask': {
        const execution = await executions.seal(login, markOf(standing.place), binding.establish(call))
        return answer(call, standing.outcome.view(execution), standing.outcome.status ?? 200, wishes)
      }
      case 'leave':
        return standing.outcome.reply(async (suspended) => {
          const browser = binding.of(call)
          // The address with its name goes to another server.
          return browser === '' || !binding.bindsBrowser ? undefined : executions.suspend(suspended, browser)
        })
      case 'block':
        return answer(call, standing.outcome.view, standing.outcome.status, wishes)
      case 'interaction-required':
        // The original URL, unchanged: the application learns from the missing ticket that nobody is logged in.
        return redirectTo(login.request.service?.originalUrl ?? parts.loginPath)
      case 'unknown-event':
        return answer(call, { id: 'error/casErrorView', props: { status: 400 } }, 400, wishes)
    }
  }
}

/** Longer than any provider is called: what is cut off there is none. */
const LONGEST_CONTEXT = 100

/** Any other status of an answer counts as a failed attempt (authentication.md 12.1). */
const GOOD: ReadonlySet<number> = new Set([200, 201, 302])

const NOTHING: Omit<Login, 'conversation' | 'request' | 'call' | 'resumed'> = {
  authentication: undefined,
  presented: undefined,
  grantedSessionId: undefined,
  state: {},
  done: new Set(),
  directives: { ssoVetoed: false },
  registeredService: undefined,
  existing: undefined,
  session: undefined,
  rejection: undefined,
  expiredNotice: false,
}

/** A login of which nothing is known yet but what was asked for. */
export function newLogin(call: Call, request: LoginRequest = readRequest(call.get('parameters'))): Login {
  return { ...NOTHING, conversation: randomUUID(), request, resumed: false, call }
}

function restored(call: Call, carried: Carried): Login {
  return {
    ...NOTHING,
    conversation: carried.conversation,
    request: carried.request,
    authentication: carried.authentication,
    presented: carried.presented,
    grantedSessionId: carried.grantedSessionId,
    state: carried.state,
    done: new Set(carried.done),
    directives: carried.directives,
    resumed: true,
    call,
  }
}

/**
 * Reads what a request to `/login` asks for (login-flow.md 2.1).
 *
 * @throws {HttpRefusal} 400 for a service that no browser may be sent to.
 */
function readRequest(parameters: Parameters): LoginRequest {
  const service = serviceReference(parameters.get('targetService') || parameters.get('service'))
  if (service === 'unusable') throw new HttpRefusal(400, 'unusable_service', 'the service is not an address that a browser may be sent to')
  const renew = parameters.has('renew')
  const gateway = (parameters.get('gateway') ?? '') !== ''
  return {
    service,
    renew,
    passive: gateway && service !== undefined && !renew,
    method: methodOf(parameters.get('method')),
    locale: short(parameters.get('locale')),
    theme: short(parameters.get('theme')),
  }
}

/** Nothing of ours has a longer name; it would only make the conversation long. */
const short = (name: string | undefined) => (name === undefined || name.length > 64 ? undefined : name)

function methodOf(parameter: string | undefined): LoginRequest['method'] {
  const word = parameter?.trim().toUpperCase()
  if (!word) return undefined
  return word === 'POST' || word === 'HEADER' ? word : 'REDIRECT'
}
