import type { Audit } from '../../../audit/index.ts'
import type { AuthenticationEngine, PasswordlessAccount } from '../../../authentication/index.ts'
import type { Client } from '../../../base/client.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Json } from '../../../base/json.ts'
import type { Inquiry, Multifactor, MultifactorProvider, ProviderOutcome } from '../../../mfa/index.ts'
import type { RegisteredService } from '../../../services/index.ts'
import type { Message } from '../../../views/index.ts'
import { applicationProps } from '../../application.ts'
import type { FlowEvent, Login, Outcome, Presented, Step } from '../../login.ts'
import { failureMessage } from '../credentials/failures.ts'
import { type FormContent, type FormParts, formProps, presentedBy } from '../credentials/form.ts'
import { ownerOf, type Passwordless } from './open.ts'

export interface PasswordlessStepParts extends Omit<FormParts, 'engine' | 'customFields'> {
  readonly passwordless: Passwordless
  readonly engine: Pick<AuthenticationEngine, 'accept' | 'principalOf'>
  readonly multifactor: Multifactor
  readonly uniformFailureMessage: boolean
  readonly audit: Audit
  readonly clock: Clock
}

/** Where a user stands; sealed into the page. What is known of the name shows neither in it nor in its length. */
type Memory = { readonly name: string; readonly presented: Presented } & (
  | { readonly stage: 'code'; readonly challenge: string; readonly untilMs: number; readonly known: 0 | 1 }
  | { readonly stage: 'factor'; readonly provider: string; readonly state: Json }
  | { readonly stage: 'password' }
)
type CodeMemory = Extract<Memory, { stage: 'code' }>
type FactorMemory = Extract<Memory, { stage: 'factor' }>

const STEP_ID = 'passwordless'
const HANDLER = 'PasswordlessTokenAuthenticationHandler'
const CREDENTIAL = 'OneTimePasswordCredential'
const LONGEST_NAME = 256
/** Codes of a second factor and these are typed into pages that say the same. */
const key = (name: string): Message => ({ key: `castellan.mfa.simple.${name}` })

/**
 * The name first, then a code that is sent to its user (authentication.md 14). A name that nobody has is answered as any other: the same page, after the same
 * work, and a code that nobody gets.
 */
