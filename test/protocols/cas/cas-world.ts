import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryAudit } from '../../../src/audit/index.ts'
import type { Authentication } from '../../../src/authentication/index.ts'
import { Unavailable } from '../../../src/base/errors.ts'
import { mergeGroups } from '../../../src/config/merge.ts'
import { type CasProtocolConfig, casProtocolConfig, casRoutes, casTranslators } from '../../../src/protocols/cas/index.ts'
import { servicesConfig } from '../../../src/services/config.ts'
import { createServices, type ServicesParts, serviceReference } from '../../../src/services/index.ts'
import { applicationCalls, createSso, type SsoConfig, ssoConfig } from '../../../src/sso/index.ts'
import type { TicketRegistry } from '../../../src/tickets/index.ts'
import { type Overrides, recordingLog, route, settingsOf, testApp } from '../../http/http-parts.ts'
import { openMultifactorWorld } from '../../mfa/world.ts'
import { frozenClock, key } from '../../sso/sso-parts.ts'
import { openMemoryRegistry, rulesOf } from '../../sso/sso-world.ts'

export const APP = 'https://app.example.org/'

/** The definitions of a test, by the name of their file. */
export type Definitions = Readonly<Record<string, object>>

export const definition = (id: number, serviceId: string, more: object = {}) => ({
  '@class': 'org.apereo.cas.services.CasRegisteredService',
  serviceId,
  name: `Application ${id}`,
  id,
  ...more,
})

export const returnAllowed = (...names: string[]) => ({
  attributeReleasePolicy: {
    '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
    allowedAttributes: ['java.util.ArrayList', names],
  },
})

const DEFAULTS: Definitions = { 'Application-1.json': definition(1, '^https://app\\.example\\.org.*', returnAllowed('cn', 'mail', 'sn')) }

export interface CasWorldOptions {
  readonly settings?: Overrides
  readonly definitions?: Definitions
  /** Settings of the registry. */
  readonly services?: Overrides
  /** Files beside the definitions. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  readonly openPassword?: (sealed: string, userId: string) => string | undefined
}

interface GrantOptions {
  readonly service?: string
  readonly renewed?: boolean
  readonly fromNewLogin?: boolean
  readonly authentication?: Authentication
}

/** The validation endpoints over a registry in memory and a directory of definitions. */
export async function casWorld({ settings: overrides = {}, definitions = DEFAULTS, ...more }: CasWorldOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'castellan-cas-'))
  const write = (name: string, content: object) => writeFile(join(directory, name), JSON.stringify(content))
  for (const [name, content] of Object.entries(definitions)) await write(name, content)
  for (const [name, content] of Object.entries(more.files ?? {})) await writeFile(join(directory, name), content)

  const clock = frozenClock()
  const audit = memoryAudit()
  const { log, lines } = recordingLog()
  const store = await openMemoryRegistry(clock)
  let broken = false
  // The store behind a switch: what the endpoints say while it cannot be reached.
  const registry: TicketRegistry = new Proxy(store, {
    get(target, name: keyof TicketRegistry) {
      if (broken && name !== 'close') throw new Unavailable('ticket-registry', 'tickets cannot be read now', { retryAfterInSeconds: 7 })
      const member = target[name]
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const services = await createServices({
    settings: settingsOf<ServicesParts['settings']>(servicesConfig, {
      'cas.serviceRegistry.json.location': `file:${directory}`,
      'cas.serviceRegistry.json.watcherEnabled': false,
      'cas.serviceRegistry.schedule.enabled': false,
      ...more.services,
    }),
    clock,
    log,
    audit,
    profiles: [],
    configurationDirectory: directory,
    defaultAttributesToRelease: [],
    hostName: 'sso1',
  })
  const settings = settingsOf<CasProtocolConfig & SsoConfig>(mergeGroups([casProtocolConfig, ssoConfig]).schema, overrides)
  let next = 100_000
  const newTicketId = (kind: string) => `${kind}-${++next}-abcDEFghiJKLmnoPQRstuVWXyz${next}-sso1`
  const rules = rulesOf({ 'cas.ticket.tgt.rememberMe.enabled': true })
  const calls = applicationCalls({ settings, configurationDirectory: directory, log })
  const sso = createSso({
    settings,
    registry,
    newTicketId,
    tgcKeys: [key('tgc')],
    rules,
    uniquePrincipal: { enabled: false, maximumAllowedSessions: 0 },
    contextPath: '/cas',
    clock,
    log,
    audit,
  })
  const factors = await openMultifactorWorld({ registry: store, clock })
  const { multifactor } = factors
  let login: Authentication | undefined
  const app = testApp(
    [
      ...casRoutes({
        settings,
        services,
        registry,
        rules,
        multifactor,
        newTicketId,
        calls,
        clock,
        log,
        audit,
        openPassword: more.openPassword,
      }),
      route('/test/open', async (call) => {
        if (!login) throw new Error('nobody logs in')
        return call.text((await sso.open({ authentication: login, call, cookie: true })).id)
      }),
    ],
    {},
    { translators: casTranslators },
  )

  async function openSession(authentication: Authentication): Promise<string> {
    login = authentication
    return (await app.request('/cas/test/open')).text()
  }
  /** A service ticket as the login gives it. */
  async function grant(sessionId: string, { service = APP, renewed = false, fromNewLogin = false }: GrantOptions = {}): Promise<string> {
    const session = await sso.load(sessionId)
    const reference = serviceReference(service)
    if (!session || !reference || reference === 'unusable') throw new Error('no session, or no service')
    const finding = await services.find(reference)
    if (finding.kind === 'refused') throw new Error(finding.reason)
    const answer = await sso.grantServiceTicket(session, reference, finding.service, { renewed, fromNewLogin })
    if (answer.kind !== 'granted') throw new Error(answer.kind)
    return answer.ticketId
  }
  async function ask(path: string, parameters: Readonly<Record<string, string>> | string, method = 'GET') {
    const query = typeof parameters === 'string' ? parameters : new URLSearchParams(parameters).toString()
    const response =
      method === 'GET'
        ? await app.request(`/cas${path}?${query}`)
        : await app.request(`/cas${path}`, { method, body: query, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    const body = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body,
      code: /code="(\w+)"/.exec(body)?.[1] ?? /"code" : "(\w+)"/.exec(body)?.[1],
    }
  }
  return {
    app,
    sso,
    store,
    services,
    clock,
    audit,
    lines,
    ask,
    grant,
    openSession,
    write,
    remove: (name: string) => rm(join(directory, name)),
    breakStore(on: boolean) {
      broken = on
    },
    async [Symbol.asyncDispose]() {
      calls.close()
      await factors[Symbol.asyncDispose]()
      await services.close()
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
