import type { ScriptLogger } from '../../../../base/isolated-module-thread.ts'
import type { Attributes } from '../../../../services/index.ts'

/** What goes to the thread of the script; runs there: it adds what cannot be sent. */
export interface ScriptInput {
  readonly principal: { readonly id: string; readonly attributes: Attributes }
  /** Of user and login; of two with one name that of the login counts. */
  readonly attributes: Attributes
  readonly service: { readonly id: string; readonly originalUrl: string } | null
  /** The definition as its file has it. */
  readonly registeredService: Readonly<Record<string, unknown>> | null
  readonly request: {
    readonly ip: string
    readonly userAgent: string
    readonly headers: Readonly<Record<string, string>>
    readonly query: Readonly<Record<string, string>>
    readonly locale: string | null
    readonly method: string
    readonly credentialType: string | null
  }
}

/** A payload as a script or file writes it (interrupt.md 4). */
export interface InterruptDocument {
  readonly message?: string | null
  readonly messageCode?: string | null
  readonly links?: Readonly<Record<string, string>>
  readonly interrupt?: boolean
  readonly block?: boolean
  readonly ssoEnabled?: boolean
  readonly autoRedirect?: boolean
  readonly autoRedirectAfterSeconds?: number
  readonly data?: Readonly<Record<string, readonly string[] | string>>
}

export interface InterruptRespond {
  none(): InterruptDocument
  interrupt(message?: string): InterruptDocument
  of(
    message: string,
    links?: Readonly<Record<string, string>>,
    more?: { readonly block?: boolean; readonly ssoEnabled?: boolean },
  ): InterruptDocument
}

/** What an interrupt script is given (interrupt.md 9.3). */
export interface InterruptContext extends ScriptInput {
  readonly logger: ScriptLogger
  readonly respond: InterruptRespond
  /** For values of attributes that go into a message. */
  escapeHtml(text: string): string
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const respond: InterruptRespond = {
  none: () => ({ interrupt: false }),
  interrupt: (message) => ({ interrupt: true, block: false, ssoEnabled: true, ...(message === undefined ? {} : { message }) }),
  of: (message, links = {}, { block = false, ssoEnabled = true } = {}) => ({ message, links, interrupt: true, block, ssoEnabled }),
}

export function dress(input: ScriptInput, logger: ScriptLogger): InterruptContext {
  return { ...input, logger, respond, escapeHtml: (text) => String(text).replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one) }
}
