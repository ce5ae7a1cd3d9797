import { createHash } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { equalInConstantTime, keyedDigest, randomText } from '../../base/crypto.ts'
import { type Call, type CookieShape, readCookie, removeCookie, setCookie } from '../../http/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import type { Operator } from '../endpoint.ts'
import type { Operators } from '../operators.ts'
import { CONSOLE_LOGIN } from './kinds.ts'

/** An operator who has logged in, for the time of one request. */
export interface Visit {
  readonly operator: Operator
  /** What a form of this login carries; nobody else can know it. */
  readonly csrf: string
}

export interface Visits {
  /** Who asks; `undefined` for who has not logged in, whose login has ended, or whose account is no longer what it was. */
  current(call: Call): Promise<Visit | undefined>
  /** In place of the login that this browser may still have. */
  begin(call: Call, operator: Operator): Promise<void>
  end(call: Call): Promise<void>
  /** What the form of a login carries, tied to this browser. */
  formToken(call: Call): string
  /** Whether a form of a login came from a page that this browser was shown. */
  isOwnForm(call: Call): boolean
}

export interface VisitsParts {
  readonly registry: Pick<TicketRegistry, 'add' | 'get' | 'touch' | 'delete'>
  readonly operators: Pick<Operators, 'stateOf'>
  readonly clock: Clock
  /** The beginning of every address of the console: `/cas/admin`. */
  readonly base: string
}

const LIFE = { timeToLiveInSeconds: 8 * 3600, timeToIdleInSeconds: 30 * 60 }
const LOGIN_COOKIE = 'CASTELLAN_CONSOLE'
const FORM_COOKIE = 'CASTELLAN_CONSOLE_FORM'
const ID_CHARACTERS = 43
const ID = new RegExp(`^[A-Za-z0-9_-]{${ID_CHARACTERS}}$`)

/**
 * Logins to the console. They live in the ticket registry, so that a logout holds for all processes; what the browser has is an id that is stored nowhere.
 * A login is good for as long as the account that it was made with stays as it is: another password, or none, ends it.
 */
export function visits({ registry, operators, clock, base }: VisitsParts): Visits {
  const shapeOf = (call: Call, name: string): CookieShape => ({
    name,
    path: base,
    // A console behind plain http is for trials on one's own machine.
    secure: call.get('client').secure,
    httpOnly: true,
    sameSite: 'Strict',
  })
  const ticketOf = (id: string) => `${CONSOLE_LOGIN}-1-${id}`
  /** The state of an account, in a form that tells nothing without the id. */
  const markOf = (id: string, name: string) => {
    const state = operators.stateOf(name)
    return state === undefined ? undefined : keyedDigest(keyOf(id, 'account'), state)
  }

  const forget = async (call: Call) => {
    const id = readCookie(call, LOGIN_COOKIE)
    if (id !== undefined && ID.test(id)) await registry.delete(ticketOf(id))
  }

  return {
    async current(call) {
      const id = readCookie(call, LOGIN_COOKIE)
      if (id === undefined || !ID.test(id)) return undefined
      const found = await registry.get(ticketOf(id))
      const login = found && readLogin(found.body)
      const mark = login && markOf(id, login.name)
      if (!login || mark === undefined || !equalInConstantTime(login.mark, mark)) return undefined
      await registry.touch(ticketOf(id))
      const { name, authorities } = login
      return { operator: { name, authorities }, csrf: keyedDigest(keyOf(id, 'form'), 'csrf') }
    },
    async begin(call, { name, authorities }) {
      // Without taking the cookie back: an answer has one cookie of a name (RFC 6265 section 4.1.1).
      await forget(call)
      const id = randomText(ID_CHARACTERS)
      const mark = markOf(id, name)
      // The account has been taken away in this moment.
      if (mark === undefined) return
      const body = { name, authorities: [...authorities], mark }
      await registry.add({ id: ticketOf(id), kind: CONSOLE_LOGIN, createdAtMs: clock(), policy: LIFE, body })
      removeCookie(call, shapeOf(call, FORM_COOKIE))
      setCookie(call, shapeOf(call, LOGIN_COOKIE), id)
    },
    async end(call) {
      await forget(call)
      removeCookie(call, shapeOf(call, LOGIN_COOKIE))
    },
    formToken(call) {
      const known = readCookie(call, FORM_COOKIE)
      const id = known !== undefined && ID.test(known) ? known : randomText(ID_CHARACTERS)
      setCookie(call, shapeOf(call, FORM_COOKIE), id)
      return keyedDigest(keyOf(id, 'login'), 'csrf')
    },
    isOwnForm(call) {
      const id = readCookie(call, FORM_COOKIE)
      const given = call.get('parameters').form.get('csrf') ?? ''
      return id !== undefined && ID.test(id) && equalInConstantTime(given, keyedDigest(keyOf(id, 'login'), 'csrf'))
    },
  }
}

const keyOf = (id: string, purpose: string) => createHash('sha256').update(`${purpose}\u0000${id}`).digest()

function readLogin(body: unknown): { readonly name: string; readonly authorities: readonly string[]; readonly mark: string } | undefined {
  const { name, authorities, mark } = body as Record<string, unknown>
  if (typeof name !== 'string' || typeof mark !== 'string' || !Array.isArray(authorities)) return undefined
  return { name, mark, authorities: authorities.map(String) }
}
