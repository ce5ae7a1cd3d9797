import type { Attributes, Principal, RegisteredService } from '../services/index.ts'
import { allOf, asking, type PolicyWorld, restPolicy, restPolicyOf, scriptPolicy } from './asked-policies.ts'
import type { AuthenticationConfig } from './config.ts'
import type { FailureName } from './failures.ts'
import { patternOf } from './pattern.ts'

/** How far an authentication has come when the policy is asked, after each success and at the end. */
export interface Standing {
  /** Names of the handlers that take part. */
  readonly candidates: readonly string[]
  readonly successes: ReadonlySet<string>
  /** Name of the handler → failure. */
  readonly failures: ReadonlyMap<string, string>
  /** Attributes of the principal so far and of the event. */
  readonly attributes: Attributes
  /** Of the event alone. */
  readonly event: Attributes
  readonly principal: Principal
}

/**
 * Whether what handlers said is enough: `true`, or not, or not for a reason that the user is told. There is always one credential here, and at least one
 * success when it is asked.
 */
export type Policy = (standing: Standing) => Verdict | Promise<Verdict>
export type Verdict = boolean | FailureName

const CREDENTIALS = 1

const any =
  (tryAll: boolean): Policy =>
  ({ successes, candidates }) =>
    tryAll ? successes.size === candidates.length : successes.size > 0

const all: Policy = ({ successes }) => successes.size >= CREDENTIALS

const allHandlers: Policy = ({ successes, candidates }) => successes.size === candidates.length

const required =
  (names: readonly string[], tryAll: boolean): Policy =>
  ({ successes, failures }) =>
    names.some((name) => successes.has(name)) && (!tryAll || successes.size + failures.size === CREDENTIALS)

const excluded =
  (names: readonly string[]): Policy =>
  ({ successes }) =>
    names.every((name) => !successes.has(name))

const notPrevented: Policy = ({ successes, failures, candidates }) =>
  ![...failures.values()].includes('PreventedException') && successes.size === candidates.length

function requiredAttributes(wanted: Readonly<Record<string, string>>): Policy {
  const patterns = Object.entries(wanted).map(
    ([name, text]) => [name, patternOf(text, `cas.authn.policy.required-attributes.attributes.${name}`, { match: 'full' })] as const,
  )
  return ({ attributes }) => patterns.every(([name, pattern]) => (attributes[name] ?? []).some((value) => pattern.matches(String(value))))
}

/**
 * The one policy in force: the first that is enabled, in the order of CAS (authentication.md 7).
 *
 * @throws {StartRefusal} for a pattern that cannot be used.
 */
export function globalPolicy({ policy }: Pick<AuthenticationConfig['cas']['authn'], 'policy'>, world: PolicyWorld): Policy {
  if (policy.req.enabled) return required(policy.req.handlerName, policy.req.tryAll)
  if (policy.requiredAttributes.enabled) return requiredAttributes(policy.requiredAttributes.attributes)
  if (policy.allHandlers.enabled) return allHandlers
  if (policy.all.enabled) return all
  if (policy.notPrevented.enabled) return notPrevented
  const scripts = policy.groovy.flatMap(({ script, enabled }, index) =>
    enabled && script !== '' ? [scriptPolicy(script, index, world)] : [],
  )
  if (scripts.length > 0) return allOf(scripts)
  const servers = policy.rest.flatMap((each, index) =>
    each.url === '' ? [] : [restPolicy(each, world, `cas.authn.policy.rest[${index}].url`)],
  )
  if (servers.length > 0) return allOf(servers)
  return any(policy.any.enabled && policy.any.tryAll)
}

/** Class names of CAS for the policies that are switched on, in its order: the first is that of `globalPolicy`. */
export function policyNames({ policy }: Pick<AuthenticationConfig['cas']['authn'], 'policy'>): readonly string[] {
  return [
    ...(policy.req.enabled ? ['RequiredAuthenticationHandlerAuthenticationPolicy'] : []),
    ...(policy.requiredAttributes.enabled ? ['RequiredAttributesAuthenticationPolicy'] : []),
    ...(policy.allHandlers.enabled ? ['AllAuthenticationHandlersSucceededAuthenticationPolicy'] : []),
    ...(policy.all.enabled ? ['AllCredentialsValidatedAuthenticationPolicy'] : []),
    ...(policy.notPrevented.enabled ? ['NotPreventedAuthenticationPolicy'] : []),
    ...policy.groovy.filter(({ script, enabled }) => enabled && script !== '').map(() => 'GroovyScriptAuthenticationPolicy'),
    ...policy.rest.filter(({ url }) => url !== '').map(() => 'RestfulAuthenticationPolicy'),
    'AtLeastOneCredentialValidatedAuthenticationPolicy',
    ...(policy.uniquePrincipal.enabled ? ['UniquePrincipalAuthenticationPolicy'] : []),
  ]
}

/**
 * The policy of a service with `criteria` (services.md 5.3), which stands in place of the global one; `undefined` without. Criteria that are not
 * known here refuse everybody: nobody may get in because a file asks for something this server lacks.
 */
export function servicePolicy(service: RegisteredService | undefined, world: PolicyWorld): Policy | undefined {
  const { log } = world
  const criteria = service?.authenticationPolicy.criteria
  if (!service || !criteria) return undefined
  const tryAll = criteria.members['tryAll'] === true
  switch (criteria.type.replace(/^.*\./, '').replace(/RegisteredServiceAuthenticationPolicyCriteria$/, '')) {
    case 'AllowedAuthenticationHandlers':
      return required(service.authenticationPolicy.requiredHandlers, tryAll)
    case 'ExcludedAuthenticationHandlers':
      return excluded(service.authenticationPolicy.excludedHandlers)
    case 'AnyAuthenticationHandler':
      return any(tryAll)
    case 'AllAuthenticationHandlers':
      return allHandlers
    case 'NotPrevented':
      return notPrevented
    case 'Groovy':
      if (criteria.ask) return asking(criteria.ask, world)
      return () => false
    case 'Restful':
      return restPolicyOf(service, criteria.members, world)
    default:
      log.error({ service: service.id, criteria: criteria.type }, 'authentication criteria of this service are not known here: refused')
      return () => false
  }
}

/** Whether all handlers that this service requires have said yes (`required-handler-authentication-policy-enabled`). */
export function requiredHandlersSucceeded(service: RegisteredService, successes: Iterable<string>): boolean {
  const said = new Set(successes)
  return service.authenticationPolicy.requiredHandlers.every((name) => said.has(name))
}
