import { choiceOf, classOf, flagOf, type Members, objectsOf, textMapOf, textOf } from '../definitions/members.ts'
import type { Principal } from '../principal.ts'
import { ask, readFlag } from '../scripts/asking.ts'
import type { AccessContext } from './access-strategy.ts'
import { asJson, attributeRules, rulesMatch } from './attribute-rules.ts'

/** Whether the attribute rules of a strategy apply at all (services.md 11.3); if not, `allowIfInactive` is the answer. */
export interface Activation {
  readonly allowIfInactive: boolean
  isActive(principal: Principal): Activity | Promise<Activity>
}

/** `unknown`: it cannot be evaluated, and nobody may be let in. */
type Activity = boolean | 'unknown'

const never: Activation = { allowIfInactive: false, isActive: () => 'unknown' }

/** What cannot be understood fails closed. */
export function activationOf(members: Members, context: AccessContext): Activation {
  const { report, warn, scripts, described } = context
  const allowIfInactive = flagOf(members, 'allowIfInactive', true)
  const every = choiceOf(members, 'operator', ['AND', 'OR'], 'AND') === 'AND'
  switch (classOf(members)) {
    case 'AttributeBasedRegisteredServiceAccessStrategyActivationCriteria': {
      const rules = attributeRules(textMapOf(members, 'requiredAttributes'), true, 'requiredAttributes', context)
      if (rules === 'script') break
      return { allowIfInactive, isActive: (principal) => rulesMatch(rules, principal, every, warn) }
    }
    case 'GroovyRegisteredServiceAccessStrategyActivationCriteria': {
      const script = scripts.open(
        textOf(members, 'groovyScript') ?? '',
        { member: 'groovyScript', parameters: ['context', 'logger'] },
        report,
      )
      if (!script) return never
      return {
        allowIfInactive,
        isActive: ({ id, attributes }) =>
          ask<Activity>(
            script,
            { context: { principalId: id, attributes: asJson(attributes), registeredService: described() } },
            readFlag,
            // Either word could let somebody in.
            { fallback: 'unknown', complain: (message) => warn(message, 'error') },
          ),
      }
    }
    case 'ChainingRegisteredServiceAccessStrategyActivationCriteria': {
      const conditions = objectsOf(members, 'conditions').map((condition) => activationOf(condition, context))
      return {
        allowIfInactive,
        async isActive(principal) {
          for (const each of conditions) {
            const active = await each.isActive(principal)
            if (active !== every) return active
          }
          return every
        },
      }
    }
  }
  report('error', `the activation criteria ${classOf(members)} cannot be used; nobody is let in by them`, 'activationCriteria')
  return never
}
