import { createHash } from 'node:crypto'
import type { Audit } from '../../../audit/index.ts'
import type { Authentication } from '../../../authentication/index.ts'
import type { Json } from '../../../base/json.ts'
import type { Sso } from '../../../sso/index.ts'
import type { FlowEvent, Login, Outcome, Step } from '../../login.ts'
import { redirectTo } from '../deliver/location.ts'
import type { InterruptConfig } from './config.ts'
import { inquiryOf, type Way } from './inquiry.ts'
import type { Decision, Interrupts } from './interrupts.ts'
import type { InterruptPayload } from './payload.ts'
import type { InterruptTracker } from './tracker.ts'
import { interruptView } from './view.ts'

export { type Explanation, type Interrupt, type InterruptParts, openInterrupt, type Question } from './open.ts'

export interface InterruptStepParts {
  readonly settings: InterruptConfig
  readonly interrupts: Interrupts
  readonly tracker: InterruptTracker
  readonly sso: Pick<Sso, 'addAttributes'>
  readonly audit: Audit
}

/** What a conversation keeps of this step; sealed with it, so that nobody can change the payload that was shown. */
interface Memory {
  /** Whose login it was: another one in the same conversation is asked about anew. */
  readonly of: string
  readonly shown?: Shown
}
interface Shown {
  readonly payload: InterruptPayload
  readonly digest: string
  readonly source: string
  readonly memory?: string
}

type Found = Extract<Decision, { kind: 'found' }>

const ID = 'interrupt'
/** Authentication attribute that says that an interrupt was accepted (interrupt.md 8.1). */
const FINALIZED = 'finalizedInterrupt'

/**
 * Is there something this user has to see, or to do elsewhere, before going on (interrupt.md)? Stands before the SSO session or after it, as
 * `cas.interrupt.core.trigger-mode` says, and before every ticket, where existing sessions come along; asked once in a conversation.
 */
