import { performance } from 'node:perf_hooks'
import { type FlowEvent, type Login, markOf, type Outcome, type Phase, type Place } from './login.ts'

/** Where a login stands after it has gone as far as it can: a page to show, or its end. */
export type Standing =
  | { readonly kind: 'ask'; readonly place: Place; readonly outcome: Extract<Outcome, { kind: 'ask' }>; readonly login: Login }
  | { readonly kind: 'leave'; readonly outcome: Extract<Outcome, { kind: 'leave' }>; readonly login: Login }
  | { readonly kind: 'block'; readonly outcome: Extract<Outcome, { kind: 'block' }>; readonly login: Login }
  /** Something would have to be asked, but nobody may be (gateway, `prompt=none`): the protocol says so to the application. */
  | { readonly kind: 'interaction-required'; readonly place: Place; readonly login: Login }
  /** The page that was posted does not stand where the login stands, or knows no such event. */
  | { readonly kind: 'unknown-event'; readonly login: Login }

/** One line for the trace: which step answered what, in how many milliseconds. */
export type Trace = (place: Place, login: Login, outcome: Outcome['kind'], ms: number) => void

/** Facts of these phases are found anew at every request, so that a changed definition or an ended session counts at once. */
const EVERY_REQUEST: readonly Phase[] = ['request', 'session']
/** An existing session that counts has these behind it. */
const BEHIND_A_SESSION: readonly Phase[] = ['identify', 'authenticated', 'establish-session', 'session-ready']

/**
 * Reads the array from top to bottom; the first step that does not pass wins. There is no graph: every way into the login passes every place it has not
 * yet passed (login-flow.md 16.2).
 */
export async function advance(places: readonly Place[], login: Login, trace: Trace): Promise<Standing> {
  let current = login
  for (let index = 0; index < places.length; index++) {
    const place = places[index]
    if (!place || isBehind(place, current)) continue
    const outcome = await timed(place, current, trace, () => place.step.enter(current))
    if (outcome.kind === 'pass') {
      current = passed(place, current, outcome)
    } else if (outcome.kind === 'reject' && current.rejection === undefined) {
      current = rejected(current, outcome.rejection)
      index = -1
    } else {
      return standing(place, current, outcome)
    }
  }
  throw new Error('the last place of a login must end it')
}

/** Hands a posted event to the step that had asked, then goes on. The phases before it are walked first: they may refuse meanwhile. */
export async function resume(places: readonly Place[], login: Login, mark: string, event: FlowEvent, trace: Trace): Promise<Standing> {
  let current = login
  for (const place of places) {
    if (!EVERY_REQUEST.includes(place.phase)) break
    const outcome = await timed(place, current, trace, () => place.step.enter(current))
    if (outcome.kind !== 'pass') return standing(place, current, outcome)
    current = passed(place, current, outcome)
  }
  const asked = places.find((place) => markOf(place) === mark)
  if (!asked?.step.submit) return { kind: 'unknown-event', login: current }
  const submit = asked.step.submit.bind(asked.step)
  const outcome = await timed(asked, current, trace, () => submit(current, event))
  if (outcome.kind === 'pass') return advance(places, passed(asked, current, outcome), trace)
  if (outcome.kind === 'reject') return advance(places, rejected(current, outcome.rejection), trace)
  return standing(asked, current, outcome)
}

function isBehind(place: Place, login: Login): boolean {
  if (EVERY_REQUEST.includes(place.phase)) return false
  const transparent = login.session !== undefined && login.grantedSessionId === undefined
  if (transparent && BEHIND_A_SESSION.includes(place.phase)) return true
  return login.done.has(markOf(place))
}

function passed(place: Place, login: Login, outcome: Extract<Outcome, { kind: 'pass' }>): Login {
  const next = { ...login, ...outcome.login }
  if (EVERY_REQUEST.includes(place.phase)) return next
  const ssoVetoed = login.directives.ssoVetoed || next.directives.ssoVetoed
  return { ...next, directives: { ssoVetoed }, done: new Set(next.done).add(markOf(place)) }
}

/** Back to where users are identified; what was presented is forgotten, the session of the browser is not touched. */
function rejected(login: Login, rejection: NonNullable<Login['rejection']>): Login {
  return {
    ...login,
    rejection,
    authentication: undefined,
    presented: undefined,
    session: undefined,
    grantedSessionId: undefined,
    done: new Set(),
  }
}

function standing(place: Place, login: Login, outcome: Exclude<Outcome, { kind: 'pass' }>): Standing {
  switch (outcome.kind) {
    case 'ask': {
      const asking = { ...login, ...outcome.login }
      const silent = asking.request.passive && asking.rejection === undefined
      if (silent) return { kind: 'interaction-required', place, login: asking }
      // Who is shown a page is asked from now on: a wrong password on it must be told, and counted, as one.
      return { kind: 'ask', place, outcome, login: { ...asking, request: { ...asking.request, passive: false } } }
    }
    case 'leave':
      return { kind: 'leave', outcome, login }
    case 'block':
      return { kind: 'block', outcome, login }
    case 'reject':
      throw new Error(`${markOf(place)} rejects a login that has been rejected already`)
  }
}

async function timed(place: Place, login: Login, trace: Trace, work: () => Promise<Outcome>): Promise<Outcome> {
  const startedAt = performance.now()
  const outcome = await work()
  trace(place, login, outcome.kind, performance.now() - startedAt)
  return outcome
}

/** Two places with the same `id@phase` could not be told apart in a conversation. @throws {Error} at the start of the server. */
export function checkPlaces(places: readonly Place[]): readonly Place[] {
  const marks = places.map(markOf)
  const doubled = marks.find((mark, index) => marks.indexOf(mark) !== index)
  if (doubled) throw new Error(`the login has two places ${doubled}`)
  return places
}
