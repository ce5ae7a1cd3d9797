import { flagOf, integerOf, type Members, objectOf, textMapOf } from '../definitions/members.ts'
import type { Principal } from '../principal.ts'
import { type AccessContext, type AccessStrategy, type AccessStrategyPlug, closed } from './access-strategy.ts'
import { type Activation, activationOf } from './activation.ts'
import { type AttributeRules, attributeRules, rulesMatch } from './attribute-rules.ts'
import { redirectTo } from './redirect.ts'

/** Enabled or not, single sign-on or not, attributes required and rejected (services.md 11.1). */
export const defaultStrategy = {
  type: 'DefaultRegisteredServiceAccessStrategy',
  build: baseStrategy,
} satisfies AccessStrategyPlug

/** What the strategies that extend the default one build upon. */
export function baseStrategy(members: Members, context: AccessContext): AccessStrategy {
  const enabled = flagOf(members, 'enabled', true)
  const ignoreCase = flagOf(members, 'caseInsensitive', false)
  const required = attributeRules(textMapOf(members, 'requiredAttributes'), ignoreCase, 'requiredAttributes', context)
  const rejected = attributeRules(textMapOf(members, 'rejectedAttributes'), ignoreCase, 'rejectedAttributes', context)
  if (required === 'script' || rejected === 'script') {
    // The report says which.
    return closed
  }
  const all = flagOf(members, 'requireAllAttributes', true)
  if (all && rejected.length > 1) {
    context.report(
      'warning',
      'with requireAllAttributes a user is rejected only if all of the rejectedAttributes match',
      'rejectedAttributes',
    )
  }
  const activationMembers = objectOf(members, 'activationCriteria')
  const activation = activationMembers && activationOf(activationMembers, context)
  // Most definitions have no rules; they cost nothing, and share what they answer.
  const hasRules = activation !== undefined || required.length + rejected.length > 0
  return {
    order: integerOf(members, 'order') ?? 0,
    ssoAllowed: flagOf(members, 'ssoEnabled', true),
    ...redirectTo(members, context),
    admits: enabled ? nothingAgainst : () => 'disabled',
    authorize: !enabled
      ? () => 'the application is disabled'
      : hasRules
        ? decidedBy({ required, rejected, all, activation, warn: context.warn })
        : nothingAgainst,
  }
}

const nothingAgainst = () => undefined
const decidedBy =
  (rules: Rules): AccessStrategy['authorize'] =>
  (principal) =>
    attributesDecide(rules, principal)

interface Rules {
  readonly required: AttributeRules
  readonly rejected: AttributeRules
  readonly all: boolean
  readonly activation: Activation | undefined
  readonly warn: AccessContext['warn']
}

/** The algorithm of services.md 11.1, in its order. */
async function attributesDecide({ required, rejected, all, activation, warn }: Rules, principal: Principal): Promise<string | undefined> {
  const active = activation ? await activation.isActive(principal) : true
  if (active === 'unknown') return 'the activation criteria cannot be evaluated'
  if (!active) return activation?.allowIfInactive ? undefined : 'the access strategy is not active for this user'
  // 1. No rules, no refusal.
  if (required.length === 0 && rejected.length === 0) return undefined
  // 2. Fewer attributes than rules cannot fulfil them; CAS asks this of the rejected ones too.
  const count = Object.keys(principal.attributes).length
  if (count === 0 && required.length > 0) return 'the user has no attributes'
  if (count < required.length || count < rejected.length) return 'the user has fewer attributes than the rules name'
  // 3. and 4. Rejected attributes.
  if (rejected.length > 0 && (await rulesMatch(rejected, principal, all, warn))) return 'rejected attributes match'
  // 5. Required attributes.
  if (required.length > 0 && !(await rulesMatch(required, principal, all, warn))) return 'required attributes are missing or do not match'
  return undefined
}
