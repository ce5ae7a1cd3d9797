import type { KeptRecord } from '../../audit/index.ts'
import { HttpRefusal } from '../../base/errors.ts'
import { type Endpoint, springJson } from '../endpoint.ts'
import type { AuditLogParts } from './auditLog.ts'

const MOST_LISTED = 1000
const DAY_MS = 86_400_000

/** `auditevents`: the records of `auditLog` as Spring Boot shows its own, the oldest first, filtered by `principal`, `type` and `after` (configuration.md 14.3). */
export function auditeventsEndpoint({ auditHistory, auditDays, clock }: AuditLogParts): Endpoint {
  return {
    id: 'auditevents',
    ...(auditHistory ? {} : { switchedOffBy: 'cas.audit.engine.enabled' }),
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 400],
        async handle(call) {
          const { query } = call.get('parameters')
          const [principal, type, after] = ['principal', 'type', 'after'].map((name) => query.get(name) ?? undefined)
          const afterMs = after === undefined ? 0 : Date.parse(after)
          if (Number.isNaN(afterMs)) throw new HttpRefusal(400, 'bad_query', 'after must be an instant such as 2026-01-31T10:00:00Z')
          const isWanted = (record: KeptRecord) =>
            (principal === undefined || record.who === principal) && (type === undefined || record.action === type) && record.atMs > afterMs
          const sinceMs = Math.max(afterMs, clock() - auditDays * DAY_MS)
          const found = (await auditHistory?.read({ sinceMs, count: MOST_LISTED, matches: isWanted })) ?? []
          const events = [...found].reverse().map(({ atMs, who, action, what, clientIpAddress, serverIpAddress }) => ({
            timestamp: new Date(atMs).toISOString(),
            principal: who,
            type: action,
            data: { resource: what, remoteAddress: clientIpAddress, serverAddress: serverIpAddress },
          }))
          return springJson(call, { events })
        },
      },
    ],
  }
}
