import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { memoryAudit } from '../../src/audit/index.ts'
import type { Log } from '../../src/base/log.ts'
import { type Settings, schema } from '../../src/config/schema.ts'
import { createNotifications, type Notifications } from '../../src/notifications/index.ts'
import type { Timings } from '../../src/notifications/outbox/worker.ts'
import { createServices, definitionsDirectory, type Services } from '../../src/services/index.ts'
import type { TestAuthority } from '../support/authority.ts'
import { settingsOf } from '../support/settings.ts'
import { ACCOUNT, type FakeTwilio, TOKEN } from '../support/twilio.ts'

export const NOW = Date.UTC(2026, 2, 1, 12)

export interface Line {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export function recordingLog(lines: Line[]): Log {
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, message, fields: { ...fields } })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}

/** Makes this process trust an authority. */
export function trust({ authority }: { readonly authority: TestAuthority }): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), authority.authority])
}

/** Settings of a deployment that tells people by Twilio. */
export const twilioSettings = (twilio: { readonly url: string }): Record<string, unknown> => ({
  'cas.smsProvider.twilio.accountId': ACCOUNT,
  'cas.smsProvider.twilio.token': TOKEN,
  'cas.serviceRegistry.sms.from': '1234567890',
  'cas.serviceRegistry.sms.text': 'The service %s is expired and removed from CAS.',
  'castellan.sms.twilio.baseUrl': twilio.url,
  'castellan.sms.twilio.messagesPerSecond': 0,
  'castellan.sms.twilio.deliveryChecks': [],
})

/** Settings of one that tells them by mail. */
export const mailSettings = (server: { readonly host: string; readonly port: number }): Record<string, unknown> => ({
  'spring.mail.host': server.host,
  'spring.mail.port': server.port,
  'cas.serviceRegistry.mail.from': 'cas@example.org',
  'cas.serviceRegistry.mail.subject': 'Service %s',
  'cas.serviceRegistry.mail.text': 'The service %s is expired.',
})

export interface Contact {
  readonly name?: string
  readonly phone?: string
  readonly email?: string
}

/** A definition that has ended long ago, unless `more` says otherwise. */
export function ending(id: number, name: string, contacts: readonly Contact[], policy: object = {}): object {
  return {
    '@class': 'org.apereo.cas.services.CasRegisteredService',
    serviceId: `^https://app${id}\\.example\\.org/.*`,
    name,
    id,
    contacts: contacts.map((contact) => ({ '@class': 'org.apereo.cas.services.DefaultRegisteredServiceContact', ...contact })),
    expirationPolicy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
      expirationDate: '2026-02-01',
      notifyWhenExpired: true,
      deleteWhenExpired: true,
      ...policy,
    },
  }
}

export interface WorldOptions {
  readonly settings?: Readonly<Record<string, unknown>>
  /** Definitions by file name. */
  readonly services?: Readonly<Record<string, object>>
  readonly timings?: Partial<Timings>
  /** Whether the clock runs; else it stands at NOW until it is moved. */
  readonly runs?: boolean
  /** Another world's folder. */
  readonly directory?: string
  readonly messageOf?: (key: string) => string | undefined
  readonly random?: () => number
}

export interface World extends AsyncDisposable {
  readonly notifications: Notifications
  readonly services: Services
  readonly directory: string
  readonly lines: readonly Line[]
  readonly audit: ReturnType<typeof memoryAudit>
  write(name: string, content: object | string): void
  moveClock(ms: number): void
  messages(...levels: readonly string[]): readonly string[]
  close(): Promise<void>
}

/** Waits are short here; the real ones are minutes. */
export const SHORT: Partial<Timings> = { lookupAfterMs: [40, 80], probeMs: 60, pollMs: 50, graceMs: 1000 }

/** The two rooms together over a folder of their own. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'castellan-notifications-'))
  const folder = join(directory, 'services')
  mkdirSync(folder, { recursive: true })
  const write = (name: string, content: object | string) =>
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  for (const [name, content] of Object.entries(options.services ?? {})) write(name, content)
  const settings = settingsOf<Settings>(schema, {
    'cas.serviceRegistry.json.location': folder,
    'cas.serviceRegistry.json.watcherEnabled': false,
    'cas.serviceRegistry.schedule.enabled': false,
    'castellan.notifications.retry.initialDelay': 0.05,
    ...options.settings,
  })
  const lines: Line[] = []
  const log = recordingLog(lines)
  const audit = memoryAudit()
  const startedAt = Date.now()
  let offset = 0
  const clock = () => NOW + offset + (options.runs === false ? 0 : Date.now() - startedAt)
  const notifications = await createNotifications({
    settings,
    stateDirectory: join(directory, 'state'),
    servicesDirectory: definitionsDirectory(settings),
    configurationDirectory: join(directory, 'config'),
    clock,
    log,
    audit,
    version: '0',
    timings: { ...SHORT, ...options.timings },
    ...(options.messageOf ? { messageOf: options.messageOf } : {}),
    ...(options.random ? { random: options.random } : {}),
  })
  const services = await createServices({
    settings,
    clock,
    log,
    audit,
    profiles: [],
    configurationDirectory: join(directory, 'config'),
    defaultAttributesToRelease: [],
    hostName: 'node1.example.org',
    notices: notifications.expiry,
  })
  await notifications.start()
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await services.close()
    await notifications.close()
  }
  return {
    notifications,
    services,
    directory,
    lines,
    audit,
    write,
    moveClock: (ms) => {
      offset += ms
    },
    messages: (...levels) => lines.filter(({ level }) => levels.includes(level)).map(({ message }) => message),
    close,
    async [Symbol.asyncDispose]() {
      await close()
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Waits until all messages are finished, and gives their states by recipient. */
export async function finished(world: World, limitInMs = 30_000): Promise<Readonly<Record<string, string>>> {
  const end = performance.now() + limitInMs
  for (;;) {
    const { records } = await world.notifications.overview()
    if (records.length > 0 && records.every(({ state }) => ['sent', 'failed', 'unknown', 'withdrawn'].includes(state)))
      return Object.fromEntries(records.map(({ to, state }) => [to, state]))
    if (performance.now() > end)
      throw new Error(`not finished: ${JSON.stringify(records.map(({ to, state, error }) => ({ to, state, error })))}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export const bodies = (twilio: FakeTwilio): readonly string[] => twilio.messages.map(({ body }) => body)
