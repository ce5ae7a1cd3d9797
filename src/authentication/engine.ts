import type { Audit } from '../audit/index.ts'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { type Metrics, noMetrics } from '../base/metrics.ts'
import { type OutgoingRequests, outgoingRequests } from '../base/outgoing-request.ts'
import type { Attributes, Principal, RegisteredService } from '../services/index.ts'
import type { PolicyWorld } from './asked-policies.ts'
import { attributeSources } from './attributes/index.ts'
import type {
  Authentication,
  AuthenticationEngine,
  AuthenticationOutcome,
  AuthenticationRequest,
  Credential,
  MessageRef,
  Proof,
} from './authentication.ts'
import type { AuthenticationConfig } from './config.ts'
import { failurePrecedence } from './failures.ts'
import type { Attempt, Handler, HandlerAnswer } from './handler.ts'
import type { HandlerParts } from './handler-frame.ts'
import { handlers as factories } from './handlers/index.ts'
import { hashingConcurrency, passwordQueue } from './password-queue.ts'
import { globalPolicy, type Policy, policyNames, requiredHandlersSucceeded, type Standing, servicePolicy, type Verdict } from './policy.ts'
import { principalResolver } from './principal.ts'
import { renewal } from './renewal.ts'
import { warnAtStart } from './start-warnings.ts'

export interface AuthenticationOptions {
  readonly settings: AuthenticationConfig
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
  readonly metrics?: Metrics
  /** Where `classpath:` resources lie, below `classpath/`. */
  readonly configurationDirectory: string
  /** `cas.server.name`. */
  readonly serverName: string
  /** Present where passwords are kept for applications (`cas.clearpass.cache-credential`): seals one for its user. */
  readonly sealPassword?: ((password: string, userId: string) => string) | undefined
  /** `castellan.config.strict`: the start is refused where it otherwise warns. */
  readonly strict?: boolean
}

/** For servers that are asked about a user while that user waits. */
const OUTGOING_LIMITS = { connectTimeoutMs: 3000, readTimeoutMs: 5000, maxBodyBytes: 64 * 1024 }
/** Longer ones are nobody's: some hashes cost more with every byte. */
const MAX_NAME_LENGTH = 1024
const MAX_PASSWORD_LENGTH = 4096
/** Key of what is no handler's failure in the map of failures. */
const POLICY = 'AuthenticationPolicy'

/**
 * Builds the engine of authentication.md 2 from its settings.
 *
 * @throws {StartRefusal} for an encoder, pattern or module that cannot be used, and for dangerous defaults when `strict`.
 */
