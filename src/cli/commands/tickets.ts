import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { loadConfiguration } from '../../config/index.ts'
import type { StoredTickets } from '../../stored-tickets.ts'
import type { Ticket } from '../../tickets/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

export interface TicketsOptions {
  readonly user?: string
  readonly kind?: string
  readonly count?: string
  readonly json?: boolean
}

export interface CompactOptions {
  readonly force?: boolean
  readonly json?: boolean
}

const MOST = 100_000
const PAGE = 500

/** `castellan tickets list`: living sessions, or tickets of another kind, by their handles; nobody can use those. */
export async function ticketsList(
  shell: Shell,
  { user, kind = 'TGT', count: wanted = '100', json }: TicketsOptions,
): Promise<CommandResult> {
  const most = Number(wanted)
  if (!Number.isInteger(most) || most < 1 || most > MOST) return usage(shell, 'list', `--count must be 1 to ${MOST}`)
  if (!/^[A-Z]{1,16}$/.test(kind)) return usage(shell, 'list', '--kind must be a prefix such as TGT')
  return withTickets(shell, 'list', async ({ registry }) => {
    const counts = await registry.counts()
    if (!Object.hasOwn(counts, kind) && kind !== 'TGT') return undefined
    const found: Ticket[] = user === undefined ? [] : (await registry.sessionsOf(user)).slice(0, most)
    for (let cursor: string | undefined = ''; user === undefined && cursor !== undefined && found.length < most; ) {
      const page = { limit: Math.min(PAGE, most - found.length), ...(cursor === '' ? {} : { cursor }) }
      const { tickets, next } = await registry.ticketsOf(kind, page)
      found.push(...tickets)
      cursor = next
    }
    return found.map((ticket) => (json ? JSON.stringify(factsOf(ticket)) : lineOf(ticket)))
  })
}

/** `castellan tickets count`: how many living tickets there are, by kind. */
export async function ticketsCount(shell: Shell, { json }: TicketsOptions): Promise<CommandResult> {
  return withTickets(shell, 'count', async ({ registry }) => {
    const counts = await registry.counts()
    return json ? [JSON.stringify(counts)] : Object.entries(counts).map(([kind, count]) => `${kind}\t${count}`)
  })
}

/** `castellan tickets show HANDLE`: what is known of one, and the applications of a session. */
export async function ticketsShow(shell: Shell, handle: string): Promise<CommandResult> {
  return withTickets(shell, 'show', async ({ registry }) => {
    const found = await registry.findByHandle(handle)
    if (!found) return undefined
    const services = found.services.map(({ service, grantedAtMs }) => ({ service, grantedAt: new Date(grantedAtMs).toISOString() }))
    return [JSON.stringify({ ...factsOf(found.ticket), services }, undefined, 2)]
  })
}

/** `castellan tickets destroy HANDLE`: ends a session; a server tells its applications. */
export async function ticketsDestroy(shell: Shell, handle: string): Promise<CommandResult> {
  return withTickets(shell, 'destroy', async (tickets) => {
    const ended = await tickets.end(handle)
    if (!ended) return undefined
    const { length } = ended.services
    const whom = length === 1 ? '1 application hears' : `${length} applications hear`
    const told = length === 0 ? '' : `; ${whom} of it from a running server within minutes`
    return [`${ended.ticket.handle} of ${ended.ticket.principalId ?? 'nobody'} has ended${told}`]
  })
}

/** `castellan tickets compact`: the files of the store as small as what is in them; no server may run. Prints a line for each file. */
export async function ticketsCompact(shell: Shell, { force = false, json }: CompactOptions): Promise<CommandResult> {
  const configuration = await readConfiguration(shell)
  if (configuration.refused) return usage(shell, 'compact', MISTAKES, EXIT.configuration)
  try {
    const { compactStoredTickets } = await import('../../stored-tickets.ts')
    const files = await compactStoredTickets(configuration, force)
    if (typeof files === 'string') return usage(shell, 'compact', files, EXIT.mistakes)
    const lines = files.map((one) => (json ? JSON.stringify(one) : `${one.file}\t${one.bytesBefore}\t${one.bytesAfter}`))
    shell.process.stdout.write(lines.map((line) => `${line}\n`).join(''))
    return { exitCode: EXIT.good }
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return usage(shell, 'compact', error.message, error.exitCode)
  }
}

const MISTAKES = 'the configuration has mistakes; castellan check names them'
const readConfiguration = ({ argv, process }: Shell) => loadConfiguration({ argv, env: process.env, cwd: process.cwd() })

function usage({ process }: Shell, verb: string, message: string, exitCode: number = EXIT.usage): CommandResult {
  process.stderr.write(`castellan tickets ${verb}: ${message}\n`)
  return { exitCode }
}

/** @param work Gives the lines to print; `undefined`: there is no such ticket. */
async function withTickets(
  shell: Shell,
  verb: string,
  work: (tickets: StoredTickets) => Promise<readonly string[] | undefined>,
): Promise<CommandResult> {
  const { process } = shell
  const say = (fields: object, message: string) => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`)
  const log: Log = { debug() {}, info() {}, warn() {}, error: say, child: () => log }
  const configuration = await readConfiguration(shell)
  if (configuration.refused) return usage(shell, verb, MISTAKES, EXIT.configuration)
  try {
    const { openStoredTickets } = await import('../../stored-tickets.ts')
    const tickets = await openStoredTickets(configuration, systemClock, log)
    if (typeof tickets === 'string') return usage(shell, verb, tickets, EXIT.mistakes)
    try {
      const lines = await work(tickets)
      if (!lines) return usage(shell, verb, 'there is no such ticket', EXIT.mistakes)
      process.stdout.write(lines.map((line) => `${line}\n`).join(''))
      return { exitCode: EXIT.good }
    } finally {
      await tickets.close()
    }
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return usage(shell, verb, error.message, error.exitCode)
  }
}

const instant = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : 'never')

/** Without what the ticket holds: attributes of people are for those who have to see them. */
function factsOf({ kind, handle, principalId, createdAtMs, lastUsedAtMs, countOfUses, expiresAtMs }: Ticket) {
  return {
    handle,
    kind,
    ...(principalId === undefined ? {} : { principal: principalId }),
    createdAt: instant(createdAtMs),
    lastUsedAt: instant(lastUsedAtMs),
    countOfUses,
    expiresAt: instant(expiresAtMs),
  }
}

const lineOf = (ticket: Ticket) => {
  const { handle, createdAt, expiresAt } = factsOf(ticket)
  return [handle, ticket.principalId ?? '', createdAt, expiresAt].join('\t')
}
