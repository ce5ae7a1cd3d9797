import type { Authentication } from '../../../authentication/index.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { Attributes, Principal, RegisteredService, ServiceReference } from '../../../services/index.ts'
import type { TicketRegistry } from '../../../tickets/index.ts'
import type { InterruptConfig } from './config.ts'
import type { InterruptPayload } from './payload.ts'

/** Whom a source is asked about, on the way to what (interrupt.md 9.3). The password is nowhere in it. */
export interface Inquiry {
  readonly principal: Principal
  /** Of this login: `authenticationMethod`, `authenticationDate` … */
  readonly authentication: Pick<Authentication, 'attributes'>
  readonly service: ServiceReference | undefined
  readonly registeredService: RegisteredService | undefined
  readonly request: InquiryRequest
  /** The moment that it is about, where it is not now (preview). */
  readonly atMs?: number
}

/** What is known of the browser's request; nothing of it when a command asks. */
export interface InquiryRequest {
  readonly address: string
  readonly userAgent: string
  readonly method: string
  readonly locale: string | undefined
  readonly acceptLanguage: string | undefined
  /** Without those that carry secrets. */
  headers(): Readonly<Record<string, string>>
  /** Without those that carry secrets. */
  query(): Readonly<Record<string, string>>
}

/** A document of a source that remembers by itself who has accepted it. */
export class RememberedDocument {
  readonly document: unknown
  /** Handed back to the source when the user accepts. */
  readonly memory: string | undefined
  /** Whether the cookie remembers it as well. */
  readonly tracked: boolean
  /** Which of the source's documents it is. */
  readonly name: string | undefined
  constructor(document: unknown, facts: { readonly tracked: boolean; readonly name: string; readonly memory?: string }) {
    this.document = document
    this.tracked = facts.tracked
    this.name = facts.name
    this.memory = facts.memory
  }
}

/**
 * One place to ask whether a login is interrupted. Sources are asked one after another; the first that interrupts wins, one that throws counts as "no".
 */
export interface InterruptSource {
  /** For the log and the audit, e.g. `rest`. */
  readonly name: string
  /** Smaller is asked earlier; absent: after all that have one, in the order of the list. */
  readonly order?: number
  /**
   * @returns The payload as a document writes it (interrupt.md 4); `undefined`, `null` or `{ interrupt: false }` for "no interrupt".
   * @throws anything: a failed inquiry, which is logged and counted; `Unavailable`: this login has to come again later.
   */
  inquire(inquiry: Inquiry): unknown
  close?(): void | Promise<void>
}

/** A source of our own, which may do what a plug-in may not. */
export interface BuiltInSource extends InterruptSource {
  /** Whether its documents may have texts in several languages, `format`, `acknowledge`. */
  readonly extended?: boolean
  /** A failure stops the login instead of letting it go on. */
  readonly failsClosed?: boolean
  /**
   * Further documents that want to be shown after that of another source, or of its own (14.2).
   *
   * @param shown The name of its own document that is shown already.
   */
  following?(inquiry: Inquiry, shown: string | undefined): Promise<readonly RememberedDocument[]>
  /** What each of its documents says to this login, for those who look after the server. */
  reasons?(inquiry: Inquiry): Promise<readonly { readonly rule: string; readonly verdict: string }[]>
  /** Told that the user has accepted a `RememberedDocument` of this source. */
  accepted?(inquiry: Inquiry, memory: string, acknowledged: boolean): Promise<void>
  /** How it is, for those who look after the server. */
  state?(): Readonly<Record<string, string | number | undefined>>
}

export interface SourceParts {
  readonly settings: InterruptConfig
  readonly configurationDirectory: string
  readonly registry: Pick<TicketRegistry, 'add' | 'get'>
  readonly clock: Clock
  readonly log: Log
}

/** How a source of one kind comes to be: nothing when it is not configured. */
export interface SourceKind {
  readonly name: string
  /** @throws {StartRefusal} for settings that cannot work. */
  open(parts: SourceParts): Promise<readonly BuiltInSource[]>
}

/** A payload that was found, and by whom. */
export interface Found {
  readonly source: BuiltInSource
  readonly payload: InterruptPayload
  /** Which of the source's documents. */
  readonly name: string | undefined
  /** What the source wants to be told of when the user accepts. */
  readonly memory: string | undefined
}

/** Attributes of login and user as one map; of two with one name the user's counts. */
export function attributesOf({ principal, authentication }: Inquiry): Attributes {
  return { ...authentication.attributes, ...principal.attributes }
}
