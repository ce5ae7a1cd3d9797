import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { memoryAudit } from '../../src/audit/index.ts'
import type { Client } from '../../src/base/client.ts'
import type { Log } from '../../src/base/log.ts'
import type { Node } from '../../src/base/schema.ts'
import { type ServicesConfig, servicesConfig } from '../../src/services/config.ts'
import {
  type Attributes,
  type AttributeValue,
  createServices,
  type ExpiredService,
  type Finding,
  type Release,
  type Services,
  serviceReference,
} from '../../src/services/index.ts'

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export function recordingLog(lines: Line[]): Log {
  const at = (level: Line['level']) => (fields: object, message: string) => {
    lines.push({ level, message, fields: fields as Line['fields'] })
  }
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}

function defaultsOf(node: Node): unknown {
  if (node.kind === 'property') return node.fallback
  if (node.kind !== 'group') return node.kind === 'list' ? [] : {}
  return Object.fromEntries(Object.entries(node.shape as Record<string, Node>).map(([name, child]) => [name, defaultsOf(child)]))
}

/** The defaults of the room, with values changed by their path below `cas.service-registry` or from `castellan` on. */
export function settingsWith(changes: Readonly<Record<string, unknown>>): ServicesConfig {
  const settings = structuredClone(defaultsOf(servicesConfig)) as { cas: { serviceRegistry: object }; castellan: object }
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.')
    let place = (steps[0] === 'castellan' ? settings : settings.cas.serviceRegistry) as Record<string, unknown>
    for (const step of steps.slice(0, -1)) place = place[step] as Record<string, unknown>
    place[steps.at(-1) ?? ''] = value
  }
  return settings as ServicesConfig
}

export interface WorldOptions {
  /** Files of the directory by relative path, as objects or as texts. */
  readonly files?: Readonly<Record<string, object | string | Buffer>>
  readonly settings?: Readonly<Record<string, unknown>>
  readonly profiles?: readonly string[]
  readonly bundle?: readonly string[]
  readonly nowMs?: number
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** What sources of attributes know of a user. */
  readonly attributesOf?: (username: string, ids: readonly string[]) => Promise<Attributes>
  /** Another world's directory. */
  readonly directory?: string
}

export interface World extends AsyncDisposable {
  readonly services: Services
  readonly directory: string
  readonly lines: readonly Line[]
  readonly audit: ReturnType<typeof memoryAudit>
  readonly expired: readonly ExpiredService[]
  setNow(ms: number): void
  write(name: string, content: object | string | Buffer): void
  find(url: string, client?: Client): Finding
  /** `found <name>` or the reason. */
  ask(url: string, client?: Client): string
  release(url: string, attributes: Readonly<Record<string, readonly AttributeValue[]>>, id?: string): Promise<Release>
  /** `allowed` or the reason. */
  authorize(url: string, attributes: Readonly<Record<string, readonly AttributeValue[]>>): Promise<string>
  /** Messages of a level, file names without their directory. */
  messages(...levels: readonly Line['level'][]): readonly string[]
}

export const NOW = Date.UTC(2026, 2, 1, 12)

/** The room over a directory of its own, with nothing that runs by itself unless the settings say so. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'castellan-services-'))
  const write = (name: string, content: object | string | Buffer) => {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
  }
  for (const [name, content] of Object.entries(options.files ?? {})) write(name, content)
  const lines: Line[] = []
  const audit = memoryAudit()
  const expired: ExpiredService[] = []
  let nowMs = options.nowMs ?? NOW
  const services = await createServices({
    settings: settingsWith({ 'json.location': directory, 'json.watcherEnabled': false, 'schedule.enabled': false, ...options.settings }),
    clock: () => nowMs,
    log: recordingLog(lines),
    audit,
    profiles: options.profiles ?? [],
    configurationDirectory: join(directory, 'config'),
    environment: options.environment ?? { REGION: 'north', SECRET: 'hidden' },
    defaultAttributesToRelease: options.bundle ?? [],
    hostName: 'node1.example.org',
    ...(options.attributesOf ? { attributesOf: options.attributesOf } : {}),
    onExpired: (each) => expired.push(each),
  })
  const reference = (url: string) => {
    const found = serviceReference(url)
    if (!found || found === 'unusable') throw new Error(`no service: ${url}`)
    return found
  }
  const find = (url: string, client?: Client) => {
    const finding = services.find(reference(url), client)
    if (finding instanceof Promise) throw new Error(`${url}: a script is asked, use services.find`)
    return finding
  }
  const serviceOf = (url: string) => {
    const finding = find(url)
    if (finding.kind === 'refused') throw new Error(`${url}: ${finding.reason}`)
    return finding.service
  }
  return {
    services,
    directory,
    lines,
    audit,
    expired,
    setNow: (ms) => {
      nowMs = ms
    },
    write,
    find,
    ask(url, client) {
      const finding = find(url, client)
      return finding.kind === 'found' ? `found ${finding.service.name}` : finding.reason
    },
    release: (url, attributes, id = 'casuser') => services.release(serviceOf(url), { id, attributes }, reference(url)),
    async authorize(url, attributes) {
      const decision = await services.authorize(serviceOf(url), { id: 'casuser', attributes }, reference(url))
      return decision.kind === 'allowed' ? 'allowed' : decision.reason
    },
    messages: (...levels) =>
      lines.filter((line) => levels.includes(line.level)).map((line) => line.message.replaceAll(`${directory}/`, '')),
    async [Symbol.asyncDispose]() {
      await services.close()
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** A definition of the CAS protocol; `more` stands over the usual members. */
export function definition(id: number, name: string, serviceId: string, more: object = {}): object {
  return { '@class': 'org.apereo.cas.services.CasRegisteredService', serviceId, name, id, ...more }
}

/** The same numbers on every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Waits until something that goes on outside this thread has happened; at most `limitInMs`. */
export async function until(what: () => boolean, limitInMs = 20_000): Promise<boolean> {
  const end = performance.now() + limitInMs
  while (!what()) {
    if (performance.now() > end) return false
    await setTimeout(20)
  }
  return true
}
