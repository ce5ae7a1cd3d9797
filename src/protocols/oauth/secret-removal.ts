import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { RegisteredService, Services } from '../../services/index.ts'
import type { OAuthClient } from './client.ts'
import { isOver } from './client-secrets.ts'
import { objectsOf, textOf } from './definition-members.ts'
import { membersOf, writeSecrets } from './definition-secrets.ts'

export interface SecretRemovalParts {
  readonly services: Pick<Services, 'save'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * Rewrites definitions without the secrets that are over (`castellan.oauth.remove-expired-client-secrets`), once for each state of a definition that is met. The
 * last one always stays: a client without any secret would be public, and everybody could be it.
 */
export function secretRemoval({ services, clock, log }: SecretRemovalParts): (client: OAuthClient) => Promise<void> {
  const met = new WeakSet<RegisteredService>()

  return async ({ id, service }) => {
    if (met.has(service)) return
    met.add(service)
    const members = membersOf(service)
    const now = clock()
    const entries = objectsOf(members, 'clientSecrets')
    const living = entries.filter((entry) => !isOver({ value: '', expiration: textOf(entry, 'expiration') }, now))
    const single = textOf(members, 'clientSecret')
    const kept = living.length > 0 || single !== undefined ? living : entries.slice(-1)
    if (kept.length === entries.length) return
    const facts = { client: id, file: service.file, removed: entries.length - kept.length }
    try {
      const saved = await writeSecrets(services, service, { keepsSingle: true, entries: kept }, { who: 'castellan' })
      if (saved.kind === 'saved') log.info(facts, 'secrets that are over were removed from a definition')
      else if (saved.kind !== 'outdated')
        log.error({ ...facts, outcome: saved.kind }, 'secrets that are over cannot be removed from a definition')
    } catch (error) {
      log.error({ ...facts, error: String(error) }, 'secrets that are over cannot be removed from a definition')
    }
  }
}
