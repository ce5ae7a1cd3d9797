import type { ManagementConfig } from './config.ts'
import { plainId } from './endpoint-ids.ts'
import type { GatedEndpoint } from './frame.ts'

const RULES = 'cas.monitor.endpoints.endpoint'

/** What an administrator has begun and not finished: an endpoint that is switched on and that nobody can use (configuration.md 14.1, D17). */
export function startWarnings(
  settings: ManagementConfig,
  endpoints: readonly GatedEndpoint[],
  somebodyCanLogIn: boolean,
): readonly string[] {
  const warnings: string[] = []
  const reachable = endpoints.filter(({ gate, switchedOffBy }) => gate.exposed && gate.access !== 'NONE' && switchedOffBy === undefined)

  const closed = reachable.filter(({ rule }) => !rule.written && rule.closed).map(({ id }) => `${RULES}.${id}.access=AUTHENTICATED`)
  if (closed.length > 0) {
    warnings.push(`endpoints are switched on and open to nobody, for a rule says who is let in; missing, for example: ${closed.join(', ')}`)
  }

  const hidden = endpoints.filter(({ gate }) => gate.wanted && gate.access !== 'NONE' && !gate.exposed).map(({ id }) => id)
  if (hidden.length > 0) {
    warnings.push(`endpoints are switched on and not exposed: add ${hidden.join(', ')} to management.endpoints.web.exposure.include`)
  }

  for (const { id, gate, switchedOffBy } of endpoints) {
    if (gate.wanted && switchedOffBy !== undefined)
      warnings.push(`the endpoint ${id} is switched on, and not there until ${switchedOffBy}=true`)
  }

  const waiting = reachable.filter(({ rule }) => rule.needsOperator).map(({ id }) => id)
  if (waiting.length > 0 && !somebodyCanLogIn) {
    warnings.push(
      `nobody can log in to ${waiting.join(', ')}: set spring.security.user.name and spring.security.user.password, or cas.monitor.endpoints.json.location`,
    )
  }

  const known = new Set([...endpoints.map(({ id }) => plainId(id)), 'defaults'])
  const strange = Object.keys(settings.cas.monitor.endpoints.endpoint).filter((id) => !known.has(plainId(id)))
  if (strange.length > 0) warnings.push(`${RULES} has rules for endpoints that this server does not have: ${strange.join(', ')}`)
  return warnings
}
