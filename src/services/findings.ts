import type { Clock } from '../base/clock.ts'
import type { AccessQuestion } from './access/index.ts'
import { addressOf, redirectOf } from './decisions.ts'
import { type LoadedService, matches, own } from './definitions/loaded-service.ts'
import { isExpired } from './expiration/expiry.ts'
import { explainMatch } from './matching/explanation.ts'
import type { Published } from './published.ts'
import type { Finding, ServiceRefusalReason, Services } from './services.ts'

export interface FindingsParts {
  readonly published: Published
  readonly clock: Clock
  readonly isActive: (service: LoadedService) => boolean
  /** Who is meant by an address at which this server itself waits (own-callback.ts). */
  readonly callback: (service: string, clients: ReadonlyMap<string, LoadedService>) => LoadedService | null | undefined
  /** Told of a definition that a request finds to have ended. */
  readonly discovered: (service: LoadedService) => void
}

/** Which definition is meant, and whether anybody may use it now: phase 1, before a user is known (services.md 8, 9). */
export function findings(
  parts: FindingsParts,
): Pick<Services, 'find' | 'findClient' | 'byId' | 'explain' | 'stateOf' | 'acceptsRedirect' | 'all'> {
  const { published, clock, isActive, discovered } = parts

  const judge = (service: LoadedService, question: Omit<AccessQuestion, 'nowMs'>): Finding | Promise<Finding> => {
    const nowMs = clock()
    if (isExpired(service, nowMs)) {
      discovered(service)
      // The request that discovers the end finds the application unknown, as in CAS.
      return service.expiration?.deleteWhenExpired ? UNREGISTERED : refused(service, 'expired')
    }
    if (service.username === undefined) return refused(service, 'unusable')
    const reason = service.access.admits({ ...question, nowMs })
    // Only where a script is asked there is anything to wait for.
    const { ssoAnswer, redirectAnswer } = service.access
    if (reason instanceof Promise || ssoAnswer || (reason !== undefined && redirectAnswer))
      return judgedByScript(service, reason, { ...question, nowMs })
    return reason === undefined ? { kind: 'found', service } : refused(service, reason)
  }

  const find: Services['find'] = (reference, client) => {
    const callback = parts.callback(reference.id, published.clients())
    const service = callback === undefined ? published.lookUp(reference.id) : callback
    if (!service) return published.set().services.length === 0 ? EMPTY : UNREGISTERED
    return judge(service, { client, reference })
  }

  return {
    find,
    findClient(clientId, client) {
      const service = published.clients().get(clientId)
      return service ? judge(service, { client }) : UNREGISTERED
    },
    byId(id) {
      const service = published.set().byId.get(id)
      if (!service || !isExpired(service, clock())) return service
      discovered(service)
      return service.expiration?.deleteWhenExpired ? undefined : service
    },
    all: () => published.set().services,
    acceptsRedirect: (service, uri) => matches(own(service).redirects, uri),
    async explain(reference, client) {
      const set = published.set()
      return { finding: await find(reference, client), candidates: await explainMatch(reference.id, { set, isActive }) }
    },
    stateOf(service) {
      const loaded = own(service)
      if (isExpired(loaded, clock())) return 'expired'
      const takes = loaded.protocol === 'oauth' || loaded.protocol === 'oidc' ? loaded.redirects : loaded.matching
      if (loaded.username === undefined || (takes.kind === 'never' && loaded.protocol === 'cas')) return 'unusable'
      if (!isActive(loaded)) return 'inactive'
      const refusal = loaded.access.admits({ nowMs: clock() })
      // A script, or a rule about whoever asks: that depends.
      return refusal instanceof Promise || refusal === undefined || refusal === 'client-not-allowed' ? 'active' : refusal
    },
  }
}

const UNREGISTERED: Finding = { kind: 'refused', reason: 'unregistered', messageKey: 'screen.service.error.message' }
const EMPTY: Finding = { kind: 'refused', reason: 'empty-registry', messageKey: 'screen.service.empty.error.message' }

function refused(service: LoadedService, reason: ServiceRefusalReason): Finding {
  const messageKey = reason === 'expired' ? 'screen.service.expired.message' : 'screen.service.error.message'
  return { kind: 'refused', reason, messageKey, service, ...addressOf(service.unauthorizedRedirectUrl) }
}

/** What scripts say about an application before anybody has logged in. */
async function judgedByScript(
  service: LoadedService,
  admission: ReturnType<LoadedService['access']['admits']>,
  question: AccessQuestion,
): Promise<Finding> {
  const reason = await admission
  if (reason !== undefined) return { ...refused(service, reason), ...(await redirectOf(service)) }
  return { kind: 'found', service: withSso(service, (await service.access.ssoAnswer?.(question)) ?? service.ssoEnabled) }
}

const ssoTwins = new WeakMap<LoadedService, LoadedService>()

/** The same service with another answer about single sign-on; always the same object, others keep what they derive from it. */
function withSso(service: LoadedService, ssoEnabled: boolean): LoadedService {
  if (service.ssoEnabled === ssoEnabled) return service
  const twin = ssoTwins.get(service) ?? { ...service, ssoEnabled }
  ssoTwins.set(service, twin)
  return twin
}
