import type { Log } from '../../base/log.ts'
import type { Scripts } from '../../services/index.ts'
import type { MultifactorConfig } from '../config.ts'
import type { Inquiry, MultifactorProvider } from '../provider.ts'
import type { ServicePolicies } from '../service-policy.ts'

/** What a trigger says of a login. */
export type Triggered =
  /** One of these; the one with the highest rank. `all`: each has to be known, else any of them. */
  | { readonly kind: 'providers'; readonly ids: readonly string[]; readonly all: boolean }
  /** Nothing of the user fits, and then the login is refused. */
  | { readonly kind: 'denied' }
  /** Whoever decides could not be asked. */
  | { readonly kind: 'unavailable' }

/** One of the reasons for which somebody is asked for a second factor; `undefined`: this one says nothing. The first that speaks counts. */
export interface Trigger {
  readonly name: string
  ask(inquiry: Inquiry): Triggered | undefined | Promise<Triggered | undefined>
  close?(): Promise<void>
}

export interface TriggerParts {
  readonly settings: MultifactorConfig
  readonly providers: readonly MultifactorProvider[]
  readonly policyOf: ServicePolicies
  readonly scripts: Scripts
  readonly log: Log
}

/** @returns `undefined` when no setting asks for it. @throws {StartRefusal} for a pattern, an address or a module that cannot be used. */
export type TriggerKind = (parts: TriggerParts) => Trigger | undefined
