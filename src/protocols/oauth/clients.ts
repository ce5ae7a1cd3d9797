import type { Client as Caller } from '../../base/client.ts'
import type { RegisteredService, Services } from '../../services/index.ts'
import { clientOf, type OAuthClient } from './client.ts'
import type { SecurityProfile } from './security-profile.ts'

export type ClientFinding =
  | { readonly kind: 'found'; readonly client: OAuthClient }
  | { readonly kind: 'unknown' }
  /** It exists and may not be used now: disabled, expired, outside its time. */
  | { readonly kind: 'closed'; readonly client: OAuthClient }

/** The clients of the registry as it is now. */
export interface Clients {
  /** @param caller Only where it is the user's browser: rules about addresses are about users. */
  find(clientId: string, caller?: Caller): Promise<ClientFinding>
  of(service: RegisteredService): OAuthClient
}

export function createClients(services: Services, profile: SecurityProfile): Clients {
  return {
    async find(clientId, caller) {
      const finding = await services.findClient(clientId, caller)
      if (finding.kind === 'found') return { kind: 'found', client: clientOf(finding.service, profile) }
      if (!finding.service) return { kind: 'unknown' }
      const client = clientOf(finding.service, profile)
      // The application's own server asks; where the users are is no matter.
      return finding.reason === 'client-not-allowed' && caller === undefined ? { kind: 'found', client } : { kind: 'closed', client }
    },
    of: (service) => clientOf(service, profile),
  }
}
