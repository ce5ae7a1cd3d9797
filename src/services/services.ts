import type { Client } from '../base/client.ts'
import type { SealedRelease } from './attribute-release/index.ts'
import type { Format } from './definitions/definition-text.ts'
import type { Candidate } from './matching/explanation.ts'
import type { Attributes, Principal } from './principal.ts'
import type { RegisteredService } from './registered-service.ts'
import type { PastVersion } from './registry/history.ts'
import type { ServiceReference } from './service-reference.ts'

/** Why an application may not be used by anybody now (services.md 9). */
export type ServiceRefusalReason =
  | 'unregistered'
  | 'empty-registry'
  | 'disabled'
  | 'expired'
  | 'outside-time-window'
  | 'client-not-allowed'
  | 'unusable'

export type Finding =
  | { readonly kind: 'found'; readonly service: RegisteredService }
  | {
      readonly kind: 'refused'
      readonly reason: ServiceRefusalReason
      /** Key of the text on the refusal page: `screen.service.error.message` … */
      readonly messageKey: string
      /** The definition that says no; absent when none matches. */
      readonly service?: RegisteredService
      /** From the definition only. */
      readonly unauthorizedRedirectUrl?: string
    }

export type AccessDecision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied'; readonly reason: string; readonly unauthorizedRedirectUrl?: string }

export interface Release {
  /** The user's name as this application knows it (`cas:user`). */
  readonly username: string
  readonly attributes: Attributes
  /** Whether the protocol's own attributes (`authenticationDate` …) may go along. */
  readonly authenticationAttributes: boolean
  /** Secrets of the login that the definition wants along, and how they are encrypted for its eyes. */
  readonly sealed?: SealedRelease
}

export type { SealedRelease }

export interface Problem {
  readonly file: string
  readonly line?: number
  readonly column?: number
  readonly severity: 'error' | 'warning'
  readonly message: string
}

/** Who changes a definition, and how. */
export interface Writing {
  /** For the audit and the history. */
  readonly who: string
  readonly client?: Client | undefined
  /** How the text is written; absent: Human JSON. */
  readonly format?: Format
  /** The definition gets an id that nobody has, whatever its own says. */
  readonly newId?: boolean
  /** Everything is looked at and nothing written. */
  readonly dryRun?: boolean
  /** Asked under the lock, with what is stored under the id by then: `false` refuses the change as outdated. */
  readonly onlyIf?: (stored: RegisteredService | undefined) => boolean
}

export interface DefinitionMistakeAt {
  /** JSON pointer to the member, `''` for the whole (RFC 6901). */
  readonly pointer: string
  readonly message: string
}

/** What became of a definition that was to be saved. */
export type Saved =
  | {
      readonly kind: 'saved'
      readonly id: string
      readonly file: string
      readonly service: RegisteredService
      /** Whether there was none of this id before. */
      readonly created: boolean
    }
  /** The text cannot be read at all. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** The text is no definition that can be used. */
  | { readonly kind: 'refused'; readonly mistakes: readonly DefinitionMistakeAt[] }
  /** What is stored is not what the caller expected. */
  | { readonly kind: 'outdated' }
  /** Somebody else changed the same thing in the meantime; everything is as they left it. */
  | { readonly kind: 'conflict'; readonly reason: string }
  /** It could not be written; everything is as before. */
  | { readonly kind: 'failed'; readonly reason: string }

/** One of several texts that are stored together. */
export interface ImportEntry {
  /** For messages only. */
  readonly name: string
  readonly text: string
  readonly format: Format
}

/** What became of several definitions: all of them, or none. */
export type Imported =
  | { readonly kind: 'imported'; readonly saved: number }
  | { readonly kind: 'refused'; readonly failed: readonly { readonly entry: string; readonly error: string }[] }
  | { readonly kind: 'failed'; readonly reason: string }

export type Removed =
  | { readonly kind: 'removed'; readonly service: RegisteredService }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'conflict'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }

/** What `explain` says of an address. */
export interface MatchExplanation {
  readonly finding: Finding
  /** The one that takes it first, if any. */
  readonly candidates: readonly Candidate[]
}

/** `inactive`: for other environments; `unusable`: its pattern, its access strategy or its user name cannot be used. */
export type ServiceState = 'active' | 'disabled' | 'expired' | 'inactive' | 'outside-time-window' | 'unusable'

export interface Services {
  /**
   * The definition that takes this URL, and whether it may be used at all (phase 1). Cost does not grow with the number of definitions. A promise only
   * where a script of the definition is asked.
   */
  find(service: ServiceReference, client?: Client): Finding | Promise<Finding>
  /** Which definition takes an address, which others would and why they do not, and what `find` says. For people: costs as much as all patterns together. */
  explain(service: ServiceReference, client?: Client): Promise<MatchExplanation>
  /** What stands in the way of a definition, whatever the address. */
  stateOf(service: RegisteredService): ServiceState
  byId(id: string): RegisteredService | undefined
  /** The OAuth client of this id, compared exactly, and whether it may be used at all (oauth.md 3.2). */
  findClient(clientId: string, client?: Client): Finding | Promise<Finding>
  /** Whether an OAuth client may have its answers sent to this address: its `serviceId` by its matching strategy (oauth.md 3.3). */
  acceptsRedirect(service: RegisteredService, uri: string): boolean
  /** Phase 2: may this user use it? @param reference The address, for scripts that look at it. */
  authorize(service: RegisteredService, principal: Principal, reference?: ServiceReference): Promise<AccessDecision>
  release(service: RegisteredService, principal: Principal, reference: ServiceReference): Promise<Release>
  /** The `username` of a release, for callers that want nothing else. */
  nameFor(service: RegisteredService, principal: Principal, reference: ServiceReference): Promise<string>
  /** In the order of evaluation. */
  all(): readonly RegisteredService[]
  /**
   * Stores a definition, new or changed, in a file of its own, whole or not at all; it is in force when this resolves (services.md 6.1). Without an id, or
   * with -1, it gets a new one.
   *
   * @param text Of one definition.
   */
  save(text: string, writing?: Writing): Promise<Saved>
  /** Stores several definitions, each under its own id. Those that would not be loaded keep all others from being stored. */
  importAll(entries: readonly ImportEntry[], writing: Writing): Promise<Imported>
  /** Deletes the file that a definition came from. */
  remove(id: string, writing?: Writing): Promise<Removed>
  /** What a definition was before, oldest first (configuration.md 17.3); also of one that was deleted. */
  pastVersions(id: string): Promise<readonly PastVersion[]>
  problems(): readonly Problem[]
  reload(): Promise<void>
  health(): { readonly up: boolean; readonly details: Readonly<Record<string, string | number>> }
  close(): Promise<void>
}
