import { maskRecipient } from '../../../notifications/index.ts'
import type { Principal } from '../../../services/index.ts'

/** Where a code can go: a phone or a mailbox of the user. */
export interface Recipient {
  readonly channel: 'sms' | 'mail'
  readonly to: string
}

export interface RecipientsParts {
  /** Attributes with phone numbers; none where no code goes by SMS. */
  readonly phones: readonly string[]
  /** Attributes with addresses; none where no code goes by mail. */
  readonly addresses: readonly string[]
}

/** More than anybody has: a directory with a thousand numbers for one person is a mistake. */
const MOST = 20
const LONGEST = 320

/** All that the attributes of a user know, each once, phones first. */
export function recipientsOf({ attributes }: Principal, { phones, addresses }: RecipientsParts): readonly Recipient[] {
  const values = (names: readonly string[], channel: Recipient['channel']): readonly Recipient[] => {
    const found = new Map<string, Recipient>()
    for (const name of names) {
      for (const value of Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : []) {
        const to = String(value).trim()
        const key = channel === 'sms' ? to.replace(/[\s().-]+/g, '') : to.toLowerCase()
        if (key !== '' && to.length <= LONGEST && !found.has(key)) found.set(key, { channel, to })
      }
    }
    return [...found.values()].slice(0, MOST)
  }
  return [...values(phones, 'sms'), ...values(addresses, 'mail')]
}

/** A phone and a mailbox both get the code, as in CAS; of several of a kind the user chooses one. */
export function needsChoice(recipients: readonly Recipient[]): boolean {
  return (['sms', 'mail'] as const).some((channel) => recipients.filter((one) => one.channel === channel).length > 1)
}

/** Enough to recognise it, not to reach it. */
export const masked = ({ channel, to }: Recipient): string => maskRecipient(channel, channel === 'sms' ? to.replace(/[\s().-]+/g, '') : to)
