import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import { type Services, serviceReference, type TicketLimits } from '../../services/index.ts'
import { type ExpirationPolicy, type TicketRules, usePolicy } from '../../tickets/index.ts'
import { type Endpoint, json } from '../endpoint.ts'

export interface ExpirationPoliciesParts {
  readonly rules: TicketRules
  readonly services: Pick<Services, 'find' | 'byId'>
}

/** `ticketExpirationPolicies`: how long tickets live by the settings, with `serviceId` for one application (configuration.md 14.3, tickets.md 3). */
export function ticketExpirationPoliciesEndpoint({ rules, services }: ExpirationPoliciesParts): Endpoint {
  return {
    id: 'ticketExpirationPolicies',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 400, 404],
        async handle(call) {
          const wanted = call.get('parameters').query.get('serviceId')?.trim()
          const service = wanted ? await definition(wanted, call.get('client')) : undefined
          const session = rules.ticketGrantingTicket(false)
          const limit = service?.ticketGrantingTicket.timeToLiveInSeconds
          return json({
            TGT: describe('TicketGrantingTicketExpirationPolicy', limit ? { timeToLiveInSeconds: limit } : session),
            'TGT-remember-me': describe('RememberMeDelegatingExpirationPolicy', rules.ticketGrantingTicket(true)),
            ST: describe('MultiTimeUseOrTimeoutExpirationPolicy', usePolicy(rules.serviceTicket, limitsOf(service?.serviceTicket))),
            PT: describe('MultiTimeUseOrTimeoutExpirationPolicy', usePolicy(rules.proxyTicket, limitsOf(service?.proxyTicket))),
            TST: describe('MultiTimeUseOrTimeoutExpirationPolicy', usePolicy(rules.transientSessionTicket)),
          })
        },
      },
    ],
  }

  async function definition(wanted: string, client: Parameters<Services['find']>[1]) {
    if (/^\d{1,19}$/.test(wanted)) {
      const found = services.byId(wanted)
      if (!found) throw new HttpRefusal(404, 'no_such_service', 'there is no definition of this number')
      return found
    }
    const reference = serviceReference(wanted)
    if (reference === undefined || reference === 'unusable')
      throw new HttpRefusal(400, 'no_service', 'serviceId must be a number or an address')
    const finding = await services.find(reference, client)
    if (!finding.service) throw new HttpRefusal(404, 'no_such_service', 'no definition takes this address')
    return finding.service
  }
}

const limitsOf = ({ numberOfUses, timeToLiveInSeconds: timeToLive }: TicketLimits = {}) => ({ numberOfUses, timeToLive })

const describe = (name: string, { timeToLiveInSeconds, timeToIdleInSeconds, numberOfUses }: ExpirationPolicy): Json => ({
  name,
  ...(numberOfUses === undefined ? {} : { numberOfUses }),
  ...(timeToLiveInSeconds === undefined ? {} : { timeToLive: timeToLiveInSeconds }),
  ...(timeToIdleInSeconds === undefined ? {} : { timeToIdle: timeToIdleInSeconds }),
})
