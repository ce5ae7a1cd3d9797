import type { Clock } from '../../base/clock.ts'
import type { HttpCaller } from '../../base/http-call.ts'
import type { Log } from '../../base/log.ts'
import type { Group, Infer } from '../../base/schema.ts'
import type { Delivery, SendResult } from '../message.ts'

export interface SmsMessage {
  /** Sender as configured: a number, a short code, a name; `''`: none. */
  readonly from: string
  /** One number. */
  readonly to: string
  readonly text: string
  /** The same for every try of one message. */
  readonly idempotencyKey?: string | undefined
  /** The request that caused the message; absent for what happens by itself. */
  readonly client?: { readonly address: string; readonly serverAddress: string } | undefined
}

/** Hands messages to one service that sends SMS. */
export interface SmsProvider {
  readonly name: string
  /** Longest time that one call may take. */
  readonly timeoutMs: number
  /** Hands over one message; never throws. */
  send(message: SmsMessage): Promise<SendResult>
  /**
   * Whether a message that was handed over at about that time has arrived, for those that can be asked.
   *
   * @param taken Ids that belong to other messages: the same text may have gone to the same number before.
   * @returns `cannot` when they refuse to say; `later` when they cannot be reached.
   */
  find?(message: SmsMessage, handedOverAtMs: number, taken: ReadonlySet<string>): Promise<LookupResult>
  /** Whether a message that was taken has arrived, for those that can be asked, and how long after that they are asked. */
  readonly delivery?: { readonly afterMs: readonly number[]; ask(providerId: string): Promise<DeliveryResult> }
  /** Shortest time between two messages of a sender, in milliseconds; absent or 0: none. */
  spacingMs?(from: string): number
  close?(): Promise<void> | void
}

export type DeliveryResult = Omit<Delivery, 'askedAtMs'> | { readonly outcome: 'cannot'; readonly message: string }

export type LookupResult =
  | { readonly kind: 'found'; readonly result: SendResult }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'later' | 'cannot'; readonly message: string }

export interface SmsProviderParts {
  readonly http: HttpCaller
  readonly clock: Clock
  readonly log: Log
  readonly configurationDirectory: string
  /** Of this program, for `User-Agent`. */
  readonly version: string
}

/** What a file in this folder exports: a provider that can be chosen by settings. */
export interface SmsProviderPlug<G extends Group = Group, O extends Group = Group> {
  /** Settings below `cas.sms-provider.<name>`. */
  readonly settings: G
  /** Settings below `castellan.sms.<name>`, which CAS does not have. */
  readonly own: O
  /** Whether the settings ask for this provider. */
  isConfigured(settings: Infer<G>, own: Infer<O>): boolean
  /** @throws {StartRefusal} for settings it cannot work with. */
  create(settings: Infer<G>, own: Infer<O>, parts: SmsProviderParts): Promise<SmsProvider> | SmsProvider
}

export const plug = <G extends Group, O extends Group>(one: SmsProviderPlug<G, O>): SmsProviderPlug<G, O> => one
