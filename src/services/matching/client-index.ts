import type { LoadedService } from '../definitions/loaded-service.ts'

/** Two definitions of one client id; the first of the order is used. */
export interface DuplicateClient {
  readonly clientId: string
  readonly kept: LoadedService
  readonly other: LoadedService
}

export interface ClientIndex {
  readonly byClientId: ReadonlyMap<string, LoadedService>
  readonly duplicates: readonly DuplicateClient[]
}

/** OAuth clients by their id, compared exactly (oauth.md 3.2). @param services In the order of evaluation. */
export function clientIndex(services: readonly LoadedService[]): ClientIndex {
  const byClientId = new Map<string, LoadedService>()
  const duplicates: DuplicateClient[] = []
  for (const service of services) {
    if (service.protocol !== 'oauth' && service.protocol !== 'oidc') continue
    const clientId = service.definition['clientId']
    if (typeof clientId !== 'string' || clientId.trim() === '') continue
    const kept = byClientId.get(clientId)
    if (kept) duplicates.push({ clientId, kept, other: service })
    else byClientId.set(clientId, service)
  }
  return { byClientId, duplicates }
}
