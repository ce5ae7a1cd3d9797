import { textMapOf } from '../definitions/members.ts'
import type { ReleasePolicyPlug } from './release-policy.ts'

/** Constants, the same for every user. */
export const returnStatic = {
  type: 'ReturnStaticAttributeReleasePolicy',
  build(members) {
    const constants = Object.entries(textMapOf(members, 'allowedAttributes'))
    return () => new Map(constants)
  },
} satisfies ReleasePolicyPlug
