import type { Authentication } from '../../../authentication/index.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { Metrics } from '../../../base/metrics.ts'
import type { Attributes, RegisteredService, ServiceReference } from '../../../services/index.ts'
import type { SsoConfig } from '../../../sso/index.ts'
import type { TicketRegistry } from '../../../tickets/index.ts'
import type { View } from '../../../views/index.ts'
import { type Acknowledgement, acknowledgements } from './acknowledgements.ts'
import type { InterruptConfig } from './config.ts'
import { inquiryOf, type Way } from './inquiry.ts'
import { createInterrupts, type Explained, type Interrupts } from './interrupts.ts'
import { type InterruptTracker, interruptTracker } from './tracker.ts'
import { pluggedTracker } from './tracker-plugin.ts'
import { interruptView } from './view.ts'
import { finalizedWebhook, type TellFinalized } from './webhook.ts'

export interface InterruptParts {
  readonly settings: InterruptConfig & SsoConfig
  readonly configurationDirectory: string
  /** Where it is kept who has accepted an announcement for good. */
  readonly registry: Pick<TicketRegistry, 'add' | 'get' | 'ticketsOf'>
  /** Keys of the cookie, 32 bytes each; the first writes, all read. */
  readonly cookieKeys: readonly Buffer[]
  readonly contextPath: string
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
}

/** Whom an explanation is about; no session, no credential. */
export interface Question {
  readonly username: string
  readonly attributes?: Attributes
  readonly service?: ServiceReference
  readonly registeredService?: RegisteredService
  readonly locale?: string
  /** The moment of the login, where it is not now. */
  readonly atMs?: number
}

/** What would happen in a login, and why (interrupt.md 14.3). */
export interface Explanation {
  readonly triggerMode: string
  readonly outcome: 'no interrupt' | 'interrupt' | 'service unavailable'
  /** Why no source was asked. */
  readonly why?: string
  readonly sources: readonly Explained[]
  /** As in the seed of CAS: `message`, `links`, `interrupt`, `block`, `ssoEnabled`, `autoRedirect`, `autoRedirectAfterSeconds`, `data`. */
  readonly payload?: Readonly<Record<string, unknown>>
  /** The page itself, its buttons without a conversation behind them. */
  readonly view?: View
}

/** The interrupt of logins, opened: its sources, what it remembers in browsers, and explanations of what it would do. */
export interface Interrupt {
  /** Whether there is a source at all. */
  readonly active: boolean
  readonly interrupts: Interrupts
  readonly tracker: InterruptTracker
  readonly tellFinalized: TellFinalized
  /**
   * Whether somebody who logs in where no page can be shown has to be refused: a source blocks them, or one that must answer does not. Always `false` unless
   * `castellan.interrupt.enforce-block-on-api`; no source is asked then (interrupt.md 6.3).
   */
  refusesApi(way: Omit<Way, 'locale'>, authentication: Authentication): Promise<boolean>
  /** Asks the sources without touching a session, the audit or what is remembered. */
  explain(question: Question): Promise<Explanation>
  state(): ReturnType<Interrupts['state']>
  /** Who has accepted which announcement, as far as it is kept. */
  acknowledgements(): AsyncIterable<Acknowledgement>
  close(): Promise<void>
}

/**
 * Opens files, addresses and modules that the settings name.
 *
 * @throws {StartRefusal} for settings that cannot work.
 */
export async function openInterrupt(parts: InterruptParts): Promise<Interrupt> {
  const { settings } = parts
  const tracker = settings.castellan.interrupt.tracker
    ? await pluggedTracker({ ...parts, location: settings.castellan.interrupt.tracker })
    : interruptTracker({ ...parts, keys: parts.cookieKeys })
  const webhook = finalizedWebhook(parts)
  const interrupts = await createInterrupts(parts)
  return {
    active: interrupts.active,
    interrupts,
    tracker,
    tellFinalized: webhook.tell,
    async refusesApi(way, authentication) {
      const { enforceBlockOnApi, shadow } = settings.castellan.interrupt
      if (!enforceBlockOnApi || shadow || !interrupts.active) return false
      const decision = await interrupts.decide(inquiryOf({ ...way, locale: undefined }, authentication))
      return decision.kind === 'unavailable' || (decision.kind === 'found' && decision.pages.some(({ payload }) => payload.block))
    },
    async explain({ username, attributes = {}, service, registeredService, locale, atMs }) {
      const request = {
        address: '127.0.0.1',
        userAgent: 'castellan',
        method: 'POST',
        locale,
        acceptLanguage: locale,
        headers: () => ({}),
        query: () => ({}),
      }
      const principal = { id: username, attributes }
      const { decision, sources } = await interrupts.explain({
        principal,
        authentication: { attributes: {} },
        service,
        registeredService,
        request,
        ...(atMs === undefined ? {} : { atMs }),
      })
      const { triggerMode } = settings.cas.interrupt.core
      if (decision.kind === 'unavailable') return { triggerMode, outcome: 'service unavailable', sources }
      if (decision.kind === 'none') return { triggerMode, outcome: 'no interrupt', ...(decision.why ? { why: decision.why } : {}), sources }
      const [{ payload }, ...following] = decision.pages
      const facts = {
        principalId: username,
        format: settings.castellan.interrupt.messageFormat,
        stays: true,
        unread: false,
        preview: true,
        position: following.length > 0 ? { page: 1, of: decision.pages.length } : undefined,
      }
      return {
        triggerMode,
        outcome: 'interrupt',
        sources,
        payload: {
          message: payload.message ?? null,
          ...(payload.messageCode === undefined ? {} : { messageCode: payload.messageCode }),
          links: Object.fromEntries(
            payload.links.map(({ text, href }) => [typeof text === 'string' ? text : Object.values(text)[0], href]),
          ),
          interrupt: true,
          block: payload.block,
          ssoEnabled: payload.ssoEnabled,
          autoRedirect: payload.autoRedirect,
          autoRedirectAfterSeconds: payload.autoRedirectAfterSeconds,
          data: payload.data,
        },
        view: interruptView(payload, { registeredService, session: undefined }, facts)(''),
      }
    },
    state: () => interrupts.state(),
    acknowledgements: () => acknowledgements(parts.registry),
    async close() {
      webhook.close()
      await Promise.all([interrupts.close(), tracker.close?.()])
    },
  }
}
