import { compileJavaRegex } from '../base/java-regex.ts'
import type { Json } from '../base/json.ts'
import type { Log } from '../base/log.ts'
import type { RegisteredService } from '../services/index.ts'
import type { FailureMode, Inquiry } from './provider.ts'

/** What the `multifactorPolicy` of a definition says (services.md 5.3). */
export interface ServicePolicy {
  readonly providers: readonly string[]
  readonly failureMode: FailureMode
  readonly forceExecution: boolean
  /** Both are set: the providers are asked for only if the user has a fitting attribute. */
  readonly byAttribute: ((inquiry: Inquiry) => boolean) | undefined
  /** Why this login is let past every provider; `undefined`: it is not. */
  bypass(inquiry: Inquiry): string | undefined
  /** `script` or `groovyScript`: a module that names the provider. */
  readonly script: string | undefined
}

export type ServicePolicies = (service: RegisteredService | undefined) => ServicePolicy | undefined

type Members = Readonly<Record<string, Json>>
type Test = (value: string) => boolean

/** Reads policies once per definition; those of definitions that are read anew are forgotten with them. */
export function servicePolicies(log: Log): ServicePolicies {
  const read = new WeakMap<RegisteredService, ServicePolicy | 'none'>()
  return (service) => {
    if (!service) return undefined
    let policy = read.get(service)
    if (policy === undefined) {
      policy = readPolicy(service, log) ?? 'none'
      read.set(service, policy)
    }
    return policy === 'none' ? undefined : policy
  }
}

/** The policy of a definition, by either of its two names. */
export function policyMembers({ definition }: RegisteredService): Members | undefined {
  const value = definition['multifactorPolicy'] ?? definition['multifactorAuthenticationPolicy']
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined
}

function readPolicy(service: RegisteredService, log: Log): ServicePolicy | undefined {
  const members = policyMembers(service)
  if (!members) return undefined
  const failed = (member: string, reason: string) =>
    log.error({ service: service.name, file: service.file, reason }, `the pattern ${member} of multifactorPolicy cannot be used`)
  const pattern = (member: string): Test | 'unusable' | undefined => {
    const text = textOf(members[member])
    if (text === undefined) return undefined
    const regex = compileJavaRegex(text, { match: 'full', ignoreCase: false })
    if (regex.kind === 'ok') return (value) => regex.test(value)
    failed(member, regex.reason)
    return 'unusable'
  }
  const [triggerName, triggerValue] = [pattern('principalAttributeNameTrigger'), pattern('principalAttributeValueToMatch')]
  const [bypassName, bypassValue] = [pattern('bypassPrincipalAttributeName'), pattern('bypassPrincipalAttributeValue')]
  const isOn = (member: string) => String(members[member]).toLowerCase() === 'true'
  return {
    providers: textsOf(members['multifactorAuthenticationProviders']),
    failureMode: modeOf(members['failureMode']),
    forceExecution: isOn('forceExecution'),
    byAttribute: triggerName && triggerValue ? (inquiry) => holds(inquiry, triggerName, triggerValue, true) : undefined,
    bypass(inquiry) {
      if (isOn('bypassEnabled')) return 'bypassEnabled'
      if (!bypassName || bypassName === 'unusable') return undefined
      if (isOn('bypassIfMissingPrincipalAttribute') && !holds(inquiry, bypassName, undefined, false))
        return 'bypassIfMissingPrincipalAttribute'
      return bypassValue && holds(inquiry, bypassName, bypassValue, false) ? 'bypassPrincipalAttributeName' : undefined
    },
    script: textOf(members['script']) ?? textOf(members['groovyScript']),
  }
}

/** @param unusable What a pattern counts for that cannot be used: always the stricter of the two. */
function holds({ authentication }: Inquiry, name: Test | 'unusable', value: Test | 'unusable' | undefined, unusable: boolean): boolean {
  if (name === 'unusable' || value === 'unusable') return unusable
  return Object.entries(authentication.principal.attributes).some(
    ([key, values]) => name(key) && (value === undefined || values.some((each) => value(String(each)))),
  )
}

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined

/** A list, one text, or texts with commas. */
export function textsOf(value: Json | undefined): readonly string[] {
  if (value === undefined || value === null) return []
  const all = Array.isArray(value) ? value : [value]
  return all
    .flatMap((each) => String(each).split(','))
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

function modeOf(value: Json | undefined): FailureMode {
  const word = String(value ?? '')
    .trim()
    .toUpperCase()
  return word === 'OPEN' || word === 'CLOSED' || word === 'PHANTOM' || word === 'NONE' ? word : 'UNDEFINED'
}
