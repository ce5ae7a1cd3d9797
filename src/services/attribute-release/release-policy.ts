import type { Clock } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import type { OutgoingRequests } from '../../base/outgoing-request.ts'
import type { Report } from '../definitions/check.ts'
import type { Members } from '../definitions/members.ts'
import type { Encrypt } from '../definitions/public-key.ts'
import type { Attributes, AttributeValue, Principal } from '../principal.ts'
import type { Scripts } from '../scripts/scripts.ts'
import type { ServiceReference } from '../service-reference.ts'

/** Names with their values, while they are being put together. */
export type Released = Map<string, readonly AttributeValue[]>

/** For whom, and for which address of the application, attributes are chosen. */
export interface ReleaseRequest {
  readonly principal: Principal
  readonly reference: ServiceReference
}

/** @param available What the user has; in a chain also what earlier policies released. */
export type Select = (available: AvailableAttributes, request: ReleaseRequest) => Released | Promise<Released>

/** Chooses among the user's attributes (services.md 12.1). */
export interface ReleasePolicy {
  readonly order: number
  /** Nothing beside the policy either: no default bundle, no attributes of the authentication. */
  readonly deniesAll: boolean
  readonly select: Select
}

/** What a policy may need besides the user. */
export interface ReleaseWorld {
  readonly report: Report
  /** Says something while the definition is being used. */
  readonly warn: (message: string, severity?: 'warning' | 'error') => void
  /** Variables of the server's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** By the definition's public key; reports when there is none. */
  readonly encryption: () => Encrypt | undefined
  /** Likewise, for passwords and tickets (`castellan.clearpass.padding`). */
  readonly secretEncryption: () => Encrypt | undefined
  /** What the sources of attributes know of a user; by their ids, none for those of the login. */
  readonly attributesOf: AttributeLookup
  readonly clock: Clock
  /** Asks other servers, with limits on everything. */
  readonly requests: () => OutgoingRequests
  readonly scripts: Scripts
  /** What scripts are told of the definition. */
  readonly described: () => Json
}

/** @throws when a source cannot be asked. @returns no attributes for somebody whom nobody knows. */
export type AttributeLookup = (username: string, repositoryIds: readonly string[]) => Promise<Attributes>

export interface ReleaseContext extends ReleaseWorld {
  /** Builds a nested policy. */
  build(members: Members): ReleasePolicy
}

/** One class of policy: its simple name and what makes its choice from its members. */
export interface ReleasePolicyPlug {
  readonly type: string
  readonly deniesAll?: boolean
  build(members: Members, context: ReleaseContext): Select
}

/** Attributes looked up as CAS does: by the name as written, else without regard to case. */
export class AvailableAttributes {
  readonly #attributes: Attributes
  #byLowerCase: Map<string, string> | undefined

  constructor(attributes: Attributes) {
    this.#attributes = attributes
  }

  get(name: string): readonly AttributeValue[] | undefined {
    if (Object.hasOwn(this.#attributes, name)) return this.#attributes[name]
    this.#byLowerCase ??= new Map(Object.keys(this.#attributes).map((each) => [each.toLowerCase(), each]))
    const written = this.#byLowerCase.get(name.toLowerCase())
    return written === undefined ? undefined : this.#attributes[written]
  }

  entries(): readonly (readonly [string, readonly AttributeValue[]])[] {
    return Object.entries(this.#attributes)
  }

  /** The same with others on top. */
  with(more: Released): AvailableAttributes {
    return more.size === 0 ? this : new AvailableAttributes({ ...this.#attributes, ...Object.fromEntries(more) })
  }
}

/** Puts an attribute where its name stands already, whatever its case; names are compared without case in the result. */
export function put(released: Released, name: string, values: readonly AttributeValue[]): void {
  released.set(nameIn(released, name) ?? name, values)
}

export function nameIn(released: Released, name: string): string | undefined {
  if (released.has(name)) return name
  const lower = name.toLowerCase()
  for (const each of released.keys()) if (each.toLowerCase() === lower) return each
  return undefined
}
