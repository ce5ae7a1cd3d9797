import { type Rule, refusals } from '../base/setting-rules.ts'
import { cleanerCron } from './cleaner.ts'
import type { TicketsConfig } from './config.ts'
import { storeWanted } from './registry/selection.ts'
import { ticketRules } from './rules.ts'

/** What the settings of tickets must have in common. */
export const ticketsRules: readonly Rule<TicketsConfig>[] = [
  (settings) =>
    refusals(
      () => storeWanted(settings),
      () => ticketRules(settings),
      () => cleanerCron(settings),
    ),
]
