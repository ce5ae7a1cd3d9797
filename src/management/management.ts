import type { Audit } from '../audit/index.ts'
import type { StoredHashCheck, Throttle } from '../authentication/index.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { CrossOriginBelow, Route, Translator } from '../http/index.ts'
import type { Notifications } from '../notifications/index.ts'
import type { Services } from '../services/index.ts'
import type { SingleLogout } from '../sso/index.ts'
import type { TicketRegistry } from '../tickets/index.ts'
import type { ManagementConfig } from './config.ts'
import type { ConsoleParts } from './console/index.ts'
import { additionalProbes } from './endpoints/health.ts'
import { type EndpointParts, endpoints } from './endpoints/index.ts'
import { endpointCrossOrigin, endpointRoutes, endpointTranslators } from './frame.ts'
import { type HealthParts, health } from './health.ts'
import { healthSources } from './health-sources.ts'
import { processMetrics } from './metrics/process-metrics.ts'
import { type ServerMetricsDoors, serverMetrics } from './metrics/server-metrics.ts'
import { openOperators } from './operators.ts'

export interface ManagementParts extends Omit<EndpointParts, 'health'>, Omit<HealthParts, 'sources'> {
  readonly settings: ManagementConfig
  readonly registry: TicketRegistry
  readonly services: Services
  readonly throttle: Throttle
  readonly unknownSettings: ServerMetricsDoors['unknownSettings']
  readonly notifications: Notifications
  readonly singleLogout: SingleLogout
  /** Further parts that say how they are, by the name under which they are shown. */
  readonly sources?: HealthParts['sources']
  /** Address of the server with context path; absent when the endpoints have a port of their own. */
  readonly prefix?: string | undefined
  readonly configurationDirectory: string
  readonly matchesHash: StoredHashCheck
  /** Where the console and the files of its pages are. */
  readonly pages: { readonly contextPath: string; readonly asset: (path: string) => string }
  readonly audit: Pick<Audit, 'record'>
  readonly clock: Clock
  readonly log: Log
}

export interface Management {
  /** Below the context path, or at the port of their own. */
  readonly routes: readonly Route[]
  /** At the port of the server in any case: `/livez`, `/readyz`. */
  readonly probes: readonly Route[]
  readonly translators: readonly Translator[]
  /** Who may call the endpoints from pages of other origins; absent: as for the rest of the server. */
  readonly crossOriginBelow: CrossOriginBelow | undefined
  close(): Promise<void>
}

/** @throws {StartRefusal} for rules and files that cannot be used. */
export async function openManagement(parts: ManagementParts): Promise<Management> {
  const { settings, audit, prefix } = parts
  const log = parts.log.child({ room: 'management' })
  const own = { ...parts, health: health({ ...parts, log, sources: { ...healthSources(settings, parts), ...parts.sources } }) }
  const operators = await openOperators({ ...parts, log })
  processMetrics(parts.metrics)
  serverMetrics(parts.metrics, parts)
  try {
    const pages = settings.casFeatureModule.palantir.enabled ? await consolePages({ ...own, operators }) : []
    return {
      routes: [...endpointRoutes({ settings, endpoints: endpoints(own), operators, prefix, audit, log }), ...pages],
      probes: additionalProbes(own),
      translators: endpointTranslators(settings),
      crossOriginBelow: endpointCrossOrigin(settings),
      close: () => operators.close(),
    }
  } catch (cause) {
    await operators.close()
    throw cause
  }
}

/** Loaded where it is wanted. */
async function consolePages({
  pages,
  ...parts
}: Omit<ConsoleParts, 'base' | 'asset'> & Pick<ManagementParts, 'pages'>): Promise<readonly Route[]> {
  const { consoleRoutes } = await import('./console/index.ts')
  return consoleRoutes({ ...parts, base: `${pages.contextPath}/admin`, asset: pages.asset })
}
