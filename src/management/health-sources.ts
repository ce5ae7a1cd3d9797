import { loadavg } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { Notifications } from '../notifications/index.ts'
import type { Services } from '../services/index.ts'
import type { TicketRegistry } from '../tickets/index.ts'
import type { ManagementConfig } from './config.ts'
import type { HealthSource } from './health.ts'

export interface HealthDoors {
  readonly registry: Pick<TicketRegistry, 'health' | 'counts'>
  readonly services: Pick<Services, 'health'>
}

/** The parts that every server has, under the names that CAS gives them (configuration.md 14.5). */
export function healthSources(settings: ManagementConfig, { registry, services }: HealthDoors): Readonly<Record<string, HealthSource>> {
  const { monitor } = settings.cas
  const { memoryHealthIndicator, systemHealthIndicator } = settings.management.health
  const session: HealthSource = async () => {
    const { up, details } = await registry.health()
    const name = 'TicketRegistryHealthIndicator'
    if (!up) return { status: 'DOWN', details: { name, ...details } }
    const { TGT: sessionCount = 0, ST: ticketCount = 0 } = await registry.counts()
    const crowded = [
      tooMany('Session', sessionCount, monitor.tgt.warn.threshold),
      tooMany('Service ticket', ticketCount, monitor.st.warn.threshold),
    ].filter((message) => message !== undefined)
    const message = crowded.join(' ') || 'OK'
    return { status: crowded.length > 0 ? 'WARN' : 'UP', details: { name, ...details, sessionCount, ticketCount, message } }
  }
  const serviceRegistry: HealthSource = () => {
    const { up, details } = services.health()
    return { status: up ? 'UP' : 'DOWN', details }
  }
  const memory: HealthSource = () => {
    const facts = memoryFacts()
    const low = facts.freePercent < monitor.memory.freeMemThreshold
    return { status: low ? 'DOWN' : 'UP', details: { ...facts.texts, freeMemoryPercentage: `${facts.freePercent.toFixed(2)}%` } }
  }
  const system: HealthSource = () => {
    const load = loadavg()[0] ?? 0
    const { threshold } = monitor.load.warn
    const { heapUsed, heapTotal, rss } = process.memoryUsage()
    const details = { systemLoad: load, heapUsed, heapCommitted: heapTotal, processMemory: rss, uptime: process.uptime() }
    return load > threshold
      ? { status: 'WARN', details: { ...details, message: `The load is above ${threshold}.` } }
      : { status: 'UP', details }
  }
  return {
    session,
    serviceRegistry,
    ...(memoryHealthIndicator.enabled ? { memory } : {}),
    ...(systemHealthIndicator.enabled ? { system } : {}),
  }
}

const tooMany = (what: string, count: number, threshold: number) =>
  count > threshold ? `${what} count (${count}) is above threshold ${threshold}.` : undefined

/** Of the heap, which is what a server of this kind runs out of. */
export function memoryFacts() {
  const { heap_size_limit: most, used_heap_size: used, total_heap_size: total } = getHeapStatistics()
  const free = Math.max(0, most - used)
  return {
    freePercent: most === 0 ? 100 : (free / most) * 100,
    texts: {
      availableMemory: bytes(free),
      maxMemory: bytes(most),
      usedMemory: bytes(used),
      totalMemory: bytes(total),
      freeMemory: bytes(Math.max(0, total - used)),
    },
  }
}

/** `900 MB`, whole units, as CAS writes it. */
function bytes(count: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
  const exponent = count < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10))
  return `${Math.floor(count / 1024 ** exponent)} ${units[exponent]}`
}

/** Whether messages leave: a part of the health for each channel that is configured. */
export function messageHealth(notifications: Pick<Notifications, 'health'>): Readonly<Record<string, HealthSource>> {
  const sources = Object.keys(notifications.health()).map((channel) => {
    const source = () => notifications.health()[channel as 'sms' | 'mail'] ?? { status: 'UNKNOWN' as const }
    return [channel, source] as const
  })
  return Object.fromEntries(sources)
}

export interface ConfigurationState {
  /** Why the settings in the files are not those in force. */
  problem(): string | undefined
  /** Settings that count after a restart only. */
  restartRequired(): readonly string[]
}

/** Whether the settings in the files are those in force (configuration.md 12). */
export function configurationHealth({ problem, restartRequired }: ConfigurationState): HealthSource {
  return () => {
    const reason = problem()
    const waiting = restartRequired()
    return {
      status: reason === undefined ? 'UP' : 'WARN',
      details: { ...(reason === undefined ? {} : { problem: reason }), ...(waiting.length === 0 ? {} : { restartRequired: waiting }) },
    }
  }
}
