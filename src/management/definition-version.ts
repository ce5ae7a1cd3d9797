import { createHash } from 'node:crypto'
import { compactDefinition, type RegisteredService } from '../services/index.ts'

/** An entity tag of a definition: the same for the same definition on every server. */
export const versionOf = (service: RegisteredService): string =>
  `"${createHash('sha256').update(compactDefinition(service)).digest('base64url').slice(0, 22)}"`
