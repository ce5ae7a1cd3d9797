import type { Audit } from '../../../audit/index.ts'
import type { Authentication } from '../../../authentication/index.ts'
import type { Json } from '../../../base/json.ts'
import type { Log } from '../../../base/log.ts'
import type { Demand, Inquiry, Multifactor, MultifactorProvider, ProviderOutcome } from '../../../mfa/index.ts'
import type { Attributes } from '../../../services/index.ts'
import type { Sso } from '../../../sso/index.ts'
import { applicationProps } from '../../application.ts'
import type { FlowEvent, Login, Outcome, Step } from '../../login.ts'
import { loginMark } from '../../login-mark.ts'

export interface MultifactorStepParts {
  readonly multifactor: Multifactor
  readonly sso: Pick<Sso, 'addAttributes'>
  readonly audit: Audit
  readonly log: Log
}

/** What a conversation keeps of this step; sealed with it. */
interface Memory {
  /** Whose login it was: another one in the same conversation begins anew. */
  readonly of: string
  /** The provider whose page is shown, and what it has kept. */
  readonly asked?: { readonly provider: string; readonly state: Json }
  /** The provider that this conversation has passed, so that one that is always asked for is asked for once. */
  readonly passed?: string
  /** The provider that it was let past: said once. */
  readonly bypassed?: string
}

const STEP_ID = 'multifactor'

/**
 * Does this login need a second factor (authentication.md 13)? Stands where users have just been identified, before anything else is asked of them, and
 * before every ticket, where a session may have to be stepped up.
 */
