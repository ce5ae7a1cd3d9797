import type { AccountSource } from './account.ts'
import type { PasswordlessConfig } from './config.ts'

/** `cas.authn.passwordless.accounts.simple.<name>`: a mail address or a telephone number for each user. */
export function simple({ cas }: PasswordlessConfig): AccountSource | undefined {
  const entries = new Map(Object.entries(cas.authn.passwordless.accounts.simple))
  if (entries.size === 0) return undefined
  return {
    name: 'simple',
    async find(username) {
      const contact = entries.get(username)?.trim()
      if (!contact) return undefined
      const isMail = contact.includes('@')
      return {
        username,
        email: isMail ? contact : '',
        phone: isMail ? '' : contact,
        attributes: {},
        requestPassword: false,
        multifactorEligible: undefined,
      }
    },
  }
}
