import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '../../src/base/json.ts'
import { createCastellan } from '../../src/castellan.ts'
import { loadConfiguration } from '../../src/config/index.ts'
import { recordingLog } from '../http/http-parts.ts'
import { definition, type StartOptions, writeConfiguration } from '../support/castellan.ts'

export const OPERATOR = { authorization: `Basic ${btoa('admin:s3cret')}` }
export const APPLICATION = 'https://app.example.org/start'

/** Every endpoint there is, for whoever logs in; two users, one application, tickets in memory. */
const PROPERTIES = {
  'cas.server.name': 'https://sso.example.org',
  'cas.authn.accept.users': 'alice::pw,bob::pw',
  'castellan.ticket-registry.store': 'memory',
  'spring.security.user.name': 'admin',
  'spring.security.user.password': 's3cret',
  'management.endpoints.access.default': 'UNRESTRICTED',
  'management.endpoints.web.exposure.include': '*',
  'cas.monitor.endpoints.endpoint.defaults.access': 'AUTHENTICATED',
}

export interface Asked {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what an endpoint answers is looked at member by member
  readonly body: any
  readonly headers: Headers
}

/** The whole server without a port, with its management endpoints open to the operator. */
export async function openServer(options: StartOptions = {}) {
  const directory = await writeConfiguration({
    services: { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*') },
    ...options,
    properties: { ...PROPERTIES, ...options.properties },
  })
  const { log, lines } = recordingLog()
  const configuration = await loadConfiguration({ argv: ['--config-dir', directory, ...(options.args ?? [])], env: {}, cwd: directory })
  if (configuration.refused) throw new Error(JSON.stringify(configuration.problems))
  let nowMs = Date.now()
  const server = await createCastellan({ configuration, clock: () => nowMs, log, logLevels: log.levels, version: '1.2.3' })
  const peer = { address: '127.0.0.1', serverAddress: '127.0.0.1', encrypted: true }
  const request = (path: string, init: RequestInit = {}) => server.app.request(`https://sso.example.org/cas${path}`, init, { peer })

  async function ask(method: string, path: string, body?: string | URLSearchParams, headers: Record<string, string> = {}): Promise<Asked> {
    const answer = await request(`/actuator${path}`, {
      method,
      headers: { accept: 'application/json', ...OPERATOR, ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json')
    return { status: answer.status, body: isJson ? (JSON.parse(text) as Json) : text, headers: answer.headers }
  }
  /** Signs in as a browser does. @returns its cookies and the service ticket, if the application was named. */
  async function signIn(username: string, service?: string, password = 'pw') {
    const query = service === undefined ? '' : `?service=${encodeURIComponent(service)}`
    const form = await request(`/login${query}`, { headers: { accept: 'text/html' } })
    const execution = /name="execution" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
    const cookies = form.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '')
    const answer = await request(`/login${query}`, {
      method: 'POST',
      headers: { accept: 'text/html', cookie: cookies.join('; ') },
      body: new URLSearchParams({ username, password, execution, _eventId: 'submit' }),
    })
    const all = [...cookies, ...answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '')]
    const location = answer.headers.get('location')
    const ticket = location === null ? undefined : (new URL(location, 'https://sso.example.org').searchParams.get('ticket') ?? undefined)
    return { status: answer.status, cookie: all.join('; '), ticket }
  }
  return {
    ask,
    signIn,
    request,
    lines,
    directory,
    stateDirectory: join(directory, 'state'),
    later(ms: number) {
      nowMs += ms
    },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
