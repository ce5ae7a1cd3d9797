import type { Clock } from '../base/clock.ts'
import { type LoadedService, own } from './definitions/loaded-service.ts'
import { isExpired } from './expiration/expiry.ts'
import type { Attributes } from './principal.ts'
import type { RegisteredService } from './registered-service.ts'
import type { Services } from './services.ts'

/** What follows from a definition for a user who is known: whether they may use the application, what it learns of them (services.md 11, 12). */
export function decisions(clock: Clock): Pick<Services, 'authorize' | 'release' | 'nameFor'> {
  return {
    async authorize(service, principal, reference) {
      const loaded = own(service)
      const reason = isExpired(loaded, clock()) ? 'the definition has expired' : await loaded.access.authorize(principal, reference)
      if (reason === undefined) return { kind: 'allowed' }
      return { kind: 'denied', reason, ...(await redirectOf(loaded)) }
    },
    async release(service, principal, reference) {
      const { release, username } = nameable(service)
      const nameFor = async (released: Attributes) => username.usernameFor({ principal, reference, released: () => released })
      const attributes = await release.attributesFor({ principal, reference }, nameFor)
      const { authenticationAttributes } = release
      const sealed = await release.sealedFor(principal)
      return { username: await nameFor(attributes), attributes, authenticationAttributes, ...(sealed ? { sealed } : {}) }
    },
    async nameFor(service, principal, reference) {
      const { release, username } = nameable(service)
      const nameWith = async (released: Attributes) => username.usernameFor({ principal, reference, released: () => released })
      // Few names depend on what is released.
      return username.usernameFor({ principal, reference, released: () => release.attributesFor({ principal, reference }, nameWith) })
    },
  }
}

function nameable(service: RegisteredService) {
  const { release, username } = own(service)
  if (!username) throw new Error(`the user name for the service ${service.id} cannot be made`)
  return { release, username }
}

export const addressOf = (unauthorizedRedirectUrl: string | undefined) =>
  unauthorizedRedirectUrl === undefined ? {} : { unauthorizedRedirectUrl }

/** Where those go who are refused, which a script may say. */
export const redirectOf = async ({ access, unauthorizedRedirectUrl }: LoadedService) =>
  addressOf(unauthorizedRedirectUrl ?? (await access.redirectAnswer?.()))
