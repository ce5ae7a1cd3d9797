import { choiceOf, classOf, flagOf, type Members, objectsOf, textMapOf } from '../definitions/members.ts'
import type { Attributes } from '../principal.ts'
import type { AccessContext } from './access-strategy.ts'
import { attributeRules, rulesMatch } from './attribute-rules.ts'

/** Whether the attribute rules of a strategy apply at all (services.md 11.3); if not, `allowIfInactive` is the answer. */
export interface Activation {
  readonly allowIfInactive: boolean
  isActive(attributes: Attributes): boolean
}

const never: Activation = { allowIfInactive: false, isActive: () => false }

/** Scripts fail closed: inactive, and inactive means no. */
export function activationOf(members: Members, context: AccessContext): Activation {
  const allowIfInactive = flagOf(members, 'allowIfInactive', true)
  const every = choiceOf(members, 'operator', ['AND', 'OR'], 'AND') === 'AND'
  switch (classOf(members)) {
    case 'AttributeBasedRegisteredServiceAccessStrategyActivationCriteria': {
      const rules = attributeRules(textMapOf(members, 'requiredAttributes'), true)
      if (rules === 'script') break
      return { allowIfInactive, isActive: (attributes) => rulesMatch(rules, attributes, every) }
    }
    case 'ChainingRegisteredServiceAccessStrategyActivationCriteria': {
      const conditions = objectsOf(members, 'conditions').map((condition) => activationOf(condition, context))
      return {
        allowIfInactive,
        isActive: (attributes) =>
          every ? conditions.every((each) => each.isActive(attributes)) : conditions.some((each) => each.isActive(attributes)),
      }
    }
  }
  context.report('error', `the activation criteria ${classOf(members)} are not built here; nobody is let in by them`, 'activationCriteria')
  return never
}
