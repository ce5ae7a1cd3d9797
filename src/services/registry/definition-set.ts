import type { LoadedService } from '../definitions/loaded-service.ts'
import type { Protocol } from '../registered-service.ts'

/** All definitions in force, in the order in which they are asked. */
export interface DefinitionSet {
  readonly services: readonly LoadedService[]
  readonly byId: ReadonlyMap<string, LoadedService>
  /** What was found twice, each with both files. */
  readonly duplicates: readonly Duplicate[]
}

export interface Duplicate {
  readonly kind: 'id' | 'name'
  readonly kept: LoadedService
  readonly other: LoadedService
  readonly message: string
}

/** Lower first (services.md 8.3). */
const PRIORITY: Readonly<Record<Protocol, number>> = { saml2: 0, oidc: 1, oauth: 2, 'ws-fed': 3, cas: 4 }

/**
 * Sorts definitions and drops all but the first of each id (services.md 4.5, 5.4). The result depends on what there is, not on the order in which it came.
 */
export function definitionSet(found: readonly LoadedService[]): DefinitionSet {
  const sorted = found
    .map((service) => ({ service, name: service.name.toLowerCase() }))
    .sort((one, other) => compare(one.service, other.service, one.name, other.name))
  const byId = new Map<string, LoadedService>()
  const byName = new Map<string, LoadedService>()
  const services: LoadedService[] = []
  const duplicates: Duplicate[] = []
  for (const { service } of sorted) {
    const sameId = byId.get(service.id)
    if (sameId) {
      duplicates.push({ kind: 'id', kept: sameId, other: service, message: idMessage(sameId, service) })
      continue
    }
    byId.set(service.id, service)
    services.push(service)
    const sameName = byName.get(service.name)
    if (sameName) duplicates.push({ kind: 'name', kept: sameName, other: service, message: nameMessage(sameName, service) })
    else byName.set(service.name, service)
  }
  return { services, byId, duplicates }
}

function compare(one: LoadedService, other: LoadedService, name: string, otherName: string): number {
  return (
    PRIORITY[one.protocol] - PRIORITY[other.protocol] ||
    one.evaluationOrder - other.evaluationOrder ||
    order(name, otherName) ||
    order(one.serviceId, other.serviceId) ||
    Number(BigInt(one.id) > BigInt(other.id)) - Number(BigInt(one.id) < BigInt(other.id)) ||
    order(one.file, other.file)
  )
}

/** The member of the order that puts one definition before another. */
export function comparison(
  one: LoadedService,
  other: LoadedService,
): 'protocol' | 'evaluationOrder' | 'name' | 'serviceId' | 'id' | 'file' {
  if (PRIORITY[one.protocol] !== PRIORITY[other.protocol]) return 'protocol'
  if (one.evaluationOrder !== other.evaluationOrder) return 'evaluationOrder'
  if (one.name.toLowerCase() !== other.name.toLowerCase()) return 'name'
  if (one.serviceId !== other.serviceId) return 'serviceId'
  return one.id === other.id ? 'file' : 'id'
}

const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const idMessage = (kept: LoadedService, dropped: LoadedService) =>
  `Found a service definition [${dropped.serviceId}] with a duplicate id [${dropped.id}] in ${dropped.file}; it is left out, ${kept.file} stays in force. ` +
  'Make sure all services have a unique id.'

const nameMessage = (kept: LoadedService, other: LoadedService) =>
  `Found two service definitions with the name [${kept.name}]: id [${kept.id}] in ${kept.file} and id [${other.id}] in ${other.file}. Both stay in force.`
