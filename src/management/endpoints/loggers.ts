import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import { LEVELS, type LevelName, type LogLevels, levelNamed, ROOT } from '../../base/log-levels.ts'
import type { Call } from '../../http/index.ts'
import { type Endpoint, springJson } from '../endpoint.ts'

const NAME = /^[\w.$/-]{1,200}$/

/**
 * `loggers`: what is written of each room, and changing it until the next start. Names are those of rooms, as lines of the log have them, or those of CAS
 * (configuration.md 10.4).
 */
export function loggersEndpoint({ logLevels }: { readonly logLevels: LogLevels }): Endpoint {
  const describe = (name: string): { readonly [member: string]: Json } => {
    const configured = logLevels.configured(name)
    return { ...(configured ? { configuredLevel: configured } : {}), effectiveLevel: logLevels.effective(name) }
  }
  return {
    id: 'loggers',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        handle: (call) =>
          springJson(call, {
            levels: [...LEVELS].reverse(),
            loggers: Object.fromEntries(logLevels.names().map((name) => [name, describe(name)])),
            groups: {},
          }),
      },
      { method: 'GET', path: '/:name{.+}', statuses: [200, 400], handle: (call) => springJson(call, describe(nameOf(call))) },
      {
        method: 'POST',
        path: '/:name{.+}',
        statuses: [204, 400],
        maxBodyBytes: 1024,
        async handle(call) {
          logLevels.set(nameOf(call), levelOf(await call.req.text()))
          return new Response(null, { status: 204 })
        },
      },
    ],
  }
}

function nameOf(call: Call): string {
  const name = call.req.param('name') ?? ROOT
  if (!NAME.test(name)) throw new HttpRefusal(400, 'no_logger', 'this is no name of a logger')
  return name
}

/** @returns `undefined`: as the names above it. */
function levelOf(body: string): LevelName | undefined {
  const refusal = new HttpRefusal(400, 'no_level', `configuredLevel must be one of ${LEVELS.join(', ')}, or null`)
  let written: unknown
  try {
    written = JSON.parse(body === '' ? '{}' : body)
  } catch {
    throw refusal
  }
  const level: unknown = typeof written === 'object' && written !== null && 'configuredLevel' in written ? written.configuredLevel : null
  if (level === null) return undefined
  const named = typeof level === 'string' ? levelNamed(level) : undefined
  if (!named) throw refusal
  return named
}