export function multifactorStep({ multifactor, sso, audit, log }: MultifactorStepParts): Step {
  /** Of requests under way: the login, and the way it is on, of which nothing is demanded. What decides about it may be another server, and is asked once. */
  const settled = new WeakMap<object, string>()
  return {
    id: STEP_ID,
    async enter(login): Promise<Outcome> {
      const authentication = authenticationOf(login)
      if (!authentication) return { kind: 'pass' }
      // Who only looks in with a session, on the way to nothing, is not asked.
      if (!login.request.service && !login.authentication && login.grantedSessionId === undefined) return { kind: 'pass' }
      // One request may ask about several ways: that of a device about its page, then about its client.
      const way = JSON.stringify([loginMark(authentication), login.registeredService?.id, login.request.service?.id])
      if (settled.get(login.call) === way) return { kind: 'pass' }
      const inquiry = inquiryOf(login, authentication)
      const demand = await multifactor.demand(inquiry)
      if (demand.kind === 'none') settled.set(login.call, way)
      return meet(login, inquiry, demand)
    },

    async submit(login, event): Promise<Outcome> {
      const authentication = authenticationOf(login)
      const memory = memoryOf(login)
      const provider = memory?.asked && multifactor.provider(memory.asked.provider)
      if (!authentication || !provider || !memory?.asked || memory.of !== loginMark(authentication)) return this.enter(login)
      const inquiry = inquiryOf(login, authentication)
      return outcomeOf(login, inquiry, provider, await provider.submit(inquiry, memory.asked.state, postedBy(event)))
    },
  }

  async function meet(login: Login, inquiry: Inquiry, demand: Demand): Promise<Outcome> {
    switch (demand.kind) {
      case 'none':
      case 'satisfied':
        return { kind: 'pass' }
      case 'bypassed':
        return bypassed(login, inquiry, demand)
      case 'waived':
        log.warn({ provider: demand.provider.id }, 'a multifactor provider cannot be used and its failure mode lets logins go on')
        if (!demand.marked) return { kind: 'pass' }
        return passed(login, inquiry, demand.provider, multifactor.passed(inquiry.authentication, demand.provider))
      case 'required':
        return begin(login, inquiry, demand.provider)
      case 'unavailable':
        return closed(login, demand)
      case 'denied':
        return { kind: 'block', status: 403, view: { id: 'mfa/casMfaDeniedView', props: { application: inquiry.application } } }
      case 'absent':
        log.error(
          { providers: demand.ids.map((id) => id.slice(0, 64)), service: login.registeredService?.name },
          'a login was refused that needs a multifactor provider which is not here',
        )
        return { kind: 'reject', rejection: { status: 401, message: { key: ABSENT } } }
    }
  }

  async function bypassed(login: Login, inquiry: Inquiry, demand: Extract<Demand, { kind: 'bypassed' }>): Promise<Outcome> {
    const of = loginMark(inquiry.authentication)
    const memory = memoryOf(login)
    const { id } = demand.provider
    if (memory?.of === of && memory.bypassed === id) return { kind: 'pass' }
    record('MULTIFACTOR_AUTHENTICATION_BYPASS_EVALUATION', login, inquiry, `provider=${id}, bypass=${demand.why}`)
    const state = remembering(login, { of, bypassed: id })
    const isMarked = Object.entries(demand.attributes).every(([name, [value]]) => inquiry.authentication.attributes[name]?.[0] === value)
    const marked = isMarked ? {} : await withAttributes(login, inquiry.authentication, demand.attributes)
    return { kind: 'pass', login: { ...marked, state } }
  }

  async function begin(login: Login, inquiry: Inquiry, provider: MultifactorProvider): Promise<Outcome> {
    const memory = memoryOf(login)
    const isMine = memory?.of === loginMark(inquiry.authentication)
    if (isMine && memory.passed === provider.id) return { kind: 'pass' }
    // Nothing is sent to anybody who will be shown nothing.
    if (login.request.passive) return { kind: 'ask', view: () => NEVER_SHOWN }
    const known = isMine && memory.asked?.provider === provider.id ? memory.asked : undefined
    return outcomeOf(login, inquiry, provider, await (known ? provider.show(inquiry, known.state) : provider.begin(inquiry)))
  }

  async function outcomeOf(login: Login, inquiry: Inquiry, provider: MultifactorProvider, outcome: ProviderOutcome): Promise<Outcome> {
    const of = loginMark(inquiry.authentication)
    switch (outcome.kind) {
      case 'passed': {
        record('AUTHENTICATION_SUCCESS', login, inquiry, `credential=[${provider.credentialType}], handlers=[${provider.handlerName}]`)
        const attributes = { ...multifactor.passed(inquiry.authentication, provider), ...outcome.attributes }
        return passed(login, inquiry, provider, attributes)
      }
      case 'ask': {
        const { view, status } = outcome
        // Failures of second factors are counted by their providers, for each user and over all conversations.
        if (status === 401) record('AUTHENTICATION_FAILED', login, inquiry, `credential=[${provider.credentialType}]`)
        const state = remembering(login, { of, asked: { provider: provider.id, state: outcome.state } })
        return { kind: 'ask', view, login: { state }, countedElsewhere: true, ...(status === undefined ? {} : { status }) }
      }
      case 'unable':
        return { kind: 'block', view: outcome.view, status: outcome.status }
      case 'restart':
        record('AUTHENTICATION_FAILED', login, inquiry, `credential=[${provider.credentialType}], failure=${outcome.message.key}`)
        return { kind: 'reject', rejection: { status: outcome.status, message: outcome.message } }
    }
  }

  async function passed(login: Login, inquiry: Inquiry, provider: MultifactorProvider, attributes: Attributes): Promise<Outcome> {
    const state = remembering(login, { of: loginMark(inquiry.authentication), passed: provider.id })
    // That it was once let past is over; an attribute without values is told to nobody.
    const added = { ...NOT_BYPASSED, ...attributes }
    return { kind: 'pass', login: { ...(await withAttributes(login, inquiry.authentication, added)), state } }
  }

  /** In the pending login, or in the session that is there already. */
  async function withAttributes(login: Login, authentication: Authentication, added: Attributes): Promise<Partial<Login>> {
    if (login.authentication) {
      return { authentication: { ...authentication, attributes: { ...authentication.attributes, ...added } } }
    }
    const { session } = login
    return session ? { session: (await sso.addAttributes(session, added)) ?? session } : {}
  }

  function closed(login: Login, { provider }: Extract<Demand, { kind: 'unavailable' }>): Outcome {
    log.error({ provider: provider?.id }, 'a login was refused, for its second factor cannot be asked for')
    const view = { id: 'mfa/casMfaUnavailableView', props: { application: applicationProps(login.registeredService) } } as const
    // A request that must not end on a page goes back to the application.
    return login.request.passive ? { kind: 'ask', view: () => view } : { kind: 'block', status: 503, view }
  }

  function record(action: string, login: Login, { authentication }: Inquiry, facts: string): void {
    const service = login.request.service?.id.slice(0, 200) ?? ''
    audit.record({ action, who: authentication.principal.id, what: `{${facts}, service=${service}}`, client: login.call.get('client') })
  }
}

const ABSENT = 'authenticationFailure.MultifactorAuthenticationProviderAbsentException'
const NOT_BYPASSED: Attributes = { bypassMultifactorAuthentication: [], bypassedMultifactorAuthenticationProviderId: [] }
const NEVER_SHOWN = { id: 'error/casErrorView', props: { status: 401 } } as const

const authenticationOf = (login: Login): Authentication | undefined => login.authentication ?? login.session?.authentication

/** Sealed by this server and nobody else: its shape is what `remembering` wrote. */
const memoryOf = (login: Login): Memory | undefined => login.state[STEP_ID] as unknown as Memory | undefined

const remembering = (login: Login, memory: Memory): Login['state'] => ({ ...login.state, [STEP_ID]: memory as unknown as Json })

function inquiryOf(login: Login, authentication: Authentication): Inquiry {
  const { call, request, registeredService } = login
  return {
    authentication,
    service: request.service,
    registeredService,
    requested: request.contexts ?? [],
    client: call.get('client'),
    headerNames: () => [...call.req.raw.headers.keys()],
    hidden: call.req.header('sec-fetch-site') === 'cross-site' && call.req.header('sec-fetch-dest') !== 'document',
    application: applicationProps(registeredService),
    locale: request.locale,
  }
}

const postedBy = ({ id, fields }: FlowEvent) => ({ event: id, field: (name: string) => fields.form.get(name) ?? undefined })
