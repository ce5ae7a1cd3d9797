import { type RegisteredService, type ServiceReference, type Services, serviceReference } from '../../services/index.ts'
import type { TrackedService } from '../../tickets/index.ts'

/** One application that has to hear of a logout. */
export interface Target {
  readonly definition: RegisteredService
  readonly reference: ServiceReference
  readonly ticketId: string
  readonly channel: 'back' | 'front'
  readonly urls: readonly URL[]
}

export interface TargetParts {
  readonly services: Services
  /** Prefix of this server: its own callbacks are no applications. */
  readonly prefix: string
}

/**
 * Who is told (cas-protocol.md 11.2): applications that are still registered and enabled and have not opted out, at their `logoutUrl`s, else at the address
 * that they got their ticket for.
 */
export async function targetOf({ service, ticketId }: TrackedService, { services, prefix }: TargetParts): Promise<Target | undefined> {
  const reference = serviceReference(service)
  if (!reference || reference === 'unusable' || service.startsWith(`${prefix}/`)) return undefined
  const finding = await services.find(reference)
  // What is only closed to some clients or hours now still has a session to end.
  const definition =
    finding.kind === 'found' || ['client-not-allowed', 'outside-time-window'].includes(finding.reason) ? finding.service : undefined
  if (!definition || definition.logoutType === 'NONE') return undefined
  const urls = (definition.logoutUrls.length > 0 ? definition.logoutUrls : [reference.originalUrl]).flatMap(
    (text) => webAddress(text) ?? [],
  )
  if (urls.length === 0) return undefined
  return { definition, reference, ticketId, channel: definition.logoutType === 'FRONT_CHANNEL' ? 'front' : 'back', urls }
}

function webAddress(text: string): URL | undefined {
  const url = URL.parse(text.trim())
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  url.hash = ''
  return url
}
