import type { Audit } from '../../../audit/index.ts'
import type { Authentication } from '../../../authentication/index.ts'
import type { Sso } from '../../../sso/index.ts'
import type { FlowEvent, Login, Outcome, Step } from '../../login.ts'
import { loginMark } from '../../login-mark.ts'
import { redirectTo } from '../deliver/location.ts'
import type { InterruptConfig } from './config.ts'
import { inquiryOf, type Way } from './inquiry.ts'
import type { Decision, Interrupts } from './interrupts.ts'
import { type ResumeLink, resumeAddress } from './link.ts'
import { forgetting, marked, memoryOf, type Row, remember, type ShownPage, STEP_ID } from './memory.ts'
import type { InterruptPayload } from './payload.ts'
import type { InterruptTracker } from './tracker.ts'
import { interruptView } from './view.ts'
import type { TellFinalized } from './webhook.ts'

export { type Acknowledgement, interruptTicketKinds } from './acknowledgements.ts'
export { type Explanation, type Interrupt, type InterruptParts, openInterrupt, type Question } from './open.ts'

export interface InterruptStepParts {
  readonly settings: InterruptConfig
  readonly interrupts: Interrupts
  readonly tracker: InterruptTracker
  readonly tellFinalized: TellFinalized
  readonly sso: Pick<Sso, 'addAttributes'>
  readonly audit: Audit
}

type Found = Extract<Decision, { kind: 'found' }>

/** Authentication attribute that says that an interrupt was accepted (interrupt.md 8.1). */
const FINALIZED = 'finalizedInterrupt'

/**
 * Is there something this user has to see, or to do elsewhere, before going on (interrupt.md)? Stands before the SSO session or after it, as
 * `cas.interrupt.core.trigger-mode` says, and before every ticket, where existing sessions come along; asked once in a conversation.
 */