export function passwordlessStep(parts: PasswordlessStepParts): Step {
  const { passwordless, engine, multifactor, clock } = parts
  const form: FormParts = { ...parts, engine: { sources: () => [], staticUsersActive: false }, customFields: [] }

  const step: Step = {
    id: STEP_ID,
    async enter(login): Promise<Outcome> {
      if (login.authentication || isSwitchedOff(login.registeredService)) return { kind: 'pass' }
      const { rejection } = login
      if (rejection) return namePage(login, { errors: [rejection.message], status: rejection.status })
      const memory = memoryOf(login)
      switch (memory?.stage) {
        case 'password':
          return { kind: 'pass', login: { typedName: memory.name } }
        case 'code':
          return codePage(login, memory)
        case 'factor': {
          const account = await passwordless.find(memory.name)
          const provider = multifactor.provider(memory.provider)
          if (!account || !provider) return namePage(login)
          const inquiry = await inquiryOf(login, account)
          return factorOutcome(login, memory, provider, inquiry, account, await provider.show(inquiry, memory.state))
        }
        default:
          return namePage(login)
      }
    },

    async submit(login, event): Promise<Outcome> {
      // The definition may have been changed meanwhile.
      if (isSwitchedOff(login.registeredService)) return { kind: 'pass' }
      const memory = memoryOf(login)
      if (memory?.stage === 'code') return codePosted(login, memory, event)
      if (memory?.stage === 'factor') return factorPosted(login, memory, event)
      return event.id === 'submit' ? namePosted(login, event) : namePage(login)
    },
  }
  return step

  async function namePosted(login: Login, { fields }: FlowEvent): Promise<Outcome> {
    const name = fields.form.get('username')?.trim() ?? ''
    if (name === '' || name.length > LONGEST_NAME) {
      return namePage(login, { errors: [{ key: 'username.required' }], invalidFields: ['username'] })
    }
    const client = login.call.get('client')
    if (!(await passwordless.mayAsk(client.address))) return namePage(login, { username: name, errors: [key('too-many')], status: 429 })
    const presented = presentedBy(fields, parts)
    const account = await passwordless.find(name)
    if (account?.requestPassword) {
      return { kind: 'pass', login: { typedName: name, state: remembering(login, { stage: 'password', name, presented }) } }
    }
    const byFactor = account && (await factorFor(login, account))
    if (byFactor) {
      const { provider, inquiry } = byFactor
      const memory: FactorMemory = { stage: 'factor', name, presented, provider: provider.id, state: null }
      return factorOutcome(login, memory, provider, inquiry, account, await provider.begin(inquiry))
    }
    return send(login, name, presented, account)
  }

  /** @param before The page of a code that is left, where there is one: it stays good when no other may be sent. */
  async function send(
    login: Login,
    name: string,
    presented: Presented,
    account: PasswordlessAccount | undefined,
    before?: CodeMemory,
  ): Promise<Outcome> {
    const { limits, codes } = passwordless
    const refused = (reason: Message, status: number) =>
      before ? codePage(login, before, { error: reason, status }) : namePage(login, { username: name, errors: [reason], status })
    if (await limits.isLocked(name)) return refused(key('locked'), 423)
    if (!(await limits.maySend(name))) return refused(key('too-many'), 429)
    const { code, challenge } = await codes.create(name)
    // Nobody waits for it: how long it takes would tell whether the name is anybody's.
    passwordless.send({ name, account, code, locale: login.request.locale, client: login.call.get('client') })
    if (before) await codes.withdraw(before.challenge)
    const untilMs = clock() + passwordless.timeToLiveInSeconds * 1000
    const memory: CodeMemory = { stage: 'code', name, presented, challenge, untilMs, known: account ? 1 : 0 }
    return codePage(login, memory, { sentAgain: before !== undefined })
  }

  async function codePosted(login: Login, memory: CodeMemory, { id, fields }: FlowEvent): Promise<Outcome> {
    const { codes, limits } = passwordless
    const { name, presented, challenge } = memory
    const client = login.call.get('client')
    if (id === 'other') {
      await codes.withdraw(challenge)
      return namePage(login)
    }
    if (id === 'resend') {
      if (!(await passwordless.mayAsk(client.address))) return codePage(login, memory, { error: key('too-many'), status: 429 })
      return send(login, name, presented, await passwordless.find(name), memory)
    }
    const typed = fields.form.get('token') ?? ''
    if (typed.trim() === '') return codePage(login, memory, { error: key('blank') })
    if (await limits.isLocked(name)) return namePage(login, { username: name, errors: [key('locked')], status: 423 })
    // The same work for every name. That an account is locked under other names does not show: its code is not right, as that of a name that nobody has.
    const account = await passwordless.find(name)
    const whose = ownerOf(account, name)
    const isLockedElsewhere = await passwordless.byOwner.isLocked(whose)
    const checked = await codes.check(challenge, name, typed)
    if (checked === 'right' && memory.known === 1 && account && !isLockedElsewhere) {
      await Promise.all([limits.forgetWrong(name), passwordless.byOwner.forgetWrong(whose)])
      return accepted(login, account, presented, CREDENTIAL)
    }
    passwordless.refused(checked === 'right' ? 'wrong' : checked)
    parts.audit.record({
      action: 'AUTHENTICATION_FAILED',
      who: name,
      what: `{credential=[${CREDENTIAL}(username=${name})], failure=FailedLoginException}`,
      client,
    })
    if (checked !== 'gone') await Promise.all([limits.noteWrong(name), passwordless.byOwner.noteWrong(whose)])
    if (checked === 'spent') return namePage(login, { username: name, errors: [key('spent')], status: 401 })
    return codePage(login, memory, { error: key(checked === 'gone' ? 'gone' : 'wrong'), status: 401 })
  }

  /** The user is who was proven; policies and the application still decide. */
  async function accepted(
    login: Login,
    account: PasswordlessAccount,
    presented: Presented,
    credentialType: string,
    more?: { readonly provider: MultifactorProvider; readonly attributes: Inquiry['authentication']['attributes'] },
  ): Promise<Outcome> {
    const outcome = await engine.accept(
      {
        handlerName: HANDLER,
        credentialType,
        username: account.username,
        attributes: account.attributes,
        rememberMe: presented.rememberMe,
      },
      { client: login.call.get('client'), service: login.registeredService },
    )
    if (outcome.kind === 'failed') {
      return namePage(login, { errors: [failureMessage(outcome.failure, parts.uniformFailureMessage)], status: 401 })
    }
    passwordless.accepted()
    const { authentication } = outcome
    const attributes = more
      ? { ...authentication.attributes, ...multifactor.passed(authentication, more.provider), ...more.attributes }
      : authentication.attributes
    return {
      kind: 'pass',
      login: {
        authentication: { ...authentication, attributes },
        presented,
        session: undefined,
        rejection: undefined,
        state: forgotten(login),
      },
    }
  }

  /** The second factor that stands in place of a code: one that is demanded of this user, and that is really asked for. */
  async function factorFor(login: Login, account: PasswordlessAccount) {
    if (!(account.multifactorEligible ?? passwordless.multifactorActivated)) return undefined
    const inquiry = await inquiryOf(login, account)
    const demand = await multifactor.demand(inquiry)
    // Whoever is let past it has shown nothing yet.
    return demand.kind === 'required' ? { provider: demand.provider, inquiry } : undefined
  }

  async function factorPosted(login: Login, memory: FactorMemory, { id, fields }: FlowEvent): Promise<Outcome> {
    const account = await passwordless.find(memory.name)
    const provider = multifactor.provider(memory.provider)
    if (!account || !provider) return namePage(login)
    const inquiry = await inquiryOf(login, account)
    const posted = { event: id, field: (name: string) => fields.form.get(name) ?? undefined }
    return factorOutcome(login, memory, provider, inquiry, account, await provider.submit(inquiry, memory.state, posted))
  }

  async function factorOutcome(
    login: Login,
    memory: FactorMemory,
    provider: MultifactorProvider,
    inquiry: Inquiry,
    account: PasswordlessAccount,
    outcome: ProviderOutcome,
  ): Promise<Outcome> {
    const failed = (status: number | undefined) => {
      if (status !== 401) return
      const client: Client = inquiry.client
      parts.audit.record({
        action: 'AUTHENTICATION_FAILED',
        who: account.username,
        what: `{credential=[${provider.credentialType}(username=${account.username})], failure=FailedLoginException}`,
        client,
      })
    }
    switch (outcome.kind) {
      case 'passed':
        return accepted(login, account, memory.presented, provider.credentialType, { provider, attributes: outcome.attributes })
      case 'ask': {
        const { view, status } = outcome
        failed(status)
        const state = remembering(login, { ...memory, state: outcome.state })
        return { kind: 'ask', view, login: { state }, countedElsewhere: true, ...(status === undefined ? {} : { status }) }
      }
      case 'unable':
        return { kind: 'block', view: outcome.view, status: outcome.status }
      case 'restart':
        failed(401)
        return namePage(login, { username: memory.name, errors: [outcome.message], status: outcome.status })
    }
  }

  async function inquiryOf(login: Login, account: PasswordlessAccount): Promise<Inquiry> {
    const { call, request, registeredService } = login
    const principal = await engine.principalOf(account.username)
    const reachable = {
      ...(account.email === '' ? {} : { email: [account.email] }),
      ...(account.phone === '' ? {} : { phone: [account.phone] }),
    }
    const attributes = { ...reachable, ...principal.attributes, ...account.attributes }
    return {
      authentication: {
        principal: { id: principal.id, attributes },
        authenticatedAtMs: clock(),
        attributes: {},
        successes: [],
        failures: {},
        warnings: [],
      },
      service: request.service,
      registeredService,
      requested: request.contexts ?? [],
      client: call.get('client'),
      headerNames: () => [...call.req.raw.headers.keys()],
      hidden: false,
      application: applicationProps(registeredService),
      locale: request.locale,
    }
  }

  function namePage(login: Login, content: FormContent = {}): Outcome {
    const props = formProps(form, login, content)
    return {
      kind: 'ask',
      view: (execution) => ({ id: 'passwordless/casPasswordlessGetUserIdView', props: { ...props, execution } }),
      login: { state: forgotten(login) },
      countedElsewhere: true,
      ...(content.status === undefined ? {} : { status: content.status }),
    }
  }

  function codePage(
    login: Login,
    memory: CodeMemory,
    more: { readonly error?: Message; readonly status?: number; readonly sentAgain?: boolean } = {},
  ): Outcome {
    const props = {
      application: applicationProps(login.registeredService),
      name: memory.name,
      length: passwordless.codeLength,
      secondsLeft: Math.max(0, Math.round((memory.untilMs - clock()) / 1000)),
      error: more.error,
      sentAgain: more.sentAgain ?? false,
    }
    return {
      kind: 'ask',
      view: (execution) => ({ id: 'passwordless/casPasswordlessDisplayView', props: { ...props, execution } }),
      login: { state: remembering(login, memory) },
      countedElsewhere: true,
      ...(more.status === undefined ? {} : { status: more.status }),
    }
  }
}

/** `passwordlessPolicy.enabled=false` of a definition. */
function isSwitchedOff(service: RegisteredService | undefined): boolean {
  const policy = service?.definition['passwordlessPolicy']
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) return false
  return String((policy as Readonly<Record<string, Json>>)['enabled']).toLowerCase() === 'false'
}

/** Sealed by this server and nobody else: its shape is what `remembering` wrote. */
const memoryOf = (login: Login): Memory | undefined => login.state[STEP_ID] as unknown as Memory | undefined

const remembering = (login: Login, memory: Memory): Login['state'] => ({ ...login.state, [STEP_ID]: memory as unknown as Json })

function forgotten({ state }: Login): Login['state'] {
  const { [STEP_ID]: _gone, ...rest } = state
  return rest
}
