import { hash } from 'node:crypto'
import type { Channel } from './message.ts'
import { normalPhone } from './recipient.ts'

/** Somebody in charge of an application, as its definition has it. */
export interface Contact {
  readonly name: string
  readonly email: string
  /** May hold several numbers, separated by commas. */
  readonly phone: string
}

/** A definition that ends, or has ended, as much of it as messages need. */
export interface EndingService {
  readonly id: string
  readonly name: string
  /** The pattern. */
  readonly serviceId: string
  readonly file: string
  readonly contacts: readonly Contact[]
  readonly expiresAtMs: number
  /** As the file has it. */
  readonly expirationDate: string
  readonly notifyWhenExpired: boolean
  readonly deleteWhenExpired: boolean
  readonly notifyWhenDeleted: boolean
}

export type Action = 'expired' | 'deleted' | 'warning'

/** One message about one event: what kind it is and what it says happened. */
export interface Notice {
  /** Part of the identity. The messages about the end count as one kind, unless the removal has a text of its own besides. */
  readonly kind: string
  readonly action: Action
}

/** Who is told what when a definition ends (notifications.md 2). @param separate Whether the removal has a text of its own on that channel. */
export function noticesOf(
  { notifyWhenExpired, deleteWhenExpired, notifyWhenDeleted }: EndingService,
  separate: boolean,
): readonly Notice[] {
  const aboutDeletion = deleteWhenExpired && notifyWhenDeleted
  if (notifyWhenExpired) {
    const expired: Notice = { kind: 'end', action: 'expired' }
    return aboutDeletion && separate ? [expired, { kind: 'deleted', action: 'deleted' }] : [expired]
  }
  return aboutDeletion ? [{ kind: 'end', action: 'deleted' }] : []
}

/** Where one contact can be reached. */
export interface Destination {
  readonly channel: Channel
  readonly to: string
  readonly contact: string
  /** Whether it looks like what it should be. */
  readonly plausible: boolean
}

/** Each number and each address once, over all contacts. */
export function destinationsOf(contacts: readonly Contact[]): readonly Destination[] {
  const found = new Map<string, Destination>()
  const note = (channel: Channel, to: string, contact: string, plausible: boolean) => {
    const mark = `${channel} ${normalRecipient(channel, to)}`
    if (to !== '' && !found.has(mark)) found.set(mark, { channel, to, contact, plausible })
  }
  for (const { name, email, phone } of contacts) {
    for (const part of phone.split(',')) {
      const { number, plausible } = normalPhone(part)
      note('sms', number, name, plausible)
    }
    note('mail', email.trim(), name, /^[^\s@,]+@[^\s@,]+$/.test(email.trim()))
  }
  return [...found.values()]
}

const normalRecipient = (channel: Channel, to: string): string => (channel === 'mail' ? to.toLowerCase() : to)

/**
 * Identity of a message (notifications.md 7.1): the same definition with the same date, restored from wherever, is not told of again; a new date is.
 *
 * @returns 43 characters of base64url.
 */
export function messageKey(
  service: EndingService,
  kind: string,
  { channel, to }: { readonly channel: Channel; readonly to: string },
): string {
  const identity = [kind, service.id, service.serviceId, new Date(service.expiresAtMs).toISOString(), channel, normalRecipient(channel, to)]
  return hash('sha256', JSON.stringify(identity), 'base64url')
}