export function interruptStep({ settings, interrupts, tracker, tellFinalized, sso, audit }: InterruptStepParts): Step {
  const own = settings.castellan.interrupt
  const blockedStatus = Number(own.blockedStatus)

  async function enter(login: Login): Promise<Outcome> {
    const authentication = login.authentication ?? login.session?.authentication
    if (!authentication) return { kind: 'pass' }
    // Who only looks in with a session, on the way to nothing, is not asked.
    if (!login.request.service && !login.authentication && login.grantedSessionId === undefined) return { kind: 'pass' }
    const mark = loginMark(authentication)
    const memory = memoryOf(login)
    if (memory?.of === mark) return memory.row ? show(login, authentication, memory.row) : { kind: 'pass' }

    const decision = await interrupts.decide(inquiryOf(wayOf(login), authentication))
    if (decision.kind === 'none') {
      if (decision.why !== undefined && own.auditSkipped) recordSkipped(login, authentication, decision.why)
      return { kind: 'pass', login: remember(login, { of: mark }) }
    }
    if (decision.kind === 'unavailable') return unavailable(login)
    return found(login, authentication, decision)
  }

  async function found(login: Login, authentication: Authentication, { pages, force }: Found): Promise<Outcome> {
    const all = marked(pages)
    const settled = remember(login, { of: loginMark(authentication) })
    if (interrupts.shadow) {
      for (const page of all) record('TRIGGERED', login, authentication, page, 'shadow=true')
      return { kind: 'pass', login: settled }
    }
    const known = force ? -1 : await lastKnown(login, authentication, all)
    // A block is no news that one has read: it holds for as long as the source says so.
    const isKnown = ({ payload, mark }: ShownPage, index: number) => mark !== undefined && !payload.block && index <= known
    const [first, ...more] = untilBlock(all.filter((page, index) => !isKnown(page, index)))
    const before = all.filter(isKnown).map(({ payload }) => payload)
    if (!first) return { kind: 'pass', login: { ...settled, ...veto(login, before) } }
    // Nobody is shown anything now; the application learns that somebody would have to be asked.
    if (!login.request.passive) triggered(login, authentication, first)
    return show({ ...login, ...veto(login, before) }, authentication, { pages: [first, ...more], at: 0 })
  }

  /** The last page of the row up to which this user has accepted everything in this browser. */
  async function lastKnown(login: Login, { principal }: Authentication, pages: readonly ShownPage[]): Promise<number> {
    for (let index = pages.length - 1; index >= 0; index--) {
      const mark = pages[index]?.mark
      if (mark !== undefined && (await tracker.isRemembered(login.call, principal.id, mark))) return index
    }
    return -1
  }

  function show(login: Login, authentication: Authentication, row: Row, facts: { stays?: boolean; unread?: boolean } = {}): Outcome {
    const page = pageOf(row)
    if (!page) return { kind: 'pass' }
    return {
      kind: 'ask',
      login: { ...remember(login, { of: loginMark(authentication), row }), directives: login.directives },
      view: interruptView(page.payload, login, {
        principalId: authentication.principal.id,
        format: own.messageFormat,
        stays: facts.stays ?? false,
        unread: facts.unread ?? false,
        position: row.pages.length > 1 ? { page: row.at + 1, of: row.pages.length } : undefined,
      }),
    }
  }

  async function submit(login: Login, event: FlowEvent): Promise<Outcome> {
    const authentication = login.authentication ?? login.session?.authentication
    const memory = memoryOf(login)
    const row = memory?.row
    const page = row && pageOf(row)
    if (!authentication || memory?.of !== loginMark(authentication) || !row || !page) return enter(login)
    const { payload } = page
    const address = event.fields.form.getAll('link').find((value) => value !== '')
    const link = payload.links.find((each) => each.address === address)
    if (address !== undefined && !link) return refuse(login, authentication, page)
    if (event.id === 'redirect') {
      if (!link) return { kind: 'block', status: 400, view: { id: 'error/casErrorView', props: { status: 400 } } }
      return follow(login, authentication, page, link)
    }
    if (event.id === 'stay') return show(login, authentication, row, { stays: true })
    if (payload.block) {
      const elsewhere = login.registeredService?.unauthorizedRedirectUrl
      if (!elsewhere) return refuse(login, authentication, page)
      record('BLOCKED', login, authentication, page)
      interrupts.figures.noteFinalized('blocked')
      return { kind: 'leave', reply: () => redirectTo(elsewhere) }
    }
    const hasRead = event.fields.form.get('acknowledge') === 'true'
    if (payload.acknowledge === 'required' && !hasRead) return show(login, authentication, row, { stays: true, unread: true })
    await finalize(login, authentication, page, 'proceed', hasRead)
    record('FINALIZED', login, authentication, page)
    return onward({ ...login, ...veto(login, [payload]) }, authentication, { ...row, at: row.at + 1 })
  }

  /** To the address of a link. One that is to be come back from takes along what continues this very conversation (interrupt.md 14.7). */
  async function follow(login: Login, authentication: Authentication, page: ShownPage, link: ResumeLink): Promise<Outcome> {
    await finalize(login, authentication, page, 'link', false)
    record('REDIRECTED', login, authentication, page)
    if (!link.resume) return { kind: 'leave', reply: () => redirectTo(link.href) }
    return {
      kind: 'leave',
      reply: async (suspend) => {
        // Whoever comes back is asked about anew: the task may be done by then.
        const handle = await suspend(forgetting(login))
        return redirectTo(handle === undefined ? link.href : resumeAddress(link.href, handle))
      },
    }
  }

  async function onward(login: Login, authentication: Authentication, row: Row): Promise<Outcome> {
    const next = pageOf(row)
    if (next) {
      triggered(login, authentication, next)
      return show(login, authentication, row)
    }
    const settled = { ...remember(login, { of: loginMark(authentication) }), directives: login.directives }
    if (login.authentication) {
      const attributes = { ...authentication.attributes, [FINALIZED]: [true] }
      return { kind: 'pass', login: { ...settled, authentication: { ...authentication, attributes } } }
    }
    const session = login.session && ((await sso.addAttributes(login.session, { [FINALIZED]: [true] })) ?? login.session)
    return { kind: 'pass', login: { ...settled, session } }
  }

  async function finalize(
    login: Login,
    authentication: Authentication,
    { payload, memory, mark, source, digest }: ShownPage,
    via: 'proceed' | 'link',
    hasRead: boolean,
  ): Promise<void> {
    const { id } = authentication.principal
    interrupts.figures.noteFinalized(via)
    tellFinalized({ principal: id, service: login.request.service?.id, source, payload: digest, block: payload.block, via })
    // A box that has to be ticked is not ticked by going elsewhere.
    if (payload.acknowledge === 'required' && !hasRead) return
    if (mark !== undefined) await tracker.record(login.call, id, mark)
    if (memory !== undefined) await interrupts.accepted(inquiryOf(wayOf(login), authentication), source, memory, hasRead)
  }

  /** Before the session exists, the source decides about it; afterwards what it says of it has no effect (interrupt.md 6.2, 7). */
  function veto(login: Login, payloads: readonly InterruptPayload[]): Partial<Login> {
    return login.authentication && payloads.some(({ ssoEnabled }) => !ssoEnabled) ? { directives: { ssoVetoed: true } } : {}
  }

  function refuse(login: Login, authentication: Authentication, page: ShownPage): Outcome {
    record('BLOCKED', login, authentication, page)
    interrupts.figures.noteFinalized('blocked')
    const service = login.request.service?.id ?? ''
    const props = { message: 'screen.service.error.message', reason: 'INTERRUPTED', service, redirectUrl: undefined }
    return { kind: 'block', status: blockedStatus, view: { id: 'error/casServiceErrorView', props } }
  }

  function unavailable(login: Login): Outcome {
    const view = { id: 'error/casErrorView', props: { status: 503 } } as const
    // A request that must not end on a page goes back to the application.
    return login.request.passive ? { kind: 'ask', view: () => view } : { kind: 'block', status: 503, view }
  }

  function triggered(login: Login, authentication: Authentication, page: ShownPage): void {
    interrupts.figures.notePage(page.payload.block)
    record('TRIGGERED', login, authentication, page)
  }

  function record(
    action: string,
    login: Login,
    authentication: Authentication,
    { source, payload, digest }: ShownPage,
    more?: string,
  ): void {
    const facts = [`block=${payload.block}`, `payload=${digest.slice(0, 16)}`, ...(more ? [more] : [])]
    write(action, login, authentication, source, facts)
  }

  function recordSkipped(login: Login, authentication: Authentication, why: string): void {
    write('SKIPPED', login, authentication, 'none', [`why=${why}`])
  }

  function write(action: string, login: Login, { principal }: Authentication, source: string, facts: readonly string[]): void {
    const service = login.request.service?.id.slice(0, 200) ?? ''
    audit.record({
      action: `AUTHENTICATION_INTERRUPT_${action}`,
      who: principal.id,
      what: `{${[`source=${source}`, `service=${service}`, ...facts].join(', ')}}`,
      client: login.call.get('client'),
    })
  }

  return { id: STEP_ID, enter, submit }
}

/** Nobody gets to what stands behind a block. */
function untilBlock(pages: readonly ShownPage[]): readonly ShownPage[] {
  const block = pages.findIndex(({ payload }) => payload.block)
  return block < 0 ? pages : pages.slice(0, block + 1)
}

const pageOf = ({ pages, at }: Row): ShownPage | undefined => pages[at]

const wayOf = ({ call, request, registeredService }: Login): Way => ({
  call,
  service: request.service,
  registeredService,
  locale: request.locale,
})
