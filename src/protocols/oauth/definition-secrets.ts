import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../../base/json.ts'
import type { RegisteredService, Saved, Services, Writing } from '../../services/index.ts'

/** What a file itself has of a definition; templates are nobody's to write. */
export const membersOf = (service: RegisteredService): Readonly<Record<string, Json>> => service.stored ?? service.definition

export interface NewSecrets {
  /** Stays, where the definition has one; absent: goes. */
  readonly keepsSingle?: boolean
  readonly entries: readonly Json[]
}

/**
 * Writes the secrets of a client into its definition. Whoever has changed the definition in the meantime wins: then it is outdated, and nothing is written.
 */
export function writeSecrets(
  services: Pick<Services, 'save'>,
  service: RegisteredService,
  { keepsSingle = false, entries }: NewSecrets,
  writing: Writing,
): Promise<Saved> {
  const { clientSecret, id: _, ...members } = membersOf(service)
  const rest = JSON.stringify({
    ...members,
    '@class': service.className,
    ...(keepsSingle && clientSecret !== undefined ? { clientSecret } : {}),
    clientSecrets: ['java.util.ArrayList', entries],
  })
  // Java's numbers have more digits than JavaScript's.
  const text = `${rest.slice(0, -1)},"id":${service.id}}`
  const onlyIf = (stored: RegisteredService | undefined) => stored !== undefined && isDeepStrictEqual(membersOf(stored), membersOf(service))
  return services.save(text, { ...writing, onlyIf })
}
