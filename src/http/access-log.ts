import type { Client } from '../base/client.ts'
import type { Log } from '../base/log.ts'
import { maskQuery, maskTicketIds } from '../base/mask.ts'
import type { HttpConfig } from './config.ts'

export interface Answered {
  readonly requestId: string
  readonly client: Client
  readonly method: string
  /** As it was asked for, still encoded. */
  readonly path: string
  readonly rawQuery: string
  readonly status: number
  readonly milliseconds: number
}

const LONGEST_TEXT = 1000

/** One event per request, and a warning for those slower than `castellan.log.slow-request` (configuration.md 10.1, 10.4). Secrets are masked. */
export function accessLog(settings: HttpConfig, log: Log): (answered: Answered) => void {
  const slowFrom = settings.castellan.log.slowRequest * 1000
  const everyone = settings.server.tomcat.accesslog.enabled
  return (answered) => {
    const slow = answered.milliseconds >= slowFrom
    if (!everyone && !slow) return
    const event = {
      requestId: answered.requestId,
      address: answered.client.address,
      method: answered.method,
      path: maskTicketIds(answered.path.slice(0, LONGEST_TEXT)),
      ...(answered.rawQuery === '' ? {} : { query: maskQuery(answered.rawQuery.slice(0, LONGEST_TEXT)) }),
      status: answered.status,
      ms: Math.round(answered.milliseconds * 1000) / 1000,
    }
    if (slow) log.warn(event, 'slow request')
    else log.info(event, 'request')
  }
}

/** The log of one request. The child is made when the first line is written: most requests write none. */
export function requestLog(log: Log, requestId: string): Log {
  let child: Log | undefined
  const open = () => {
    child ??= log.child({ requestId })
    return child
  }
  return {
    debug: (fields, message) => open().debug(fields, message),
    info: (fields, message) => open().info(fields, message),
    warn: (fields, message) => open().warn(fields, message),
    error: (fields, message) => open().error(fields, message),
    child: (fields) => open().child(fields),
  }
}
