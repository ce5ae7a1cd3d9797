import type { Report } from '../definitions/check.ts'
import type { Members } from '../definitions/members.ts'
import type { Encrypt } from '../definitions/public-key.ts'
import type { Attributes, AttributeValue } from '../principal.ts'

/** Names with their values, while they are being put together. */
export type Released = Map<string, readonly AttributeValue[]>

/** Chooses among the user's attributes (services.md 12.1). */
export interface ReleasePolicy {
  readonly order: number
  /** Nothing beside the policy either: no default bundle, no attributes of the authentication. */
  readonly deniesAll: boolean
  /** @param available What the user has; in a chain also what earlier policies released. */
  select(available: AvailableAttributes): Released
}

/** What a policy may need besides the user. */
export interface ReleaseWorld {
  readonly report: Report
  /** Says something while the definition is being used. */
  readonly warn: (message: string) => void
  /** Variables of the server's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** By the definition's public key; reports when there is none. */
  readonly encryption: () => Encrypt | undefined
}

export interface ReleaseContext extends ReleaseWorld {
  /** Builds a nested policy. */
  build(members: Members): ReleasePolicy
}

/** One class of policy: its simple name and what makes its choice from its members. */
export interface ReleasePolicyPlug {
  readonly type: string
  readonly deniesAll?: boolean
  build(members: Members, context: ReleaseContext): (available: AvailableAttributes) => Released
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
