import type { UsernameProviderPlug } from './username-provider.ts'

/** The principal's own id. */
export const principalId = {
  type: 'DefaultRegisteredServiceUsernameProvider',
  build: () => ({ usernameFor: ({ principal }) => principal.id }),
} satisfies UsernameProviderPlug
