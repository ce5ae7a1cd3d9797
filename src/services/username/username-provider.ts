import type { Report } from '../definitions/check.ts'
import type { Members } from '../definitions/members.ts'
import type { Encrypt } from '../definitions/public-key.ts'
import type { Attributes, Principal } from '../principal.ts'

export interface UsernameRequest {
  readonly principal: Principal
  /** What the application gets of the attributes. */
  readonly released: Attributes
  /** Id of the service, as it is compared. */
  readonly serviceId: string
}

/** Under which name an application knows the user (services.md 12.4). */
export interface UsernameProvider {
  usernameFor(request: UsernameRequest): string
}

export interface UsernameContext {
  readonly report: Report
  /** Says something about a user for whom the attribute is missing. */
  readonly warn: (message: string) => void
  /** By the definition's public key; reports when there is none. */
  readonly encryption: () => Encrypt | undefined
}

/** One class of provider. `undefined`: the definition cannot be used with it. */
export interface UsernameProviderPlug {
  readonly type: string
  build(members: Members, context: UsernameContext): UsernameProvider | undefined
}
