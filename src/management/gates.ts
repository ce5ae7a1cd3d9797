import type { ManagementConfig } from './config.ts'
import { type EndpointId, plainId } from './endpoint-ids.ts'

/** What the settings leave of an endpoint. */
export interface Gate {
  /** `NONE`: as if there were no such endpoint. */
  readonly access: 'NONE' | 'READ_ONLY' | 'UNRESTRICTED'
  readonly exposed: boolean
  /** Whether a setting of its own has switched it on, for who wonders why it cannot be reached. */
  readonly wanted: boolean
}

const STRENGTH = { NONE: 0, READ_ONLY: 1, UNRESTRICTED: 2 } as const

/** The first two gates of configuration.md 14.1: is the endpoint enabled, is it exposed? Neither opens it to anybody. */
export function gatesOf(settings: ManagementConfig): (id: string) => Gate {
  const { endpoints, endpoint } = settings.management
  const byPlain = new Map(Object.entries(endpoint).map(([id, own]) => [plainId(id), own]))
  const include = new Set(endpoints.web.exposure.include.map(plainId))
  const exclude = new Set(endpoints.web.exposure.exclude.map(plainId))
  const usual = endpoints.enabledByDefault === undefined ? endpoints.access.default : accessOf(endpoints.enabledByDefault)
  const most = endpoints.access.maxPermitted

  return (id) => {
    const own = byPlain.get(plainId(id))
    const written = own?.access ?? (own?.enabled === undefined ? undefined : accessOf(own.enabled))
    // Containers ask for the health, so it is there until somebody says otherwise (D11).
    // Nobody means to switch on the end of the server by switching on everything.
    const access =
      written ?? (id === ('health' satisfies EndpointId) ? 'UNRESTRICTED' : id === ('shutdown' satisfies EndpointId) ? 'NONE' : usual)
    const isListed = (ids: ReadonlySet<string>) => ids.has('*') || ids.has(plainId(id))
    return {
      access: STRENGTH[access] < STRENGTH[most] ? access : most,
      exposed: isListed(include) && !isListed(exclude),
      wanted: written !== undefined && written !== 'NONE',
    }
  }
}

const accessOf = (enabled: boolean) => (enabled ? 'UNRESTRICTED' : 'NONE')

/** Whether somebody may be let in to this endpoint at all: for work that is done for it alone. */
export function isReachable(settings: ManagementConfig, id: EndpointId): boolean {
  const { access, exposed } = gatesOf(settings)(id)
  return exposed && access !== 'NONE'
}
