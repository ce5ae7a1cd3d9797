import type { Json } from '../../base/json.ts'
import type { Report } from '../definitions/check.ts'
import type { Members } from '../definitions/members.ts'
import type { Encrypt } from '../definitions/public-key.ts'
import type { Attributes, Principal } from '../principal.ts'
import type { Scripts } from '../scripts/scripts.ts'
import type { ServiceReference } from '../service-reference.ts'

export interface UsernameRequest {
  readonly principal: Principal
  /** What the application gets of the attributes; found out when somebody asks. */
  released(): Attributes | Promise<Attributes>
  readonly reference: ServiceReference
}

/** Under which name an application knows the user (services.md 12.4). */
export interface UsernameProvider {
  /** @throws when there is none that may go out. */
  usernameFor(request: UsernameRequest): string | Promise<string>
}

export interface UsernameContext {
  readonly report: Report
  /** Says something about a user for whom the attribute is missing. */
  readonly warn: (message: string, severity?: 'warning' | 'error') => void
  /** By the definition's public key; reports when there is none. */
  readonly encryption: () => Encrypt | undefined
  readonly scripts: Scripts
  /** What scripts are told of the definition. */
  readonly described: () => Json
}

/** One class of provider. `undefined`: the definition cannot be used with it. */
export interface UsernameProviderPlug {
  readonly type: string
  build(members: Members, context: UsernameContext): UsernameProvider | undefined
}
