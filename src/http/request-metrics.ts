import type { Metrics, Timer } from '../base/metrics.ts'
import type { Route } from './route.ts'

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
const OUTCOMES = ['UNKNOWN', 'INFORMATIONAL', 'SUCCESS', 'REDIRECTION', 'CLIENT_ERROR', 'SERVER_ERROR']

/**
 * `http.server.requests`, as Spring Boot has it (configuration.md 16): by method, form of the path, status. The path is that of the route and never what was
 * sent, so that strangers cannot make series. Of a request two look-ups and an addition are the cost.
 */
export function requestMetrics(metrics: Metrics): (route: Route | undefined, method: string, status: number, seconds: number) => void {
  const byRoute = new Map<Route | undefined, Map<string | number, Timer>>()
  const series = (route: Route | undefined, method: string, status: number) =>
    metrics.timer('http.server.requests', 'Requests by route and status.', {
      exception: 'none',
      method: METHODS.has(method) ? method : 'OTHER',
      outcome: OUTCOMES[Math.trunc(status / 100)] ?? 'UNKNOWN',
      status: String(status),
      uri: route ? templateOf(route.path) : 'NOT_FOUND',
    })
  return (route, method, status, seconds) => {
    let timers = byRoute.get(route)
    if (!timers) {
      timers = new Map()
      byRoute.set(route, timers)
    }
    // A route has one method, but for HEAD; what no route answers has any.
    const key = route?.method === method ? status : `${METHODS.has(method) ? method : 'OTHER'} ${status}`
    let timer = timers.get(key)
    if (!timer) {
      timer = series(route, method, status)
      timers.set(key, timer)
    }
    timer.record(seconds)
  }
}

/** `/actuator/metrics/{name}`, as Spring writes it. */
const templateOf = (path: string) => path.replace(/:(\w+)\{[^}]*\}/g, '{*$1}').replace(/:(\w+)/g, '{$1}')
