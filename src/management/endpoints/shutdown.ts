import { type Endpoint, springJson } from '../endpoint.ts'

export interface ShutdownParts {
  /** Stops the server as a signal does; absent: nobody can from here. */
  readonly shutdown?: (() => void) | undefined
}

/** When the answer is on its way. */
const DELAY_MS = 100

/** `shutdown`: ends the server as SIGTERM does (configuration.md 14.3). It is there only where a setting of its own says so, whatever holds for the others. */
export function shutdownEndpoint({ shutdown }: ShutdownParts): Endpoint {
  return {
    id: 'shutdown',
    ...(shutdown ? {} : { switchedOffBy: 'the way this server was started' }),
    routes: [
      {
        method: 'POST',
        path: '',
        statuses: [200],
        handle(call) {
          setTimeout(() => shutdown?.(), DELAY_MS)
          return springJson(call, { message: 'Shutting down, bye...' })
        },
      },
    ],
  }
}
