import type { Call } from '../http/index.ts'
import type { ServiceReference } from '../services/index.ts'
import type { Session } from '../sso/index.ts'
import type { View } from '../views/index.ts'
import type { Handovers } from './handover.ts'
import type { Login, Place } from './login.ts'
import { newLogin } from './login-routes.ts'
import { advance, type Trace } from './machine.ts'

/** Whether the browser's session may go on to an application without anything being shown. */
export type Passage =
  | { readonly kind: 'open'; readonly session: Session }
  /** The login form would be shown. */
  | { readonly kind: 'login' }
  /** Something else would be: a notice, a confirmation. */
  | {
      readonly kind: 'interaction'
      /**
       * Keeps what was found out for the login that shows it.
       *
       * @param service The service that the login will be for.
       * @returns The parameter `handover` of that login.
       */
      handOver(service: ServiceReference): Promise<string>
    }
  /** The user may not use the application. */
  | { readonly kind: 'denied'; readonly session: Session | undefined }
  | { readonly kind: 'refused'; readonly view: View; readonly status: number }

/**
 * Walks the places of the login for a service as a transparent sign-on does, up to the ticket, and gives none. So a protocol that has no use for a ticket
 * asks what every other application is asked.
 *
 * @param passive Nobody will be shown anything, whatever is found (`prompt=none`).
 */
export type AskPassage = (call: Call, service: ServiceReference, passive?: boolean) => Promise<Passage>

const THROUGH = { kind: 'leave', reply: () => new Response(null) } as const

/** @param places Those of the login; the last phase is left out. */
export function passages(places: readonly Place[], handovers: Handovers, trace: Trace): AskPassage {
  const end: Place = { phase: 'deliver', step: { id: 'passage', enter: async () => THROUGH } }
  const way = [...places.filter(({ phase }) => phase !== 'deliver'), end]
  const interaction = ({ state }: Login): Passage => ({ kind: 'interaction', handOver: (service) => handovers.keep(state, service) })
  return async (call, service, passive = false) => {
    const request = { service, renew: false, passive, method: undefined, locale: undefined, theme: undefined }
    const standing = await advance(way, newLogin(call, request), trace)
    switch (standing.kind) {
      case 'leave':
        return standing.outcome === THROUGH && standing.login.session
          ? { kind: 'open', session: standing.login.session }
          : interaction(standing.login)
      case 'block':
        return { kind: 'refused', view: standing.outcome.view, status: standing.outcome.status }
      case 'ask':
        if (standing.login.rejection) return { kind: 'denied', session: standing.login.existing }
        return standing.place.phase === 'identify' ? { kind: 'login' } : interaction(standing.login)
      case 'interaction-required':
        return standing.place.phase === 'identify' ? { kind: 'login' } : interaction(standing.login)
      case 'unknown-event':
        return interaction(standing.login)
    }
  }
}
