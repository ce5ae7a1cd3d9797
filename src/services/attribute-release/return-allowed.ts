import { textsOf } from '../definitions/members.ts'
import type { Released, ReleasePolicyPlug } from './release-policy.ts'

/** The attributes listed, under the names of the list. */
export const returnAllowed = {
  type: 'ReturnAllowedAttributeReleasePolicy',
  build(members) {
    const names = textsOf(members, 'allowedAttributes')
    return (available) => {
      const released: Released = new Map()
      for (const name of names) {
        const values = available.get(name)
        if (values) released.set(name, values)
      }
      return released
    }
  },
} satisfies ReleasePolicyPlug
