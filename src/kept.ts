import { configuredLevels, type LevelSettings } from './base/log-groups.ts'
import type { LogLevels } from './base/log-levels.ts'
import { createMetrics, type MetricsRegistry } from './base/metrics.ts'
import type { LastWords, TicketRegistry } from './tickets/index.ts'

/** Parts that outlive an exchange of settings, made by the first generation that needs them. */
export interface Kept {
  /** Counters go on. */
  readonly metrics: MetricsRegistry
  ticketRegistry(lastWords: LastWords | undefined, open: (lastWords: LastWords) => Promise<TicketRegistry>): Promise<TicketRegistry>
  /** Puts into force what a generation wants of them. Levels of the log that somebody changed meanwhile stay where the settings stay. */
  use(levels: LevelSettings, lastWords: LastWords | undefined): void
  close(): Promise<void>
}

/** @param firstLevels Of the settings that the server starts with. @param log Where levels can be changed; absent: nowhere. */
export function keptParts(firstLevels: LevelSettings, log: LogLevels | undefined): Kept {
  let registry: TicketRegistry | undefined
  let levels = configuredLevels(firstLevels)
  let lastWords: LastWords | undefined
  return {
    metrics: createMetrics(),
    async ticketRegistry(first, open) {
      if (registry === undefined) {
        lastWords = first
        registry = await open((session) => lastWords?.(session))
      }
      return registry
    },
    use(settings, words) {
      lastWords = words
      const next = configuredLevels(settings)
      for (const name of new Set([...Object.keys(levels), ...Object.keys(next)])) {
        const level = next[name]
        if (level !== levels[name]) log?.set(name, level)
      }
      levels = next
    },
    async close() {
      await registry?.close()
    },
  }
}
