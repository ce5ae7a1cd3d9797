import type { Clock } from '../base/clock.ts'
import { randomText } from '../base/crypto.ts'
import type { Json } from '../base/json.ts'
import type { ServiceReference } from '../services/index.ts'
import type { TicketRegistry } from '../tickets/index.ts'
import type { Login } from './login.ts'

/**
 * What steps have found out on the way of another protocol (`AskPassage`), for the login that follows at once: so nobody is asked twice, and what the audit
 * has said once it does not say again.
 */
export interface Handovers {
  /** Keeps the state of the steps for the login of this service. @returns what the login is to be given as `handover`; opaque. */
  keep(state: Login['state'], service: ServiceReference): Promise<string>
  /** What was kept for this service, once; nothing for a name that nobody gave out, a second time, or on the way to another service. */
  take(name: string, serviceId: string | undefined): Promise<Login['state']>
}

/** The browser is there within a moment, or its login asks anew. */
const LIFE_SECONDS = 60
const NAME = /^[A-Za-z0-9]{32}$/

export function handovers(registry: Pick<TicketRegistry, 'add' | 'consume'>, clock: Clock): Handovers {
  const idOf = (name: string) => `TST-handover-${name}`
  return {
    async keep(state, service) {
      const name = randomText(32)
      await registry.add({
        id: idOf(name),
        kind: 'TST',
        createdAtMs: clock(),
        policy: { timeToLiveInSeconds: LIFE_SECONDS, numberOfUses: 1 },
        // What was found for one service is no answer for another, which may have stricter rules.
        body: { service: service.id, state },
      })
      return name
    },
    async take(name, serviceId) {
      if (serviceId === undefined || !NAME.test(name)) return {}
      const consumed = await registry.consume(idOf(name), ['TST'])
      if (!consumed.ok) return {}
      // Written by `keep` and nobody else.
      const { service, state } = consumed.ticket.body as { readonly service: string; readonly state: Readonly<Record<string, Json>> }
      return service === serviceId ? state : {}
    },
  }
}
