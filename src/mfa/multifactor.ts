import type { Client } from '../base/client.ts'
import { type Attributes, createScripts, type RegisteredService, type ServiceReference } from '../services/index.ts'
import { GLOBAL, unbuiltSettings, unknownGlobal } from './mistakes.ts'
import type { FailureMode, Inquiry, MultifactorProvider, ProviderParts } from './provider.ts'
import { providerKinds } from './providers/index.ts'
import { servicePolicies } from './service-policy.ts'
import { triggerKinds } from './triggers/index.ts'
import type { Triggered } from './triggers/trigger.ts'

/** What a login needs beyond its first factor. */
export type Demand =
  | { readonly kind: 'none' }
  /** It has passed this provider already. */
  | { readonly kind: 'satisfied'; readonly provider: MultifactorProvider }
  /** It is let past this provider; `attributes` say so. */
  | { readonly kind: 'bypassed'; readonly provider: MultifactorProvider; readonly why: string; readonly attributes: Attributes }
  | { readonly kind: 'required'; readonly provider: MultifactorProvider }
  /** The provider cannot be used, and the failure mode lets everybody go on: unmarked, or marked as if it had been passed. */
  | { readonly kind: 'waived'; readonly provider: MultifactorProvider; readonly marked: boolean }
  /** The provider cannot be used, and nobody goes on. */
  | { readonly kind: 'unavailable'; readonly provider: MultifactorProvider | undefined }
  /** What was asked for is no provider of this server. */
  | { readonly kind: 'absent'; readonly ids: readonly string[] }
  /** Nothing of the user fits (`deny-if-unmatched`). */
  | { readonly kind: 'denied' }

/** What somebody is on the way to. */
export interface Way {
  readonly service: ServiceReference | undefined
  readonly registeredService: RegisteredService | undefined
  readonly client?: Client
}

const NOBODY: Client = { address: '', userAgent: '', serverAddress: '', secure: true }

/** Second factors: who is asked for which, and what passing one leaves in a login. */
export interface Multifactor {
  readonly providers: readonly MultifactorProvider[]
  provider(id: string): MultifactorProvider | undefined
  demand(inquiry: Inquiry): Promise<Demand>
  /**
   * Whether a login, as it is, is not enough for an application where no page can be shown: for protocols of programs.
   *
   * @param way `client`: who asks, where that is somebody the rules about clients are meant for.
   */
  lacks(way: Way, authentication: Inquiry['authentication']): Promise<boolean>
  /** Attributes of a login that has passed a provider, besides its own: the context, and how. */
  passed(authentication: Inquiry['authentication'], provider: MultifactorProvider): Attributes
  /** Attribute that names what a login has passed. */
  readonly contextAttribute: string
  close(): Promise<void>
}

export interface MultifactorParts extends Omit<ProviderParts, 'scripts'> {
  readonly configurationDirectory: string
  /** Longest time of one call of a script. */
  readonly scriptTimeoutMs: number
  /** Whether a setting stands in any source of the configuration, in any spelling; for what is not built. */
  readonly isSet: (setting: string) => boolean
}

