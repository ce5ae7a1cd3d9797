import { createHash } from 'node:crypto'
import type { Json } from '../../../base/json.ts'
import type { Ticket, TicketKind, TicketRegistry } from '../../../tickets/index.ts'

/** Kind of the records of who has accepted which announcement; they are no tickets that anybody could use. */
export const ACKNOWLEDGEMENT = 'ACK'

/** What this step keeps in the ticket registry, for its catalogue. */
export const interruptTicketKinds: readonly TicketKind[] = [
  { prefix: ACKNOWLEDGEMENT, storageName: 'interruptAcknowledgementsCache', grants: false, session: false },
]

/** Somebody has accepted an announcement for good, or for its time (interrupt.md 14.4). */
export interface Acknowledgement {
  readonly announcement: string
  readonly principal: string
  /** Digest of the payload, so that one can show what it was. */
  readonly payload: string
  /** Whether the box "I have read this" was ticked. */
  readonly acknowledged: boolean
  readonly atMs: number
  readonly address: string
  readonly userAgent: string
}

const LONGEST_AGENT = 300
const PAGE = 500

export const acknowledgementBody = (facts: Acknowledgement): Json => ({ ...facts, userAgent: facts.userAgent.slice(0, LONGEST_AGENT) })

/** SHA-256 of a payload as its file has it, base64url. */
export const contentDigest = (payload: unknown): string => createHash('sha256').update(JSON.stringify(payload)).digest('base64url')

/** All records that are kept, in no order that means anything; read page by page. */
export async function* acknowledgements(registry: Pick<TicketRegistry, 'ticketsOf'>): AsyncGenerator<Acknowledgement> {
  let cursor: string | undefined
  do {
    const { tickets, next } = await registry.ticketsOf(ACKNOWLEDGEMENT, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
    yield* tickets.map(recordIn)
    cursor = next
  } while (cursor !== undefined)
}

/** Written by `acknowledgementBody` and nobody else. */
const recordIn = ({ body }: Ticket): Acknowledgement => body as unknown as Acknowledgement