export function interruptStep({ settings, interrupts, tracker, sso, audit }: InterruptStepParts): Step {
  const own = settings.castellan.interrupt
  const blockedStatus = Number(own.blockedStatus)

  async function enter(login: Login): Promise<Outcome> {
    const authentication = login.authentication ?? login.session?.authentication
    if (!authentication) return { kind: 'pass' }
    // Who only looks in with a session, on the way to nothing, is not asked.
    if (!login.request.service && !login.authentication && login.grantedSessionId === undefined) return { kind: 'pass' }
    const mark = markOf(authentication)
    const memory = memoryOf(login)
    if (memory?.of === mark) return memory.shown ? show(login, authentication, memory.shown) : { kind: 'pass' }

    const decision = await interrupts.decide(inquiryOf(wayOf(login), authentication))
    if (decision.kind === 'none') return { kind: 'pass', login: remember(login, { of: mark }) }
    if (decision.kind === 'unavailable') return unavailable(login)
    return found(login, authentication, decision)
  }

  function found(login: Login, authentication: Authentication, { found: { source, payload, memory }, digest, force }: Found): Outcome {
    const shown: Shown = { payload, digest, source: source.name, ...(memory === undefined ? {} : { memory }) }
    const settled = remember(login, { of: markOf(authentication) })
    if (interrupts.shadow) {
      record('AUTHENTICATION_INTERRUPT_TRIGGERED', login, authentication, shown, 'shadow=true')
      return { kind: 'pass', login: settled }
    }
    // A block is no news that one has read: it holds for as long as the source says so.
    const isKnown = !force && !payload.block && payload.tracked && tracker.remembered(login.call, authentication.principal.id) === digest
    if (isKnown) return { kind: 'pass', login: { ...settled, ...veto(login, payload) } }
    // Nobody is shown anything now; the application learns that somebody would have to be asked.
    if (!login.request.passive) record('AUTHENTICATION_INTERRUPT_TRIGGERED', login, authentication, shown)
    return show(login, authentication, shown)
  }

  function show(login: Login, authentication: Authentication, shown: Shown, facts: { stays?: boolean; unread?: boolean } = {}): Outcome {
    return {
      kind: 'ask',
      login: remember(login, { of: markOf(authentication), shown }),
      view: interruptView(shown.payload, login, {
        principalId: authentication.principal.id,
        format: own.messageFormat,
        stays: facts.stays ?? false,
        unread: facts.unread ?? false,
      }),
    }
  }

  async function submit(login: Login, event: FlowEvent): Promise<Outcome> {
    const authentication = login.authentication ?? login.session?.authentication
    const memory = memoryOf(login)
    if (!authentication || memory?.of !== markOf(authentication) || !memory.shown) return enter(login)
    const { shown } = memory
    const { payload } = shown
    const address = event.fields.form.getAll('link').find((value) => value !== '')
    const link = payload.links.find((each) => each.address === address)
    if (address !== undefined && !link) return refuse(login, authentication, shown)
    if (event.id === 'redirect') {
      if (!link) return { kind: 'block', status: 400, view: { id: 'error/casErrorView', props: { status: 400 } } }
      await finalize(login, authentication, shown, false)
      record('AUTHENTICATION_INTERRUPT_REDIRECTED', login, authentication, shown)
      return { kind: 'leave', reply: () => redirectTo(link.href) }
    }
    if (event.id === 'stay') return show(login, authentication, shown, { stays: true })
    if (payload.block) {
      const elsewhere = login.registeredService?.unauthorizedRedirectUrl
      if (!elsewhere) return refuse(login, authentication, shown)
      record('AUTHENTICATION_INTERRUPT_BLOCKED', login, authentication, shown)
      return { kind: 'leave', reply: () => redirectTo(elsewhere) }
    }
    const hasRead = event.fields.form.get('acknowledge') === 'true'
    if (payload.acknowledge === 'required' && !hasRead) return show(login, authentication, shown, { stays: true, unread: true })
    return proceed(login, authentication, shown, hasRead)
  }

  async function proceed(login: Login, authentication: Authentication, shown: Shown, hasRead: boolean): Promise<Outcome> {
    await finalize(login, authentication, shown, hasRead)
    record('AUTHENTICATION_INTERRUPT_FINALIZED', login, authentication, shown)
    const settled = remember(login, { of: markOf(authentication) })
    if (login.authentication) {
      const attributes = { ...authentication.attributes, [FINALIZED]: [true] }
      return { kind: 'pass', login: { ...settled, ...veto(login, shown.payload), authentication: { ...authentication, attributes } } }
    }
    const session = login.session && ((await sso.addAttributes(login.session, { [FINALIZED]: [true] })) ?? login.session)
    return { kind: 'pass', login: { ...settled, session } }
  }

  async function finalize(login: Login, authentication: Authentication, shown: Shown, hasRead: boolean): Promise<void> {
    const { payload, memory, source, digest } = shown
    if (payload.tracked) tracker.record(login.call, authentication.principal.id, digest)
    if (memory !== undefined) await interrupts.accepted(inquiryOf(wayOf(login), authentication), source, memory, hasRead)
  }

  /** Before the session exists, the source decides about it; afterwards what it says of it has no effect (interrupt.md 6.2, 7). */
  function veto(login: Login, payload: InterruptPayload): Partial<Login> {
    return login.authentication && !payload.ssoEnabled ? { directives: { ssoVetoed: true } } : {}
  }

  function refuse(login: Login, authentication: Authentication, shown: Shown): Outcome {
    record('AUTHENTICATION_INTERRUPT_BLOCKED', login, authentication, shown)
    const service = login.request.service?.id ?? ''
    const props = { message: 'screen.service.error.message', reason: 'INTERRUPTED', service, redirectUrl: undefined }
    return { kind: 'block', status: blockedStatus, view: { id: 'error/casServiceErrorView', props } }
  }

  function unavailable(login: Login): Outcome {
    const view = { id: 'error/casErrorView', props: { status: 503 } } as const
    // A request that must not end on a page goes back to the application.
    return login.request.passive ? { kind: 'ask', view: () => view } : { kind: 'block', status: 503, view }
  }

  function record(action: string, login: Login, { principal }: Authentication, shown: Shown, more?: string): void {
    const service = login.request.service?.id.slice(0, 200) ?? ''
    const facts = [`source=${shown.source}`, `service=${service}`, `block=${shown.payload.block}`, `payload=${shown.digest.slice(0, 16)}`]
    audit.record({
      action,
      who: principal.id,
      what: `{${[...facts, ...(more ? [more] : [])].join(', ')}}`,
      client: login.call.get('client'),
    })
  }

  return { id: ID, enter, submit }
}

const markOf = ({ principal, authenticatedAtMs }: Authentication): string =>
  createHash('sha256')
    .update(JSON.stringify([principal.id, authenticatedAtMs]))
    .digest('base64url')
    .slice(0, 22)

/** Sealed by this server and nobody else: its shape is what `remember` wrote. */
const memoryOf = (login: Login) => login.state[ID] as unknown as Memory | undefined

const remember = (login: Login, memory: Memory): Partial<Login> => ({ state: { ...login.state, [ID]: memory as unknown as Json } })

const wayOf = ({ call, request, registeredService }: Login): Way => ({
  call,
  service: request.service,
  registeredService,
  locale: request.locale,
})
