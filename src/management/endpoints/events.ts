import { describedEvent, type EventTrail } from '../../audit/index.ts'
import { HttpRefusal } from '../../base/errors.ts'
import { type Endpoint, json } from '../endpoint.ts'

export interface EventsParts {
  /** Absent where `cas.events.core.enabled` is off. */
  readonly events: EventTrail | undefined
}

const USUAL = 1000
const HOUR_MS = 3_600_000

/**
 * `events`: what happened lately at this process (configuration.md 16): `GET ?limit=1000` the latest first, in one JSON array under CAS's media type;
 * `GET /aggregate` how many of each type in each hour; `DELETE` forgets them.
 */
export function eventsEndpoint({ events }: EventsParts): Endpoint {
  const all = (count: number) => events?.read(count) ?? []
  return {
    id: 'events',
    ...(events ? {} : { switchedOffBy: 'cas.events.core.enabled' }),
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 400],
        handle(call) {
          const limit = Number(call.get('parameters').query.get('limit')?.trim() || USUAL)
          if (!Number.isInteger(limit) || limit < 1) throw new HttpRefusal(400, 'bad_query', 'limit must be a whole number')
          return new Response(JSON.stringify(all(limit).map(describedEvent)), { headers: { 'Content-Type': 'application/x-ndjson' } })
        },
      },
      {
        method: 'GET',
        path: '/aggregate',
        statuses: [200],
        handle() {
          const counts = new Map<string, { readonly dateTime: string; readonly type: string; count: number }>()
          for (const { atMs, type } of all(Number.POSITIVE_INFINITY)) {
            const dateTime = new Date(Math.floor(atMs / HOUR_MS) * HOUR_MS).toISOString()
            const entry = counts.get(`${dateTime} ${type}`) ?? { dateTime, type, count: 0 }
            entry.count++
            counts.set(`${dateTime} ${type}`, entry)
          }
          return json([...counts.values()])
        },
      },
      {
        method: 'DELETE',
        path: '',
        statuses: [200],
        handle() {
          const deleted = all(Number.POSITIVE_INFINITY).length
          events?.clear()
          return json({ deleted })
        },
      },
    ],
  }
}
