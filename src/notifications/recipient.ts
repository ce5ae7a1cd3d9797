import type { Channel } from './message.ts'

const E164 = /^\+?[0-9]{5,15}$/

/** A phone number without the blanks, dashes and parentheses people write; anything else only trimmed: it may be a short code or a name. */
export function normalPhone(phone: string): { readonly number: string; readonly plausible: boolean } {
  const bare = phone.replace(/[\s().-]+/g, '')
  const plausible = E164.test(bare)
  return { number: plausible ? bare : phone.trim(), plausible }
}

/** Whether this can be one address and nothing else: no list, no comment, no second header. */
export const isMailAddress = (address: string): boolean => /^[^\s@<>(),;:"[\]\\]{1,64}@[^\s@<>(),;:"[\]\\]{1,253}$/.test(address)

/** `+11*****7890`, `o***@example.org`: enough to find the person, not to reach them. */
export function maskRecipient(channel: Channel, to: string): string {
  if (channel === 'webhook') return to
  if (channel === 'mail') {
    const at = to.lastIndexOf('@')
    return at < 1 ? '***' : `${to[0]}***${to.slice(at)}`
  }
  return to.length < 9 ? `***${to.slice(-2)}` : `${to.slice(0, 3)}${'*'.repeat(to.length - 7)}${to.slice(-4)}`
}
