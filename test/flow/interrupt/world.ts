import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../src/base/clock.ts'
import { type Log, silentLog } from '../../../src/base/log.ts'
import { noMetrics } from '../../../src/base/metrics.ts'
import { type InterruptConfig, interruptConfig } from '../../../src/flow/steps/interrupt/config.ts'
import type { Inquiry } from '../../../src/flow/steps/interrupt/source.ts'
import type { Attributes, RegisteredService } from '../../../src/services/index.ts'
import { type SsoConfig, ssoConfig } from '../../../src/sso/index.ts'
import { type Overrides, settingsOf } from '../../support/settings.ts'

type Both = InterruptConfig & SsoConfig

/** Settings of interrupts and sessions, by their dotted names. */
export function settings(overrides: Overrides = {}): Both {
  const interrupt = settingsOf<InterruptConfig>(interruptConfig, overrides)
  const sso = settingsOf<SsoConfig>(ssoConfig, overrides)
  return {
    ...sso,
    ...interrupt,
    cas: { ...sso.cas, ...interrupt.cas },
    castellan: { ...sso.castellan, ...interrupt.castellan },
  }
}

export const NOW = Date.UTC(2026, 10, 24, 12, 0)
export const key = randomBytes(32)

/** What every source is opened with. */
export const parts = (overrides: Overrides = {}, more: { clock?: Clock; log?: Log; configurationDirectory?: string } = {}) => ({
  settings: settings(overrides),
  configurationDirectory: more.configurationDirectory ?? tmpdir(),
  registry: memory(),
  metrics: noMetrics,
  clock: more.clock ?? (() => NOW),
  log: more.log ?? silentLog,
})

/** As much of a ticket registry as sources use. */
export function memory() {
  const kept = new Map<string, { id: string; body?: unknown }>()
  return {
    kept,
    get: async (id: string) => kept.get(id) as never,
    add: async (ticket: { id: string; body?: unknown }) => void kept.set(ticket.id, ticket),
  }
}

export function inquiry(
  username: string,
  more: Partial<Inquiry> & { attributes?: Attributes; login?: Attributes; url?: string; address?: string } = {},
): Inquiry {
  const { attributes = {}, login = {}, url, address = '192.0.2.1', ...rest } = more
  return {
    principal: { id: username, attributes },
    authentication: { attributes: login },
    service: url === undefined ? undefined : { id: url, originalUrl: url },
    registeredService: undefined,
    request: {
      address,
      userAgent: 'test/1',
      method: 'POST',
      locale: undefined,
      acceptLanguage: 'en',
      headers: () => ({}),
      query: () => ({}),
    },
    ...rest,
  }
}

/** A definition as far as policies look at it. */
export function service(
  definition: Record<string, unknown>,
  properties: Readonly<Record<string, readonly string[]>> = {},
): RegisteredService {
  return {
    id: '1',
    name: 'Application',
    serviceId: '^https://app.*',
    file: 'Application-1.json',
    definition,
    property: (name: string) => properties[name] ?? [],
    flag: () => false,
  } as unknown as RegisteredService
}

/** Events of a log, for looking at. */
export function listeningLog() {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, message, fields: { ...fields } })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return { log, lines }
}

export async function folder(files: Readonly<Record<string, string>> = {}) {
  const path = await mkdtemp(join(tmpdir(), 'castellan-interrupt-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
