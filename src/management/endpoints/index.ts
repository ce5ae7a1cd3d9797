import type { AuthenticationEngine, Throttle } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { LogLevels } from '../../base/log-levels.ts'
import type { Route } from '../../http/index.ts'
import type { ApprovalOffice, SecretRotation, TokenOffice } from '../../protocols/oauth/index.ts'
import type { Services } from '../../services/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import type { Endpoint } from '../endpoint.ts'
import { auditeventsEndpoint } from './auditevents.ts'
import { type AuditLogParts, auditLogEndpoint } from './auditLog.ts'
import { authenticationHandlersEndpoint, authenticationPoliciesEndpoint } from './authenticationHandlers.ts'
import { type CasConfigParts, casConfigEndpoint } from './casConfig.ts'
import { casFeaturesEndpoint } from './casFeatures.ts'
import { casModulesEndpoint } from './casModules.ts'
import { type CasValidateParts, casValidateEndpoint } from './casValidate.ts'
import { configpropsEndpoint } from './configprops.ts'
import { type ConfigurationMetadataParts, configurationMetadataEndpoint } from './configurationMetadata.ts'
import { type DiscoveryProfileParts, discoveryProfileEndpoint } from './discoveryProfile.ts'
import { entityHistoryEndpoint } from './entityHistory.ts'
import { type EnvEndpointParts, envEndpoint } from './env.ts'
import { type EventsParts, eventsEndpoint } from './events.ts'
import { type HealthEndpointParts, healthEndpoint } from './health.ts'
import { type Exchanges, httpexchangesEndpoint } from './httpexchanges.ts'
import { type About, infoEndpoint } from './info.ts'
import { type InterruptEndpointParts, interruptEndpoint } from './interrupt.ts'
import { type LogfileParts, logfileEndpoint } from './logfile.ts'
import { loggersEndpoint } from './loggers.ts'
import { mappingsEndpoint } from './mappings.ts'
import { metricsEndpoint } from './metrics.ts'
import { type NotificationsEndpointParts, notificationsEndpoint } from './notifications.ts'
import { oauthApprovalsEndpoint } from './oauthApprovals.ts'
import { oauthClientSecretsEndpoint } from './oauthClientSecrets.ts'
import { oauthTokensEndpoint } from './oauthTokens.ts'
import { type MetricsEndpointParts, prometheusEndpoint } from './prometheus.ts'
import { type Reload, refreshEndpoints } from './refresh.ts'
import { oldImportAndExport, registeredServicesEndpoint } from './registeredServices.ts'
import { releaseAttributesEndpoint } from './releaseAttributes.ts'
import { personDirectoryEndpoint, resolveAttributesEndpoint } from './resolveAttributes.ts'
import { serviceAccessEndpoint } from './serviceAccess.ts'
import { type ShutdownParts, shutdownEndpoint } from './shutdown.ts'
import { ssoEndpoint } from './sso.ts'
import { type SsoSessionsParts, ssoSessionsEndpoint } from './ssoSessions.ts'
import { statisticsEndpoint } from './statistics.ts'
import { statusEndpoint } from './status.ts'
import { throttlesEndpoint } from './throttles.ts'
import { ticketExpirationPoliciesEndpoint } from './ticketExpirationPolicies.ts'
import { type TicketRegistryParts, ticketRegistryEndpoint } from './ticketRegistry.ts'

/** What operators may do with the OAuth server. */
export interface OAuthOffices {
  readonly tokens: TokenOffice
  readonly secrets: SecretRotation
  readonly approvals: ApprovalOffice
}

/** The doors that the endpoints need; `src/app.ts` hands them over. */
export interface EndpointParts
  extends AuditLogParts,
    CasConfigParts,
    CasValidateParts,
    DiscoveryProfileParts,
    EventsParts,
    HealthEndpointParts,
    InterruptEndpointParts,
    LogfileParts,
    MetricsEndpointParts,
    NotificationsEndpointParts,
    ShutdownParts,
    SsoSessionsParts,
    TicketRegistryParts {
  readonly engine: AuthenticationEngine
  readonly mappedRoutes: () => readonly Route[]
  readonly registry: TicketRegistry
  readonly services: Services
  readonly clock: Clock
  readonly throttle: Throttle
  readonly about: About
  readonly logLevels: LogLevels
  /** The last requests; absent while nobody may ask for them. */
  readonly exchanges?: Exchanges | undefined
  /** The settings in force, and how they are read again. */
  readonly configuration: EnvEndpointParts['configuration'] & ConfigurationMetadataParts['configuration']
  readonly reload: Reload
  /** Absent where the feature is switched off. */
  readonly oauth?: OAuthOffices | undefined
}

/** Every management endpoint of this server (configuration.md 14.3). */
export function endpoints(parts: EndpointParts): readonly Endpoint[] {
  const registeredServices = registeredServicesEndpoint(parts)
  return [
    healthEndpoint(parts),
    infoEndpoint(parts),
    statusEndpoint(parts),
    loggersEndpoint(parts),
    configurationMetadataEndpoint(parts),
    interruptEndpoint(parts),
    metricsEndpoint(parts),
    prometheusEndpoint(parts),
    registeredServices,
    ...oldImportAndExport(registeredServices),
    entityHistoryEndpoint(parts),
    ssoSessionsEndpoint(parts),
    statisticsEndpoint(parts),
    throttlesEndpoint(parts),
    ticketRegistryEndpoint(parts),
    notificationsEndpoint(parts),
    auditLogEndpoint(parts),
    eventsEndpoint(parts),
    releaseAttributesEndpoint(parts),
    resolveAttributesEndpoint(parts),
    personDirectoryEndpoint(parts),
    serviceAccessEndpoint(parts),
    casValidateEndpoint(parts),
    authenticationHandlersEndpoint(parts),
    authenticationPoliciesEndpoint(parts),
    ticketExpirationPoliciesEndpoint(parts),
    discoveryProfileEndpoint(parts),
    casFeaturesEndpoint(parts),
    casModulesEndpoint(parts),
    casConfigEndpoint(parts),
    ssoEndpoint(parts),
    auditeventsEndpoint(parts),
    logfileEndpoint(parts),
    httpexchangesEndpoint(parts),
    shutdownEndpoint(parts),
    mappingsEndpoint(parts),
    envEndpoint(parts),
    configpropsEndpoint(parts),
    ...refreshEndpoints(parts),
    ...(parts.oauth
      ? [
          oauthTokensEndpoint(parts.oauth),
          oauthClientSecretsEndpoint(parts.oauth),
          oauthApprovalsEndpoint({ approvals: parts.oauth.approvals, audit: parts.audit }),
        ]
      : []),
  ]
}
