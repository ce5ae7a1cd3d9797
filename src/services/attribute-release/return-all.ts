import { textsOf } from '../definitions/members.ts'
import type { ReleasePolicyPlug } from './release-policy.ts'

/** Everything but the excluded names, compared without case: the safe side. */
export const returnAll = {
  type: 'ReturnAllAttributeReleasePolicy',
  build(members) {
    const excluded = new Set(textsOf(members, 'excludedAttributes').map((name) => name.toLowerCase()))
    return (available) => new Map(available.entries().filter(([name]) => !excluded.has(name.toLowerCase())))
  },
} satisfies ReleasePolicyPlug
