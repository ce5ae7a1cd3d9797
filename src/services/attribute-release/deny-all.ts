import type { ReleasePolicyPlug } from './release-policy.ts'

/** Nothing, not even the default bundle and the attributes of the authentication. */
export const denyAll = {
  type: 'DenyAllAttributeReleasePolicy',
  deniesAll: true,
  build: () => () => new Map(),
} satisfies ReleasePolicyPlug
