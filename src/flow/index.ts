/**
 * Flow: the login as a conversation. It owns the order of its steps (steps/index.ts), the machine that walks them, the sealed `execution` that carries a
 * conversation through the browser, and `/login` and `/logout`. It hands out routes, and the answering of a page to whoever else shows one.
 */
import type { Audit } from '../audit/index.ts'
import type { AuthenticationEngine, Throttle } from '../authentication/index.ts'
import type { Clock } from '../base/clock.ts'
import { sealer } from '../base/crypto.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Route } from '../http/index.ts'
import type { Multifactor } from '../mfa/index.ts'
import type { Services } from '../services/index.ts'
import type { SingleLogout, Sso } from '../sso/index.ts'
import type { TicketRegistry } from '../tickets/index.ts'
import type { Views } from '../views/index.ts'
import { browserBinding } from './browser-binding.ts'
import { executions } from './execution.ts'
import { handovers } from './handover.ts'
import { loginPageRoutes } from './login-routes.ts'
import { logoutRoutes } from './logout-routes.ts'
import type { Answer } from './page.ts'
import { type AskPassage, passages } from './passage.ts'
import type { FlowSettings } from './settings.ts'
import { places } from './steps/index.ts'
import type { Interrupt } from './steps/interrupt/index.ts'
import type { Passwordless } from './steps/passwordless/open.ts'
import { tracer } from './trace.ts'

export type { FlowConfig } from './config.ts'
export type { FlowEvent, Login, Outcome, Phase, Place, Step } from './login.ts'
export { type Answer, type PageWishes, pages } from './page.ts'
export type { AskPassage, Passage } from './passage.ts'
export type { FlowSettings } from './settings.ts'
export type { Acknowledgement, Explanation, Interrupt, InterruptParts } from './steps/interrupt/index.ts'
export { interruptTicketKinds, openInterrupt } from './steps/interrupt/index.ts'
export type { Inquiry, InterruptSource } from './steps/interrupt/source.ts'
export type { InterruptContext, InterruptDocument } from './steps/interrupt/sources/script-context.ts'
export type { InterruptTrackerPlugin, InterruptVisit } from './steps/interrupt/tracker-plugin.ts'
export { openPasswordless, type Passwordless, type PasswordlessParts, passwordlessTicketKinds } from './steps/passwordless/open.ts'

export interface FlowParts {
  readonly settings: FlowSettings
  /** Keys that seal conversations, 32 bytes each; the first writes, all read. */
  readonly executionKeys: readonly Buffer[]
  /** `/cas`, or `''` at the root. */
  readonly contextPath: string
  readonly engine: AuthenticationEngine
  readonly throttle: Throttle
  readonly services: Services
  readonly registry: TicketRegistry
  readonly sso: Sso
  readonly singleLogout: SingleLogout
  readonly answer: Answer
  readonly views: Views
  /** Opened before, for its sources are files and other servers. */
  readonly interrupt: Interrupt
  readonly multifactor: Multifactor
  /** Opened before, for its sources of accounts are files and other servers. */
  readonly passwordless: Passwordless
  readonly audit: Audit
  readonly metrics?: Metrics
  readonly clock: Clock
  readonly log: Log
}

export interface Flow {
  /** `/login` and `/logout`. */
  readonly routes: readonly Route[]
  readonly passage: AskPassage
}

/** The login, for browsers and for the protocols that lead their own way to it. */
export function createFlow(parts: FlowParts): Flow {
  const { settings, registry, clock } = parts
  const { login } = settings.castellan
  const { http } = settings.cas.authn.mfa.triggers
  const loginPath = `${parts.contextPath}/login`
  const way = places({ ...parts, loginPath })
  const handedOver = handovers(registry, clock)
  const trace = tracer(parts.log, parts.metrics)
  const routes = [
    ...loginPageRoutes({
      ...parts,
      trace,
      places: way,
      executions: executions({
        sealer: sealer(parts.executionKeys),
        registry,
        clock,
        maxTimeToLiveInSeconds: login.maxTimeToLive,
        authenticatedMaxTimeToLiveInSeconds: login.authenticatedMaxTimeToLive,
      }),
      binding: browserBinding({ toBrowser: login.pinToBrowser, toClient: settings.cas.webflow.session.pinToSession, loginPath }),
      handovers: handedOver,
      loginPath,
      refuseCrossSite: login.pinToBrowser,
      contextNames: { parameters: http.requestParameter, headers: http.requestHeader },
    }),
    ...logoutRoutes(parts),
  ]
  return { routes, passage: passages(way, handedOver, trace) }
}

/** `/login` and `/logout`. */
export const loginRoutes = (parts: FlowParts): readonly Route[] => createFlow(parts).routes
