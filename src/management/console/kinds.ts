import type { TicketKind } from '../../tickets/index.ts'

/** Kind of the logins to the console. */
export const CONSOLE_LOGIN = 'CONS'

/** What the console keeps in the ticket registry, for its catalogue. */
export const consoleTicketKinds: readonly TicketKind[] = [
  { prefix: CONSOLE_LOGIN, storageName: 'consoleLoginsCache', grants: false, session: false },
]
