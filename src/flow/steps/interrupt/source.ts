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
  constructor(document: unknown, tracked: boolean, memory?: string) {
    this.document = document
    this.tracked = tracked
    this.memory = memory
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
   * @throws anything: a failed inquiry, which is logged and counted.
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
  /** What the source wants to be told of when the user accepts. */
  readonly memory: string | undefined
}

/** Attributes of login and user as one map; of two with one name the user's counts. */
export function attributesOf({ principal, authentication }: Inquiry): Attributes {
  return { ...authentication.attributes, ...principal.attributes }
}
