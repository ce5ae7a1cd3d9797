import type { Authentication } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Sealer } from '../../base/crypto.ts'
import type { Json } from '../../base/json.ts'
import type { DestroyedSession, LastWords, Ticket, TicketKind, TrackedService } from '../../tickets/index.ts'
import { authenticationFromBody } from '../body.ts'

/** The kind of ticket in which the logout messages of a session wait. */
export const NOTICE = 'LR'

/** What single logout adds to the catalogue of tickets. */
export const singleLogoutKinds: readonly TicketKind[] = [
  { prefix: NOTICE, storageName: 'logoutRequestsCache', grants: false, session: false, handedOut: true },
]

/** Longer than all attempts of a living process take: a notice that is still there by then belongs to one that died. */
const OVERDUE_AFTER_SECONDS = 300

export interface NoticeParts {
  /** Under keys of their own: the ids of the tickets that applications know the session by stand in it. */
  readonly sealer: Sealer
  readonly newTicketId: (kind: string) => string
  readonly clock: Clock
}

/** A session that has ended, as far as its applications have to hear of it. */
export interface EndedSession {
  readonly authentication: Authentication
  readonly services: readonly TrackedService[]
}

/** Leaves the logout messages of a session in the step that ends it: either the session lives, or somebody will tell (cas-protocol.md 11.5). */
export function logoutNotices({ sealer, newTicketId, clock }: NoticeParts): LastWords {
  return (session) => {
    if (session.ticket.kind !== 'TGT' || session.services.length === 0) return undefined
    const content: Json = JSON.parse(JSON.stringify({ a: session.ticket.body, s: session.services }))
    return {
      id: newTicketId(NOTICE),
      kind: NOTICE,
      createdAtMs: clock(),
      policy: { timeToLiveInSeconds: OVERDUE_AFTER_SECONDS },
      body: { sealed: sealer.seal(JSON.stringify(content), NOTICE) },
    }
  }
}

/** @returns `undefined` for a session whose body cannot be read: nobody knows who it was. */
export function endedSession({ ticket, services }: Pick<DestroyedSession, 'ticket' | 'services'>): EndedSession | undefined {
  const authentication = authenticationFromBody(ticket.body)
  return authentication && { authentication, services }
}

/** What a notice says; `undefined` when it was sealed with keys that are gone. */
export function readNotice({ body }: Ticket, sealer: Sealer): EndedSession | undefined {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return undefined
  const { sealed } = body as Readonly<Record<string, Json>>
  const clear = typeof sealed === 'string' ? sealer.open(sealed, NOTICE) : undefined
  if (clear === undefined) return undefined
  // Sealed by this server: its shape is that of `logoutNotices`.
  const { a, s } = JSON.parse(clear.toString()) as { readonly a: Json; readonly s: readonly TrackedService[] }
  const authentication = authenticationFromBody(a)
  return authentication && { authentication, services: s }
}
