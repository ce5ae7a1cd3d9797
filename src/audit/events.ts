import { randomUUID } from 'node:crypto'
import type { AuditRecord } from './record.ts'

/** One event as the endpoint lists it and the webhook tells it (configuration.md 16). */
export interface StoredEvent {
  readonly id: string
  /** Complete name of CAS's class of events. */
  readonly type: string
  readonly principalId: string
  readonly atMs: number
  /** All texts; ticket ids masked. */
  readonly properties: Readonly<Record<string, string>>
}

/** What happened lately, and who wants to know at once. */
export interface EventTrail {
  /** From the audit; records that are no events are passed over. Never fails and never waits. */
  write(record: AuditRecord, atMs: number): void
  /** The latest first. */
  read(count: number): readonly StoredEvent[]
  clear(): void
  /** Told of each event from now on. */
  tell(listener: (event: StoredEvent) => void): void
}

const PACKAGE = 'org.apereo.cas.support.events'
const TYPES: Readonly<Record<string, string>> = {
  AUTHENTICATION_SUCCESS: `${PACKAGE}.authentication.CasAuthenticationTransactionSuccessfulEvent`,
  AUTHENTICATION_FAILED: `${PACKAGE}.authentication.CasAuthenticationTransactionFailureEvent`,
  TICKET_GRANTING_TICKET_CREATED: `${PACKAGE}.ticket.CasTicketGrantingTicketCreatedEvent`,
  SAVE_SERVICE_SUCCESS: `${PACKAGE}.service.CasRegisteredServiceSavedEvent`,
  DELETE_SERVICE_SUCCESS: `${PACKAGE}.service.CasRegisteredServiceDeletedEvent`,
  SERVICE_EXPIRED: `${PACKAGE}.service.CasRegisteredServiceExpiredEvent`,
}
const POLICY_FAILURE = `${PACKAGE}.authentication.CasAuthenticationPolicyFailureEvent`
const LONGEST = 1000

/** @param most Events that are kept, in memory: a restart forgets them. */
export function eventTrail(most: number): EventTrail {
  let kept: StoredEvent[] = []
  const listeners: ((event: StoredEvent) => void)[] = []
  return {
    write(record, atMs) {
      const type = typeOf(record)
      if (type === undefined) return
      const event = eventOf(record, type, atMs)
      kept.push(event)
      // Not at each event: a list of thousands is not moved for one.
      if (kept.length >= 2 * most) kept = kept.slice(-most)
      for (const listener of listeners) listener(event)
    },
    read: (count) => kept.slice(-Math.min(count, most)).reverse(),
    clear() {
      kept = []
    },
    tell: (listener) => void listeners.push(listener),
  }
}

function typeOf({ action, what }: AuditRecord): string | undefined {
  // A policy that is not satisfied has a type of its own, as in CAS.
  if (action === 'AUTHENTICATION_FAILED' && what.includes('failure=UnsatisfiedAuthenticationPolicyException')) return POLICY_FAILURE
  return Object.hasOwn(TYPES, action) ? TYPES[action] : undefined
}

function eventOf({ who, what, client }: AuditRecord, type: string, atMs: number): StoredEvent {
  const id = randomUUID()
  return {
    id,
    type,
    principalId: who.slice(0, LONGEST),
    atMs,
    properties: {
      eventId: id,
      timestamp: String(atMs),
      resource: what.slice(0, LONGEST),
      ...(client ? { clientip: client.address, serverip: client.serverAddress, agent: client.userAgent.slice(0, LONGEST) } : {}),
    },
  }
}

/** The form of CAS, for the endpoint and the webhook. */
export const describedEvent = ({ atMs, ...event }: StoredEvent) => ({ ...event, creationTime: new Date(atMs).toISOString() })
