import { attributeRules, rulesMatch } from '../access/attribute-rules.ts'
import type { Report } from '../definitions/check.ts'
import { choiceOf, classOf, flagOf, type Members, objectsOf, textMapOf } from '../definitions/members.ts'
import type { Attributes } from '../principal.ts'

/** Whether a release policy applies to this user; if not, it releases nothing. What is not built never applies. */
export function releaseActivationOf(members: Members, report: Report): (attributes: Attributes) => boolean {
  const every = choiceOf(members, 'operator', ['AND', 'OR'], 'AND') === 'AND'
  switch (classOf(members)) {
    case 'AttributeBasedRegisteredServiceAttributeReleaseActivationCriteria': {
      const rules = attributeRules(textMapOf(members, 'requiredAttributes'), true)
      if (rules === 'script') break
      const reverse = flagOf(members, 'reverseMatch', false)
      return (attributes) => rulesMatch(rules, attributes, every) !== reverse
    }
    case 'ChainingRegisteredServiceAttributeReleaseActivationCriteria': {
      const conditions = objectsOf(members, 'conditions').map((condition) => releaseActivationOf(condition, report))
      return (attributes) => (every ? conditions.every((each) => each(attributes)) : conditions.some((each) => each(attributes)))
    }
  }
  report('error', `the activation criteria ${classOf(members)} are not built here; the policy releases nothing`, 'activationCriteria')
  return () => false
}
