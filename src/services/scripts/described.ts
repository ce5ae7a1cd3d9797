import type { Json } from '../../base/json.ts'
import type { Members } from '../definitions/members.ts'
import type { RegisteredService } from '../registered-service.ts'

/** What a script is told of a definition: its members as the file has them, without those that hold secrets. */
export function describedService({
  id,
  name,
  serviceId,
  definition,
}: Pick<RegisteredService, 'id' | 'name' | 'serviceId' | 'definition'>): Json {
  return { ...withoutSecrets(definition), id, name, serviceId }
}

/** The definition of an OAuth client has its secret. */
export function withoutSecrets(definition: Members): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(definition).filter(([name]) => !/secret|password|privateKey|signingKey|encryptionKey/i.test(name)),
  )
}
