import type { Hono } from 'hono'
import { createLog } from '../../src/base/log.ts'
import { httpConfig } from '../../src/http/config.ts'
import { buildApp, type Env, type HttpConfig, type HttpParts, type Route } from '../../src/http/index.ts'
import { type Overrides, settingsOf } from '../support/settings.ts'

export { type Overrides, settingsOf }

export function httpSettings(overrides: Overrides = {}): HttpConfig {
  return settingsOf(httpConfig, overrides)
}

export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

/** A log whose lines can be looked at. */
export function recordingLog() {
  const lines: LogLine[] = []
  const log = createLog({ level: 'DEBUG', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } })
  return { log, lines }
}

export function route(path: string, handle: Route['handle'], more: Partial<Route> = {}): Route {
  return { method: 'GET', path, statuses: [200], changesState: false, handle, ...more }
}

/** What a handler saw of the parameters. */
export const echo: Route['handle'] = (call) => {
  const parameters = call.get('parameters')
  return Response.json(Object.fromEntries(parameters.names().map((name) => [name, parameters.all(name)])))
}

export function testApp(
  routes: readonly Route[] = [route('/login', echo), route('/login', echo, { method: 'POST' })],
  overrides: Overrides = {},
  more: Partial<HttpParts> = {},
): Hono<Env> & { readonly lines: readonly LogLine[] } {
  const { log, lines } = recordingLog()
  const app = buildApp({
    settings: httpSettings(overrides),
    log,
    routes,
    errorPage: (call, status) =>
      new Response(`<h2>Error ${status}</h2><code>${call.get('requestId')}</code>`, {
        status,
        headers: { 'Content-Type': 'text/html;charset=UTF-8' },
      }),
    ...more,
  })
  return Object.assign(app, { lines })
}
