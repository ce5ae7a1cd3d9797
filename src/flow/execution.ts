import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Authentication } from '../authentication/index.ts'
import type { Clock } from '../base/clock.ts'
import { randomText, type Sealer } from '../base/crypto.ts'
import type { Json } from '../base/json.ts'
import type { TicketRegistry } from '../tickets/index.ts'
import type { Login, LoginRequest, Presented } from './login.ts'

/** The part of a login that the browser carries. */
export interface Carried {
  readonly conversation: string
  /** `id@phase` of the place that had asked. */
  readonly mark: string
  readonly request: LoginRequest
  readonly authentication: Authentication | undefined
  readonly presented: Presented | undefined
  readonly grantedSessionId: string | undefined
  readonly state: Readonly<Record<string, Json>>
  readonly done: readonly string[]
  readonly directives: Login['directives']
}

/** Why an `execution` cannot be used; only the log learns it. The service is known where the token itself was genuine. */
export type Unusable = {
  readonly kind: 'unusable'
  readonly why: 'unreadable' | 'expired' | 'other-browser' | 'replayed'
  readonly serviceUrl?: string
}
export type Opened = { readonly kind: 'opened'; readonly carried: Carried } | Unusable

export interface Executions {
  /** @param binding What ties it to this browser, `''` for nothing. */
  seal(login: Login, mark: string, binding: string): Promise<string>
  /**
   * Keeps a login for the time its user is elsewhere (interrupt.md 14.7).
   *
   * @param binding What ties it to this browser. Never `''`: what is in an address may be read by others.
   * @returns A name that is good for nothing without the browser.
   */
  suspend(login: Login, binding: string): Promise<string>
  /** What was suspended under this name, once. */
  resume(name: string, binding: string): Promise<Opened>
  /** Reads a token that came back. One with a user in it is used up by that. */
  open(token: string, binding: string): Promise<Opened>
}

interface Sealed extends Carried {
  readonly version: 1
  /** Random, per page: what a spent page is known by. */
  readonly page: string
  readonly sealedAtMs: number
  readonly binding: string
}

/** `execution` as CAS writes it: a UUID, `_`, and text without white space (login-flow.md 5.2). */
const FORM = /^[0-9a-fA-F-]{36}_[A-Za-z0-9_\-=.+/]+$/
const CONTEXT = 'execution'
/** A suspended login is no page: neither can stand in for the other. */
const SUSPENDED = 'suspended login'
const SUSPENDED_SECONDS = 15 * 60
/**
 * Larger conversations with a user in them go to the ticket registry; the token then only names the record. Those of nobody in particular stay in the page
 * whatever their size, or anybody could fill the store; what is in them is bounded (the service most of all).
 */
const MAX_TOKEN_LENGTH = 4096
/** More than a server ever writes. */
const MAX_ACCEPTED_LENGTH = 100_000
const REFERENCE = 'R.'

export interface ExecutionParts {
  readonly sealer: Sealer
  readonly registry: TicketRegistry
  readonly clock: Clock
  readonly maxTimeToLiveInSeconds: number
  readonly authenticatedMaxTimeToLiveInSeconds: number
}

export function executions({ sealer, registry, clock, ...limits }: ExecutionParts): Executions {
  const lifetimeMs = (carried: Carried) =>
    1000 * (isAuthenticated(carried) ? limits.authenticatedMaxTimeToLiveInSeconds : limits.maxTimeToLiveInSeconds)

  async function load(body: string): Promise<string | undefined> {
    if (!body.startsWith(REFERENCE)) return body
    const ticket = await registry.get(`TST-${body.slice(REFERENCE.length)}`)
    return typeof ticket?.body === 'string' ? ticket.body : undefined
  }

  function contentOf(login: Login, mark: string, binding: string): Sealed {
    return {
      version: 1,
      page: randomBytes(9).toString('base64url'),
      sealedAtMs: clock(),
      binding: binding && digest(binding),
      conversation: login.conversation,
      mark,
      request: login.request,
      authentication: login.authentication,
      presented: login.presented,
      grantedSessionId: login.grantedSessionId,
      state: login.state,
      done: [...login.done],
      directives: login.directives,
    }
  }

  return {
    async suspend(login, binding) {
      const name = randomText(32)
      await registry.add({
        id: `TST-resume-${name}`,
        kind: 'TST',
        createdAtMs: clock(),
        policy: { timeToLiveInSeconds: SUSPENDED_SECONDS, numberOfUses: 1 },
        body: sealer.seal(JSON.stringify(contentOf(login, '', binding)), SUSPENDED),
      })
      return name
    },

    async resume(name, binding) {
      const consumed = /^[A-Za-z0-9]{32}$/.test(name) ? await registry.consume(`TST-resume-${name}`, ['TST']) : undefined
      const body = consumed?.ok ? consumed.ticket.body : undefined
      const clear = typeof body === 'string' ? sealer.open(body, SUSPENDED) : undefined
      if (!clear) return { kind: 'unusable', why: 'unreadable' }
      const content = JSON.parse(clear.toString()) as Sealed
      return content.binding === digest(binding) ? { kind: 'opened', carried: content } : { kind: 'unusable', why: 'other-browser' }
    },

    async seal(login, mark, binding) {
      const content = contentOf(login, mark, binding)
      const token = sealer.seal(JSON.stringify(content), CONTEXT)
      if (token.length <= MAX_TOKEN_LENGTH || !isAuthenticated(content)) return `${login.conversation}_${token}`
      const id = randomUUID()
      await registry.add({
        id: `TST-${id}`,
        kind: 'TST',
        createdAtMs: clock(),
        policy: { timeToLiveInSeconds: lifetimeMs(content) / 1000 },
        // Sealed once more than the store needs: it holds no usable ticket id in clear (D14).
        body: token,
      })
      return `${login.conversation}_${REFERENCE}${id}`
    },

    async open(token, binding) {
      if (token.length > MAX_ACCEPTED_LENGTH || !FORM.test(token)) return { kind: 'unusable', why: 'unreadable' }
      const body = await load(token.slice(37))
      const clear = body === undefined ? undefined : sealer.open(body, CONTEXT)
      if (!clear) return { kind: 'unusable', why: 'unreadable' }
      // Sealed by this server and nobody else: its shape is what `seal` wrote.
      const content = JSON.parse(clear.toString()) as Sealed
      const serviceUrl = content.request.service?.originalUrl
      const unusable = (why: Unusable['why']): Unusable => ({ kind: 'unusable', why, ...(serviceUrl ? { serviceUrl } : {}) })
      if (content.version !== 1) return unusable('unreadable')
      if (content.binding && content.binding !== (binding && digest(binding))) return unusable('other-browser')
      const endsAtMs = content.sealedAtMs + lifetimeMs(content)
      if (clock() > endsAtMs) return unusable('expired')
      // An earlier page without a user may be sent again (Back button, double click); one with a user in it counts once.
      if (isAuthenticated(content) && !(await registry.putOnce(`execution:${content.page}`, endsAtMs))) return unusable('replayed')
      return { kind: 'opened', carried: content }
    },
  }
}

const isAuthenticated = (carried: Carried) => carried.authentication !== undefined || carried.grantedSessionId !== undefined
const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
