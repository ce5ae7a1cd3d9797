import type { RegisteredService } from '../registered-service.ts'
import type { Report } from './check.ts'
import { classOf, objectOf } from './members.ts'

const HOST = String.raw`\^?(?:https?\??|\([a-z|]+\)):\/\/[\w.\\-]+(?::\d+)?`
const BARE_ORIGIN = new RegExp(`^${HOST}\\$?$`, 'i')
const OPEN_HOST = new RegExp(`^${HOST}\\.\\*\\$?$`, 'i')

const MAX_LENGTH = 500

/** Two patterns that people write and do not mean (services.md 8.2, 14). */
function mistakenPattern(serviceId: string, match: 'full' | 'find'): string | undefined {
  if (serviceId.length > MAX_LENGTH) return undefined
  if (match === 'full' && BARE_ORIGIN.test(serviceId)) {
    const proposal = `${serviceId.replace(/\$$/, '')}(/.*)?`
    return `the serviceId takes the bare address only, not even a trailing slash; did you mean ${proposal}`
  }
  if (OPEN_HOST.test(serviceId)) {
    const proposal = serviceId.replace(/\.\*\$?$/, '(/.*)?')
    return `the serviceId also takes other hosts that begin like this one; did you mean ${proposal}`
  }
  return undefined
}

/** Warns about them at every load. */
export function warnAboutPattern(serviceId: string, match: 'full' | 'find', report: Report): void {
  const message = mistakenPattern(serviceId, match)
  if (message !== undefined) report('warning', message, 'serviceId')
}

/** Scheme, host and the rest of a pattern; the host up to the first slash, also an escaped one. */
const PARTS =
  /^\^?(?:https?\??|\((?:\?:)?[a-z|?]+\)|\.\*|\.\+|\[.*?\][*+]?):\\?\/\\?\/(?<host>(?:\\[^/]|\[[^\]]*\]|[^\\/[\]])*)(?<rest>.*)$/i

/**
 * What else a pattern takes that its author may not know (services.md 14): for those who ask, since most definitions in the world have one of these.
 *
 * @returns one sentence each.
 */
export function adviseOnPattern({
  serviceId,
  definition,
  protocol,
}: Pick<RegisteredService, 'serviceId' | 'definition' | 'protocol'>): readonly string[] {
  const strategy = classOf(objectOf(definition, 'matchingStrategy') ?? {})
  const isPattern = strategy === '' || strategy.includes('Regex')
  if (protocol === 'saml2' || protocol === 'ws-fed' || !isPattern || serviceId.length > MAX_LENGTH) return []
  if (/^\^?((https?\??|\([a-z|?:]+\)):\/\/)?\.[*+]\$?$/i.test(serviceId)) return ['the serviceId takes every address there is']
  const advice: string[] = []
  const isPartial = strategy.startsWith('Partial')
  const mistaken = mistakenPattern(serviceId, isPartial ? 'find' : 'full')
  if (mistaken !== undefined) advice.push(mistaken)
  if (isPartial && !serviceId.startsWith('^'))
    advice.push('the serviceId is looked for anywhere in an address, also in the query of another host; begin it with ^')
  const host = PARTS.exec(serviceId)?.groups?.['host']
  if (host === undefined) return advice
  if (/(^|[^\\])\.[*+]/.test(host) && mistaken === undefined) {
    advice.push('a wildcard in the host goes on over slashes, so other hosts are taken too; write [^/]* or [^/.]+ in its place')
  }
  const escaped = host.replace(/(^|[^\\])\.(?![*+?{])/g, '$1\\.').replace(/(^|[^\\])\.(?![*+?{])/g, '$1\\.')
  if (escaped !== host) advice.push(`an unescaped dot in the host takes any character; write ${escaped}`)
  return advice
}
