import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { Finding, ServiceReference } from '../../../services/index.ts'

const LINES_PER_MINUTE = 10
const MAX_HOSTS = 1000

/** Writes why a service was refused, at most ten lines a minute for one host, so that a scanner cannot fill the disk (services.md 9). */
export function refusalLog(log: Log, clock: Clock): (service: ServiceReference, finding: Extract<Finding, { kind: 'refused' }>) => void {
  let minute = 0
  const lines = new Map<string, number>()
  return (service, finding) => {
    const now = Math.floor(clock() / 60_000)
    if (now !== minute) {
      minute = now
      lines.clear()
    }
    const host = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(service.id)?.[1]?.toLowerCase().slice(0, 255) ?? ''
    const written = lines.get(host) ?? 0
    if (written >= LINES_PER_MINUTE || (written === 0 && lines.size >= MAX_HOSTS)) return
    lines.set(host, written + 1)
    log.warn(
      {
        service: service.id.slice(0, 1000),
        reason: finding.reason,
        definition: finding.service?.id,
        more: written + 1 === LINES_PER_MINUTE || undefined,
      },
      'service refused',
    )
  }
}
