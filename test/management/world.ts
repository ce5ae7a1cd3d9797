import { type AuditRecord, memoryAudit } from '../../src/audit/index.ts'
import { authenticationConfig } from '../../src/authentication/config.ts'
import { createThrottle, type StoredHashCheck, storedHashCheck, type Throttle } from '../../src/authentication/index.ts'
import { createMetrics } from '../../src/base/metrics.ts'
import { managementConfig } from '../../src/management/config.ts'
import type { Endpoint } from '../../src/management/endpoint.ts'
import { additionalProbes, healthEndpoint } from '../../src/management/endpoints/health.ts'
import { infoEndpoint } from '../../src/management/endpoints/info.ts'
import { loggersEndpoint } from '../../src/management/endpoints/loggers.ts'
import { metricsEndpoint } from '../../src/management/endpoints/metrics.ts'
import { prometheusEndpoint } from '../../src/management/endpoints/prometheus.ts'
import { statusEndpoint } from '../../src/management/endpoints/status.ts'
import { endpointCrossOrigin, endpointRoutes, endpointTranslators } from '../../src/management/frame.ts'
import { health } from '../../src/management/health.ts'
import { healthSources } from '../../src/management/health-sources.ts'
import type { HealthSource, ManagementConfig } from '../../src/management/index.ts'
import { processMetrics } from '../../src/management/metrics/process-metrics.ts'
import { serverMetrics } from '../../src/management/metrics/server-metrics.ts'
import { openOperators } from '../../src/management/operators.ts'
import { type Overrides, recordingLog, settingsOf, testApp } from '../http/http-parts.ts'

export const ADMIN = { authorization: `Basic ${btoa('admin:s3cret')}` }
export const WRONG = { authorization: `Basic ${btoa('admin:bad')}` }

const PEOPLE = {
  'spring.security.user.name': 'admin',
  'spring.security.user.password': 's3cret',
  'spring.security.user.roles': ['ADMIN'],
}

/** Hits in memory, enough for a throttle. */
function hits() {
  const byKey = new Map<string, number[]>()
  return {
    async addHit(key: string, atMs: number) {
      byKey.set(key, [...(byKey.get(key) ?? []), atMs])
    },
    hitsSince: async (key: string, sinceMs: number) => (byKey.get(key) ?? []).filter((at) => at > sinceMs).length,
    async clearHits(key: string) {
      byKey.delete(key)
    },
  }
}

export interface World {
  nowMs: number
  ready: boolean
  counts: Readonly<Record<string, number>>
}

/** What the health and the metrics ask of tickets and services. */
const stores = (world: World) => ({
  registry: { health: async () => ({ up: true, details: {} }), counts: async () => world.counts },
  services: { health: () => ({ up: true, details: { services: 2 } }), all: () => [] },
})

/** The frame with endpoints of a test, or with those of the product; asked without a port. */
export async function openWorld(
  overrides: Overrides = {},
  sources: Record<string, HealthSource> = {},
  own?: readonly Endpoint[],
  { matchesHash }: { readonly matchesHash?: StoredHashCheck } = {},
) {
  const world: World = { nowMs: 0, ready: true, counts: { TGT: 12, ST: 3 } }
  const settings = settingsOf<ManagementConfig>(managementConfig, { ...PEOPLE, ...overrides })
  const { log, lines } = recordingLog()
  const audit = memoryAudit()
  const metrics = createMetrics()
  const clock = () => world.nowMs
  const throttle: Throttle = createThrottle({ settings: settingsOf(authenticationConfig, overrides), store: hits(), clock, audit, log })
  const common = {
    settings,
    throttle,
    matchesHash: matchesHash ?? storedHashCheck({ log, clock }),
    configurationDirectory: '.',
    prefix: 'https://sso.example.org/cas',
    audit,
    clock,
    log,
  }
  const operators = await openOperators(common)
  const parts = {
    settings,
    health: health({
      settings,
      sources: { ...healthSources(settings, stores(world)), ...sources },
      isReady: () => world.ready,
      clock,
      log,
    }),
    about: { version: '1.2.3', serverName: 'https://sso.example.org', scope: 'example.org', hostName: 'sso1' },
    logLevels: log.levels,
    metrics,
  }
  processMetrics(metrics)
  const sent = { channel: 'sms', provider: 'twilio', result: 'sent', count: 3 } as const
  serverMetrics(metrics, {
    ...parts,
    ...stores(world),
    notifications: { counters: () => [sent] },
    clock,
    singleLogout: { outcomes: () => ({ delivered: 0, failed: 0, waiting: 0 }) },
    unknownSettings: () => 1,
  })
  const endpoints =
    own ?? [healthEndpoint, infoEndpoint, statusEndpoint, loggersEndpoint, metricsEndpoint, prometheusEndpoint].map((make) => make(parts))
  const routes = [...endpointRoutes({ ...common, endpoints, operators }), ...additionalProbes(parts)]
  const app = testApp(routes, overrides, {
    translators: endpointTranslators(settings),
    crossOriginBelow: endpointCrossOrigin(settings),
    metrics,
  })
  const ask = (path: string, init: RequestInit = {}, address = '127.0.0.1') =>
    app.request(`/cas${path}`, init, { peer: { address, serverAddress: '127.0.0.1', encrypted: false } })
  const get = (path: string, accept = 'application/json', headers: Record<string, string> = {}) =>
    ask(path, { headers: { accept, ...headers } })
  const records: readonly AuditRecord[] = audit.records
  return { app, world, ask, get, log, metrics, lines, records, close: () => operators.close() }
}
