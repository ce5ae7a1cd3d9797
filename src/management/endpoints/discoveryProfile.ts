import type { AuthenticationEngine } from '../../authentication/index.ts'
import type { Json } from '../../base/json.ts'
import type { Multifactor } from '../../mfa/index.ts'
import type { TicketKind, TicketRules } from '../../tickets/index.ts'
import { type Endpoint, json } from '../endpoint.ts'

export interface DiscoveryProfileParts {
  readonly engine: Pick<AuthenticationEngine, 'handlers' | 'attributeNames'>
  readonly multifactor: Pick<Multifactor, 'providers'>
  readonly catalogue: readonly TicketKind[]
  readonly rules: TicketRules
  /** Names of the features that are on, as CAS has them: `CasFeatureModule.OAuth`. */
  readonly features: readonly string[]
}

const TYPES = {
  'CAS Client': 'org.apereo.cas.services.CasRegisteredService',
  'OAuth2 Client': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
} as const

/** `discoveryProfile`: what this server can do, for the forms of management applications (configuration.md 14.6). */
export function discoveryProfileEndpoint({ engine, multifactor, catalogue, rules, features }: DiscoveryProfileParts): Endpoint {
  const lives: Readonly<Record<string, { readonly timeToLiveInSeconds?: number; readonly timeToIdleInSeconds?: number } | undefined>> = {
    TGT: rules.ticketGrantingTicket(false),
    ST: rules.serviceTicket,
    PT: rules.proxyTicket,
    TST: rules.transientSessionTicket,
  }
  return {
    id: 'discoveryProfile',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        handle: () =>
          json({
            profile: {
              registeredServiceTypesSupported: Object.entries(TYPES).map(([name, type]) => `${name}@${type}`),
              multifactorAuthenticationProviderTypesSupported: Object.fromEntries(multifactor.providers.map(({ id, name }) => [id, name])),
              delegatedClientTypesSupported: [],
              availableAttributes: engine.attributeNames(),
              availableAuthenticationHandlers: engine.handlers().map(({ name }) => name),
              ticketTypesSupported: Object.fromEntries(catalogue.map((kind) => [kind.prefix, ticketType(kind, lives[kind.prefix])])),
              userDefinedScopes: {},
              details: { features },
            },
          }),
      },
    ],
  }
}

function ticketType(
  { storageName }: TicketKind,
  life: { readonly timeToLiveInSeconds?: number; readonly timeToIdleInSeconds?: number } = {},
): Json {
  const { timeToLiveInSeconds: live, timeToIdleInSeconds: idle } = life
  return {
    storageName,
    name: storageName,
    ...(live === undefined ? {} : { timeToLive: live, storageTimeout: live }),
    ...(idle === undefined ? {} : { timeToIdle: idle }),
  }
}
