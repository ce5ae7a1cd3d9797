import type { Call } from '../../http/index.ts'
import { accessRules } from '../access-rules.ts'
import type { ManagementConfig } from '../config.ts'
import type { Operator } from '../endpoint.ts'
import type { EndpointId } from '../endpoint-ids.ts'
import { gatesOf } from '../gates.ts'

/** What a screen, or a button, asks for: the endpoint that would answer the same question. */
export interface Need {
  readonly endpoint: EndpointId
  /** Whether something changes. */
  readonly writes?: boolean
}

export type MayDo = (call: Call, operator: Operator, need: Need) => boolean

/** The console opens nothing of its own: a screen is there for whom the endpoint behind it is there (configuration.md 17.3). */
export function consoleAccess(settings: ManagementConfig): MayDo {
  const gateOf = gatesOf(settings)
  // The frame of the endpoints has told of rules that are not asked.
  const ruleOf = accessRules(settings, () => {})
  return (call, operator, { endpoint, writes = false }) => {
    const { access, exposed } = gateOf(endpoint)
    if (!exposed || access === 'NONE' || (writes && access !== 'UNRESTRICTED')) return false
    return ruleOf(endpoint, endpoint === 'health').admits({ address: call.get('client').address, operator })
  }
}
