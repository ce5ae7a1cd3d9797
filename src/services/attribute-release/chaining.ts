import { choiceOf, objectsOf } from '../definitions/members.ts'
import { nameIn, put, type Released, type ReleasePolicyPlug } from './release-policy.ts'

/** Several policies in their order; later ones see what earlier ones released. */
export const chaining = {
  type: 'ChainingAttributeReleasePolicy',
  build(members, context) {
    const merging = choiceOf(members, 'mergingPolicy', ['REPLACE', 'ADD', 'MULTIVALUED', 'NONE'], 'REPLACE')
    const policies = objectsOf(members, 'policies')
      .map((policy) => context.build(policy))
      .sort((one, other) => one.order - other.order)
    return async (available, request) => {
      const released: Released = new Map()
      for (const policy of policies) {
        for (const [name, values] of await policy.select(available.with(released), request)) {
          const known = nameIn(released, name)
          if (known === undefined || merging === 'REPLACE') put(released, name, values)
          else if (merging === 'MULTIVALUED') released.set(known, [...new Set([...(released.get(known) ?? []), ...values])])
        }
      }
      return released
    }
  },
} satisfies ReleasePolicyPlug
