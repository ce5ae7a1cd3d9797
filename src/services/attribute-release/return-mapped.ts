import { mappingOf } from './mapping.ts'
import type { ReleasePolicyPlug } from './release-policy.ts'

/** Attributes under other names: source to target, to several targets, or through a script. */
export const returnMapped = {
  type: 'ReturnMappedAttributeReleasePolicy',
  build: mappingOf,
} satisfies ReleasePolicyPlug
