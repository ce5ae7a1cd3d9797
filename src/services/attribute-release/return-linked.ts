import { textMapOf } from '../definitions/members.ts'
import type { Released, ReleasePolicyPlug } from './release-policy.ts'

/** Each name is supplied by the first of its sources that has a value. */
export const returnLinked = {
  type: 'ReturnLinkedAttributeReleasePolicy',
  build(members) {
    const links = Object.entries(textMapOf(members, 'allowedAttributes'))
    return (available) => {
      const released: Released = new Map()
      for (const [name, sources] of links) {
        const values = sources.map((source) => available.get(source)).find((each) => each !== undefined && each.length > 0)
        if (values) released.set(name, values)
      }
      return released
    }
  },
} satisfies ReleasePolicyPlug
