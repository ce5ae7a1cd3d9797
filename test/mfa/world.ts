import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryAudit } from '../../src/audit/index.ts'
import type { Authentication } from '../../src/authentication/index.ts'
import { type Settings, schema } from '../../src/config/schema.ts'
import { type Inquiry, type Multifactor, multifactorTicketKinds, openMultifactor } from '../../src/mfa/index.ts'
import { createNotifications } from '../../src/notifications/index.ts'
import type { Attributes, RegisteredService } from '../../src/services/index.ts'
import { type TicketRegistry, ticketKinds } from '../../src/tickets/index.ts'
import { type Line, recordingLog } from '../notifications/world.ts'
import { frozenClock, key } from '../sso/sso-parts.ts'
import { openMemoryRegistry } from '../sso/sso-world.ts'
import { type Overrides, settingsOf } from '../support/settings.ts'

export interface MultifactorWorldOptions {
  readonly settings?: Overrides
  readonly registry?: TicketRegistry
  readonly clock?: ReturnType<typeof frozenClock>
  /** Files of the configuration directory. */
  readonly files?: Readonly<Record<string, string>>
  /** Settings that a source is said to have. */
  readonly set?: readonly string[]
}

export interface MultifactorWorld extends AsyncDisposable {
  readonly multifactor: Multifactor
  readonly registry: TicketRegistry
  readonly clock: ReturnType<typeof frozenClock>
  readonly lines: readonly Line[]
  readonly directory: string
}

/** The room with its own parts: providers, triggers, messages that leave for a provider of the test. */
export async function openMultifactorWorld(options: MultifactorWorldOptions = {}): Promise<MultifactorWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-mfa-'))
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(directory, name), text)
  const clock = options.clock ?? frozenClock()
  const lines: Line[] = []
  const log = recordingLog(lines)
  // `{dir}` in a text is the configuration directory.
  const placed = Object.entries(options.settings ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replace('{dir}', directory) : value,
  ])
  const settings = settingsOf<Settings>(schema, Object.fromEntries(placed))
  const registry = options.registry ?? (await openMemoryRegistry(clock, [...ticketKinds, ...multifactorTicketKinds]))
  const notifications = await createNotifications({
    settings,
    stateDirectory: directory,
    servicesDirectory: undefined,
    configurationDirectory: directory,
    clock,
    log,
    audit: memoryAudit(),
    version: 'test',
  })
  const multifactor = openMultifactor({
    settings,
    registry,
    notifications,
    keys: [key('codes')],
    configurationDirectory: directory,
    scriptTimeoutMs: 2000,
    isSet: (setting) => options.set?.includes(setting) ?? false,
    clock,
    log,
  })
  return {
    multifactor,
    registry,
    clock,
    lines,
    directory,
    async [Symbol.asyncDispose]() {
      await multifactor.close()
      await notifications.close()
      if (!options.registry) await registry.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export const loginOf = (id: string, attributes: Attributes = {}, ofLogin: Attributes = {}): Authentication => ({
  principal: { id, attributes },
  authenticatedAtMs: Date.UTC(2026, 2, 1, 12),
  attributes: {
    authenticationMethod: ['Static'],
    successfulAuthenticationHandlers: ['Static'],
    credentialType: ['UsernamePasswordCredential'],
    ...ofLogin,
  },
  successes: ['Static'],
  failures: {},
  warnings: [],
})

export function inquiryOf(authentication: Authentication, more: Partial<Inquiry> = {}): Inquiry {
  return {
    authentication,
    service: undefined,
    registeredService: undefined,
    requested: [],
    client: { address: '192.0.2.7', userAgent: 'test', serverAddress: '192.0.2.1', secure: true },
    headerNames: () => [],
    hidden: false,
    application: undefined,
    locale: undefined,
    ...more,
  }
}

/** A definition with this policy; nothing else of it is looked at. */
export const serviceWith = (multifactorPolicy: object, protocol: RegisteredService['protocol'] = 'cas'): RegisteredService =>
  ({
    id: '1',
    name: 'Safe',
    serviceId: '^https://safe.*',
    file: 'Safe-1.json',
    protocol,
    definition: { multifactorPolicy },
  }) as unknown as RegisteredService