export async function createAuthentication(options: AuthenticationOptions): Promise<AuthenticationEngine> {
  const { settings, clock, audit, metrics = noMetrics } = options
  const log = options.log.child({ room: 'authentication' })
  const { policy: policySettings, errors } = settings.cas.authn
  const queue = passwordQueue({ size: settings.castellan.passwords.queueSize, concurrency: hashingConcurrency() })
  const parts: HandlerParts = { settings, clock, log, queue, configurationDirectory: options.configurationDirectory }
  const handlers = await registeredHandlers(parts)
  let outgoing: OutgoingRequests | undefined
  const closings: (() => Promise<void>)[] = []
  const policyWorld: PolicyWorld = {
    log,
    configurationDirectory: options.configurationDirectory,
    timeoutMs: settings.castellan.scripts.timeout * 1000,
    requests: () => {
      outgoing ??= outgoingRequests(OUTGOING_LIMITS)
      return outgoing
    },
    atTheEnd: (close) => closings.push(close),
  }
  const policy = globalPolicy(settings.cas.authn, policyWorld)
  const sources = attributeSources({ ...parts, ...policyWorld })
  const resolver = principalResolver(settings, sources, log)
  const decide = failurePrecedence(errors.exceptions)
  warnAtStart({ ...options, log, handlers })

  const count = (handler: string, outcome: 'success' | 'failure' | 'error') =>
    metrics.counter('cas.authentications', 'Passwords that were tried, by handler and outcome.', { handler, outcome }).add()

  async function authenticate(credential: Credential, request: AuthenticationRequest): Promise<AuthenticationOutcome> {
    const username = credential.username.trim()
    const refused = (failures: ReadonlyMap<string, string>, failure = decide(failures.values())): AuthenticationOutcome => {
      audit.record({
        action: 'AUTHENTICATION_FAILED',
        who: username || 'audit:unknown',
        what: `{credential=[${credential.kind}(username=${username})], failure=${failure}}`,
        client: request.client,
      })
      return { kind: 'failed', failure, failures: Object.fromEntries(failures) }
    }
    // An empty password binds anonymously elsewhere and so "succeeds": no source is ever asked with one.
    if (
      username === '' ||
      credential.password === '' ||
      username.length > MAX_NAME_LENGTH ||
      credential.password.length > MAX_PASSWORD_LENGTH
    ) {
      return refused(new Map(), 'FailedLoginException')
    }
    const candidates = candidatesFor(username, credential, request.service)
    if (candidates.length === 0)
      log.warn({ service: request.service?.id, source: credential.source }, 'no authentication handler takes part')
    const enough = policyFor(request.service)
    const remembered = credential.rememberMe === true
    const event = eventAttributes(remembered ? 'RememberMeUsernamePasswordCredential' : 'UsernamePasswordCredential', remembered, request)
    const tried = await tryHandlers(candidates, { username, password: credential.password, client: request.client }, enough, event)
    if (tried.principals.length === 0) return refused(tried.failures)
    if (tried.verdict !== true) {
      const failure = tried.verdict === false ? 'UnsatisfiedAuthenticationPolicyException' : tried.verdict
      return refused(new Map(tried.failures).set(POLICY, failure))
    }

    const principal = resolver.elect(tried.principals)
    const successes = [...tried.successes]
    const authentication: Authentication = {
      principal,
      authenticatedAtMs: clock(),
      attributes: { ...event, authenticationMethod: successes, successfulAuthenticationHandlers: successes },
      successes,
      failures: Object.fromEntries(tried.failures),
      warnings: tried.warnings,
      ...(options.sealPassword ? { sealedPassword: options.sealPassword(credential.password, principal.id) } : {}),
    }
    audit.record({
      action: 'AUTHENTICATION_SUCCESS',
      who: principal.id,
      what: `{credential=[${credential.kind}(username=${username})], handlers=[${successes.join(', ')}]}`,
      client: request.client,
    })
    return { kind: 'authenticated', authentication }
  }

  async function accept(proof: Proof, request: AuthenticationRequest): Promise<AuthenticationOutcome> {
    const { handlerName, credentialType, username } = proof
    const refused = (failure: string): AuthenticationOutcome => {
      audit.record({
        action: 'AUTHENTICATION_FAILED',
        who: username || 'audit:unknown',
        what: `{credential=[${credentialType}(username=${username})], failure=${failure}}`,
        client: request.client,
      })
      return { kind: 'failed', failure, failures: { [handlerName]: failure } }
    }
    const { requiredHandlers = [], excludedHandlers = [] } = request.service?.authenticationPolicy ?? {}
    const takesPart = !excludedHandlers.includes(handlerName) && (requiredHandlers.length === 0 || requiredHandlers.includes(handlerName))
    if (!takesPart) return refused('UnsatisfiedAuthenticationPolicyException')
    const resolution = await resolver.resolve(handlerName, { id: username, attributes: proof.attributes })
    if (resolution.kind === 'unresolved') return refused(resolution.failure)
    const { principal } = resolution
    const event = eventAttributes(credentialType, proof.rememberMe === true, request)
    const successes = [handlerName]
    const verdict = await policyFor(request.service)({
      candidates: successes,
      successes: new Set(successes),
      failures: new Map(),
      attributes: { ...event, ...principal.attributes },
      event,
      principal,
    })
    if (verdict !== true) return refused(verdict === false ? 'UnsatisfiedAuthenticationPolicyException' : verdict)
    audit.record({
      action: 'AUTHENTICATION_SUCCESS',
      who: principal.id,
      what: `{credential=[${credentialType}(username=${username})], handlers=[${handlerName}]}`,
      client: request.client,
    })
    const attributes = { ...event, authenticationMethod: successes, successfulAuthenticationHandlers: successes }
    return {
      kind: 'authenticated',
      authentication: { principal, authenticatedAtMs: clock(), attributes, successes, failures: {}, warnings: [] },
    }
  }

  function candidatesFor(username: string, { source }: Credential, service: RegisteredService | undefined): readonly Handler[] {
    const { requiredHandlers = [], excludedHandlers = [] } = service?.authenticationPolicy ?? {}
    return handlers.filter(({ name, state, supports }) => {
      if (policySettings.sourceSelectionEnabled && source && source !== name) return false
      if (requiredHandlers.length > 0 && !requiredHandlers.includes(name)) return false
      if (excludedHandlers.includes(name)) return false
      // CAS also calls standing-by handlers for a service that only excludes others; here it must name them.
      if (state === 'STANDBY' && !requiredHandlers.includes(name)) return false
      return supports(username)
    })
  }

  function policyFor(service: RegisteredService | undefined): Policy {
    const chosen = servicePolicy(service, policyWorld) ?? policy
    if (!service || !policySettings.requiredHandlerAuthenticationPolicyEnabled) return chosen
    return async (standing) => {
      const verdict = await chosen(standing)
      return verdict === true ? requiredHandlersSucceeded(service, standing.successes) : verdict
    }
  }

  /** One after the other, until it is enough (authentication.md 2.3 to 2.5). */
  async function tryHandlers(candidates: readonly Handler[], typed: Attempt, enough: Policy, event: Attributes) {
    const successes = new Set<string>()
    const failures = new Map<string, string>()
    const principals: Principal[] = []
    const warnings: MessageRef[] = []
    const names = candidates.map(({ name }) => name)
    const standing = (): Standing => {
      const principal = resolver.elect(principals)
      return { candidates: names, successes, failures, attributes: { ...event, ...principal.attributes }, event, principal }
    }
    let verdict: Verdict = false
    let asked: number | undefined
    for (const handler of candidates) {
      const answer = await ask(handler, typed)
      count(handler.name, answer.kind === 'prevented' ? 'error' : answer.kind)
      if (answer.kind === 'prevented') {
        log.error(
          { handler: handler.name, reason: answer.reason, cause: describe(answer.cause) },
          'an authentication handler cannot answer',
        )
      }
      if (answer.kind !== 'success') {
        failures.set(handler.name, answer.kind === 'failure' ? answer.failure : 'PreventedException')
        continue
      }
      const resolution = await resolver.resolve(handler.name, { id: answer.id, attributes: answer.attributes ?? {} })
      if (resolution.kind === 'unresolved') {
        failures.set(handler.name, resolution.failure)
        continue
      }
      successes.add(handler.name)
      principals.push(resolution.principal)
      warnings.push(...(answer.warnings ?? []))
      verdict = await enough(standing())
      asked = failures.size
      if (verdict === true) return { successes, failures, principals, warnings, verdict }
    }
    // Nothing has changed since it was asked last, unless others said no afterwards.
    if (principals.length > 0 && asked !== failures.size) verdict = await enough(standing())
    return { successes, failures, principals, warnings, verdict }
  }

  async function ask(handler: Handler, typed: Attempt): Promise<HandlerAnswer> {
    const username = handler.transform(typed.username)
    if (typeof username !== 'string') return { kind: 'failure', failure: 'FailedLoginException' }
    try {
      return await handler.authenticate({ ...typed, username })
    } catch (cause) {
      // "Come back later" is an answer. Anything else is this source's trouble (a module of the operator threw): the others are still asked.
      if (cause instanceof Refusal) throw cause
      return { kind: 'prevented', reason: 'an unexpected error', cause }
    }
  }

  const { principalAttribute, principalTransformation } = settings.cas.personDirectory
  const principalsAreRenamed =
    principalAttribute.length > 0 || Object.values(principalTransformation).some((value) => value !== '' && value !== 'NONE')

  return {
    authenticate,
    accept,
    renew: renewal({ handlers, resolver, principalsAreRenamed, log }),
    async principalOf(username) {
      const id = username.trim().slice(0, MAX_NAME_LENGTH)
      const resolution = await resolver.resolve('', { id, attributes: {} })
      return resolution.kind === 'resolved' ? resolution.principal : { id, attributes: {} }
    },
    attributesOf: (username, ids) => resolver.attributesFrom(ids, username.trim().slice(0, MAX_NAME_LENGTH)),
    attributeSources: () => sources.filter(({ state }) => state === 'ACTIVE').map(({ id, order }) => ({ id, order })),
    handlers: () => handlers.map(({ name, type, state, order }) => ({ name, type, state, order })),
    policies: () => policyNames(settings.cas.authn),
    attributeNames() {
      const { core, stub } = settings.cas.authn.attributeRepository
      return [...new Set([...Object.keys(stub.attributes), ...core.defaultAttributesToRelease])].sort()
    },
    sources: () =>
      policySettings.sourceSelectionEnabled ? handlers.filter(({ state }) => state === 'ACTIVE').map(({ name }) => name) : [],
    // As in CAS, a list of refused users counts too.
    staticUsersActive: settings.cas.authn.reject.users.length > 0 || staticUsers(settings),
    async close() {
      outgoing?.close()
      await Promise.all(closings.map((close) => close()))
    },
  }
}

async function registeredHandlers(parts: HandlerParts): Promise<readonly Handler[]> {
  const made: Handler[] = []
  for (const factory of factories) {
    const handler = await factory(parts)
    if (handler) made.push(handler)
  }
  // The sort is stable: ties stay in the order of registration.
  return made.sort((one, other) => one.order - other.order)
}

const staticUsers = ({ cas }: AuthenticationConfig) => cas.authn.accept.enabled && cas.authn.accept.users.length > 0

function eventAttributes(credentialType: string, remembered: boolean, { client }: AuthenticationRequest): Attributes {
  return {
    credentialType: [credentialType],
    longTermAuthenticationRequestTokenUsed: [remembered],
    clientIpAddress: [client.address],
    serverIpAddress: [client.serverAddress],
    userAgent: [client.userAgent],
  }
}

const describe = (cause: unknown): string | undefined => (cause instanceof Error ? cause.message : undefined)
