import type { Log } from '../../base/log.ts'
import { TicketRegistryUnusable } from '../errors.ts'
import type { TicketRegistry } from '../registry.ts'
import type { TicketRegistryParts } from './open.ts'

export function lmdbRegistry(_parts: TicketRegistryParts & { readonly log: Log }): TicketRegistry {
  throw new TicketRegistryUnusable('cannot be lmdb yet; choose memory', { setting: 'castellan.ticket-registry.store' })
}