/** @throws {StartRefusal} for settings that cannot work. */
export function openMultifactor(parts: MultifactorParts): Multifactor {
  const { settings, configurationDirectory, scriptTimeoutMs } = parts
  const log = parts.log.child({ room: 'mfa' })
  const { core } = settings.cas.authn.mfa
  const scripts = createScripts({ timeoutMs: scriptTimeoutMs, configurationDirectory, log })
  const providers = providerKinds.map((kind) => kind({ ...parts, scripts, log }))
  const policyOf = servicePolicies(log)
  const triggers = triggerKinds.flatMap((kind) => kind({ settings, providers, policyOf, scripts, log }) ?? [])
  for (const { setting, message } of unbuiltSettings(parts.isSet)) log.error({ setting }, message)
  const unknown = unknownGlobal(settings)
  if (unknown !== undefined) log.error({ setting: GLOBAL }, `${GLOBAL} ${unknown}`)
  const provider = (id: string) => providers.find((one) => one.id === id)
  const contextAttribute = core.authenticationContextAttribute.trim() || 'authnContextClass'

  async function triggered(inquiry: Inquiry): Promise<Triggered | undefined> {
    for (const trigger of triggers) {
      const answer = await trigger.ask(inquiry)
      if (answer) return answer
    }
    return undefined
  }

  /** That of the highest rank; of equals the first. */
  function elected({ ids, all }: Extract<Triggered, { kind: 'providers' }>): MultifactorProvider | undefined {
    const known = ids.flatMap((id) => provider(id) ?? [])
    if (all && known.length < ids.length) return undefined
    return known.toSorted((one, other) => other.rank - one.rank)[0]
  }

  function failureMode(one: MultifactorProvider, service: RegisteredService | undefined): FailureMode {
    const modes = [policyOf(service)?.failureMode, one.failureMode, core.globalFailureMode]
    return modes.find((mode) => mode !== undefined && mode !== 'UNDEFINED') ?? 'CLOSED'
  }

  const hasPassed = ({ attributes }: Inquiry['authentication'], { id }: MultifactorProvider) =>
    (Object.hasOwn(attributes, contextAttribute) ? (attributes[contextAttribute] ?? []) : []).includes(id)

  async function demand(inquiry: Inquiry): Promise<Demand> {
    const answer = await triggered(inquiry)
    if (!answer) return { kind: 'none' }
    if (answer.kind === 'denied') return answer
    if (answer.kind === 'unavailable') return { kind: 'unavailable', provider: undefined }
    const chosen = elected(answer)
    if (!chosen) return { kind: 'absent', ids: answer.ids }
    const policy = policyOf(inquiry.registeredService)
    if (!policy?.forceExecution && hasPassed(inquiry.authentication, chosen)) return { kind: 'satisfied', provider: chosen }
    const why = policy?.bypass(inquiry) ?? (await chosen.bypass(inquiry))
    if (why !== undefined) return { kind: 'bypassed', provider: chosen, why, attributes: bypassed(chosen) }
    const mode = failureMode(chosen, inquiry.registeredService)
    if (mode !== 'NONE' && !(await chosen.isAvailable())) {
      if (mode === 'CLOSED' || mode === 'UNDEFINED') return { kind: 'unavailable', provider: chosen }
      return { kind: 'waived', provider: chosen, marked: mode === 'PHANTOM' }
    }
    return { kind: 'required', provider: chosen }
  }

  return {
    providers,
    provider,
    contextAttribute,
    demand,
    async lacks({ service, registeredService, client = NOBODY }, authentication) {
      const found = await demand({
        authentication,
        service,
        registeredService,
        requested: [],
        client,
        headerNames: () => [],
        hidden: false,
        application: undefined,
        locale: undefined,
      })
      if (found.kind === 'required') return !hasPassed(authentication, found.provider)
      return found.kind === 'unavailable' || found.kind === 'absent' || found.kind === 'denied'
    },
    passed({ attributes }, one) {
      const added = (name: string, value: string) => ({ [name]: [...new Set([...(attributes[name] ?? []), value])] })
      return {
        ...added(contextAttribute, one.id),
        ...added('authenticationMethod', one.handlerName),
        ...added('successfulAuthenticationHandlers', one.handlerName),
        ...added('credentialType', one.credentialType),
      }
    },
    async close() {
      await Promise.all([...triggers.map((trigger) => trigger.close?.()), scripts.close()])
    },
  }
}

/** What a login shows that was let past a provider. It is told to applications; nothing here ever believes it. */
const bypassed = ({ id }: MultifactorProvider): Attributes => ({
  bypassMultifactorAuthentication: [true],
  bypassedMultifactorAuthenticationProviderId: [id],
})
