import { Writable } from 'node:stream'
import { memoryAudit } from '../../src/audit/index.ts'
import { type AuthenticationConfig, authenticationConfig } from '../../src/authentication/config.ts'
import { type AuthenticationOptions, createAuthentication, type UsernamePasswordCredential } from '../../src/authentication/index.ts'
import type { Client } from '../../src/base/client.ts'
import { createLog, type Log } from '../../src/base/log.ts'
import type { Group, Node, Property } from '../../src/base/schema.ts'
import type { PolicyDefinition, RegisteredService } from '../../src/services/index.ts'
import { serviceOf } from '../sso/sso-parts.ts'

export const someone: Client = { address: '192.0.2.7', userAgent: 'test/1', serverAddress: '192.0.2.1', secure: true }
export const NOW = Date.UTC(2026, 0, 15, 12)

/** What stood in a file, by path in camel case: one text, the elements of a list of texts, or those of a list of groups. */
export type Written = Readonly<Record<string, string | readonly (string | Readonly<Record<string, string>>)[]>>

/** Settings with their defaults; a path that does not exist is a mistake of the test. */
export function settingsOf(written: Written = {}): AuthenticationConfig {
  const used = new Set<string>()
  const build = (node: Node, path: string, source: Written): unknown => {
    if (node.kind === 'property') {
      const raw = source[path]
      if (raw === undefined) return (node as Property<unknown>).fallback
      used.add(path)
      return (node as Property<unknown>).read(raw as string | readonly string[])
    }
    if (node.kind === 'group') {
      const shape = (node as Group).shape as Readonly<Record<string, Node>>
      return Object.fromEntries(Object.entries(shape).map(([name, child]) => [name, build(child, path ? `${path}.${name}` : name, source)]))
    }
    if (node.kind === 'list') {
      const raw = source[path]
      if (raw === undefined) return []
      used.add(path)
      return (raw as readonly Readonly<Record<string, string>>[]).map((element) => build(node.element, '', element))
    }
    const keys = Object.keys(source).filter((key) => key.startsWith(`${path}.`))
    return Object.fromEntries(keys.map((key) => [key.slice(path.length + 1), build(node.value, key, source)]))
  }
  const settings = build(authenticationConfig, '', written) as AuthenticationConfig
  for (const key of Object.keys(written)) if (!used.has(key)) throw new Error(`no such setting: ${key}`)
  return settings
}

/** A log whose lines can be read. */
export function linesLog(): { readonly log: Log; readonly lines: { level: number; msg: string; [field: string]: unknown }[] } {
  const lines: { level: number; msg: string }[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).trim().split('\n')) lines.push(JSON.parse(line))
      done()
    },
  })
  return { log: createLog({ destination, level: 'DEBUG' }), lines }
}

/** An engine with what it wrote to log and audit. */
export async function engineWith(written: Written = {}, more: Partial<AuthenticationOptions> = {}) {
  const audit = memoryAudit()
  const { log, lines } = linesLog()
  const engine = await createAuthentication({
    settings: settingsOf(written),
    clock: () => NOW,
    log,
    audit,
    configurationDirectory: '/nonexistent',
    serverName: 'https://localhost:8443',
    ...more,
  })
  const login = (username: string, password: string, service?: RegisteredService, rest: Partial<UsernamePasswordCredential> = {}) =>
    engine.authenticate({ kind: 'UsernamePasswordCredential', username, password, ...rest }, { client: someone, service })
  return { engine, audit, lines, login }
}

export function serviceWith(policy: {
  readonly requiredHandlers?: readonly string[]
  readonly excludedHandlers?: readonly string[]
  readonly criteria?: PolicyDefinition
}): RegisteredService {
  const authenticationPolicy = { requiredHandlers: [], excludedHandlers: [], criteria: undefined, ...policy }
  return serviceOf({ id: '1001', name: 'App', authenticationPolicy, file: '/etc/cas/services/App-1001.json' })
}
