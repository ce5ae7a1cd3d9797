import { asJson, attributeRules, rulesMatch } from '../access/attribute-rules.ts'
import { choiceOf, classOf, flagOf, type Members, objectsOf, textMapOf, textOf } from '../definitions/members.ts'
import type { Principal } from '../principal.ts'
import { ask, readFlag } from '../scripts/asking.ts'
import type { ReleaseWorld } from './release-policy.ts'

type Activity = (principal: Principal) => boolean | Promise<boolean>

/** Whether a release policy applies to this user; if not, it releases nothing. What cannot be evaluated never applies. */
export function releaseActivationOf(members: Members, world: ReleaseWorld): Activity {
  const { report, warn, scripts, described } = world
  const every = choiceOf(members, 'operator', ['AND', 'OR'], 'AND') === 'AND'
  switch (classOf(members)) {
    case 'AttributeBasedRegisteredServiceAttributeReleaseActivationCriteria': {
      const rules = attributeRules(textMapOf(members, 'requiredAttributes'), true, 'requiredAttributes', world)
      if (rules === 'script') break
      const reverse = flagOf(members, 'reverseMatch', false)
      return async (principal) => (await rulesMatch(rules, principal, every, warn)) !== reverse
    }
    case 'GroovyRegisteredServiceAttributeReleaseActivationCriteria': {
      const place = { member: 'groovyScript', parameters: ['context', 'logger'] }
      const script = scripts.open(textOf(members, 'groovyScript') ?? '', place, report)
      if (!script) break
      return ({ id, attributes }) =>
        ask(script, { context: { principalId: id, attributes: asJson(attributes), registeredService: described() } }, readFlag, {
          fallback: false,
          complain: (message) => warn(message, 'error'),
        })
    }
    case 'ChainingRegisteredServiceAttributeReleaseActivationCriteria': {
      const conditions = objectsOf(members, 'conditions').map((condition) => releaseActivationOf(condition, world))
      return async (principal) => {
        for (const condition of conditions) if ((await condition(principal)) !== every) return !every
        return every
      }
    }
  }
  report('error', `the activation criteria ${classOf(members)} cannot be used; the policy releases nothing`, 'activationCriteria')
  return () => false
}
