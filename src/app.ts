import { join } from 'node:path'
import type { Hono } from 'hono'
import { auditHistory, createAudit, eventTrail } from './audit/index.ts'
import { type AuthenticationEngine, createAuthentication, createThrottle, storedHashCheck } from './authentication/index.ts'
import { allOrNone } from './base/all-or-none.ts'
import type { Clock } from './base/clock.ts'
import { sealer } from './base/crypto.ts'
import { hostNameOf } from './base/host-name.ts'
import type { Log } from './base/log.ts'
import { type LogLevels, logLevels } from './base/log-levels.ts'
import type { Counter } from './base/metrics.ts'
import { cipherSettings, type LoadedConfiguration, loadKeys, purposeKeys } from './config/index.ts'
import { type Answer, createFlow, openInterrupt, openPasswordless, pages } from './flow/index.ts'
import type { Generation, Reloading } from './generations.ts'
import { type AccessFiles, buildApp, contextPath, type Env, type ErrorPage, type Route, serverHost, serverPrefix } from './http/index.ts'
import type { Kept } from './kept.ts'
import {
  configurationHealth,
  exchangeLog,
  featureNames,
  isReachable,
  messageHealth,
  onlyEndpoints,
  openManagement,
  ownPortSettings,
} from './management/index.ts'
import { openMultifactor } from './mfa/index.ts'
import { createNotifications } from './notifications/index.ts'
import { casRoutes, casTranslators, rehearsedAnswer } from './protocols/cas/index.ts'
import { createOAuth, OAUTH_CALLBACK_PATH, oauthTranslators } from './protocols/oauth/index.ts'
import { restRoutes, restTranslators } from './protocols/rest/index.ts'
import { createServices, definitionsDirectory } from './services/index.ts'
import { applicationCalls, createSso, logoutNotices, NOTICE, sealedPasswords, singleLogout } from './sso/index.ts'
import { registryKeys, ticketCatalogue } from './stored-tickets.ts'
import { openTicketRegistry, startCleaner, ticketIds, ticketRules } from './tickets/index.ts'
import { createViews } from './views/index.ts'

/** Random bytes in the id of a code or token: 192 bits. */
const TOKEN_BYTES = 24
/** In the id of a logout message, which is no secret. */
const MESSAGE_ID_BYTES = 18

export interface RoomParts {
  readonly configuration: LoadedConfiguration
  readonly clock: Clock
  readonly log: Log
  /** Levels of that log, for those who change them while the server runs; absent: nobody can. */
  readonly logLevels?: LogLevels
  /** Of the program, for the pages. */
  readonly version?: string
  /** The file to which that log is written besides standard output. */
  readonly logFile?: string | undefined
  /** Ends the server, for the endpoint `shutdown`. */
  readonly shutdown?: () => void
}

type Closing = () => Promise<unknown>

/** The rooms of one configuration. */
export interface Rooms extends Generation {
  readonly app: Hono<Env>
  /** Names of what is switched on. */
  readonly features: readonly string[]
  /** The endpoints, when they have a port of their own. */
  readonly managementApp: Hono<Env> | undefined
}

/** What the rooms are given of the server around them. */
export interface Around {
  readonly kept: Kept
  readonly accessFiles: AccessFiles | undefined
  readonly reloading: Reloading
  /** Whether the ports are open. */
  readonly isReady: () => boolean
}

/**
 * The only place that wires rooms: each gets its settings, its keys and the doors it needs, in the order in which they stand on each other.
 *
 * @param atTheEnd Told of each part that is open, as soon as it is.
 * @throws {StartRefusal}
 */
export async function wire(
  { configuration, clock, log, logLevels: levels = logLevels({}), version = '', logFile, shutdown }: RoomParts,
  { kept, accessFiles, reloading, isReady }: Around,
  atTheEnd: (closing: Closing) => void,
): Promise<Omit<Rooms, 'close'>> {
  const { settings, stateDirectory } = configuration
  const path = contextPath(settings)
  const prefix = serverPrefix(settings)
  const configurationDirectory = configuration.configurationDirectory ?? process.cwd()
  const host = hostNameOf(settings.cas.host.name)

  const { metrics } = kept
  const { enabled: auditing, numberOfDaysInHistory: auditDays } = settings.cas.audit.engine
  const history =
    auditing && isReachable(settings, 'auditLog')
      ? auditHistory({ directory: join(stateDirectory, 'audit'), keptDays: auditDays, log: log.child({ room: 'audit' }) })
      : undefined
  const wantsEvents = isReachable(settings, 'events') || settings.castellan.events.webhook.url.trim() !== ''
  const events = settings.cas.events.core.enabled && wantsEvents ? eventTrail(settings.castellan.events.kept) : undefined
  const audit = createAudit({ settings, clock, log, history, events })
  atTheEnd(() => audit.close())
  const notifications = await createNotifications({
    settings,
    stateDirectory,
    servicesDirectory: definitionsDirectory(settings),
    configurationDirectory,
    clock,
    log,
    audit,
    version,
    env: process.env,
    isSet: (setting) => configuration.sourcesOf(setting).length > 0,
  })
  atTheEnd(() => notifications.close())
  if (notifications.events) events?.tell(notifications.events.tell)
  // Applications are read before the sources of attributes are open, and ask them afterwards.
  const sources = Promise.withResolvers<Pick<AuthenticationEngine, 'attributesOf'>>()
  const readServices = async () => {
    const read = await createServices({
      settings,
      clock,
      log,
      audit,
      profiles: configuration.profiles,
      configurationDirectory,
      environment: process.env,
      defaultAttributesToRelease: settings.cas.authn.attributeRepository.core.defaultAttributesToRelease,
      hostName: host.complete,
      attributesOf: async (username, ids) => (await sources.promise).attributesOf(username, ids),
      oauthCallbackUrl: `${prefix}${OAUTH_CALLBACK_PATH}`,
      notices: notifications.expiry,
    })
    atTheEnd(() => read.close())
    return read
  }
  const [keys, services, views] = await allOrNone([
    loadKeys({ settings, stateDirectory, log }),
    readServices(),
    createViews({ settings, contextPath: path, serverHost: serverHost(prefix), configurationDirectory, log, version }),
  ])
  const ids = ticketIds({ hostSuffix: host.suffix })
  const issued = new Map<string, Counter>()
  const newId = (kind: string, length: number) => {
    let counter = issued.get(kind)
    if (!counter) {
      counter = metrics.counter('cas.tickets.issued', 'Ids that were made for new tickets, by kind.', { type: kind })
      issued.set(kind, counter)
    }
    counter.add()
    return ids.create(kind, length)
  }
  const newTicketId = (kind: string) => newId(kind, ticketLength(kind))
  const noticeSealer = sealer(purposeKeys(keys, 'cas.tgc.crypto', 'logout'))
  const catalogue = ticketCatalogue(settings)
  const lastWords = settings.cas.slo.disabled ? undefined : logoutNotices({ sealer: noticeSealer, newTicketId, clock })
  const registry = await kept.ticketRegistry(lastWords, (words) =>
    openTicketRegistry({
      settings,
      stateDirectory,
      keys: registryKeys(settings, keys),
      catalogue,
      lastWords: words,
      clock,
      log,
    }),
  )

  const rules = ticketRules(settings)
  for (const warning of rules.warnings) log.warn({ room: 'tickets' }, warning)
  const calls = applicationCalls({ settings, configurationDirectory, log })
  atTheEnd(async () => calls.close())
  const messageIds = ticketIds({ hostSuffix: '' })
  const slo = singleLogout({
    settings,
    services,
    registry,
    calls,
    sealer: noticeSealer,
    newRequestId: () => messageIds.create('LR', MESSAGE_ID_BYTES),
    prefix,
    clock,
    log,
  })
  atTheEnd(() => slo.close())
  const sso = createSso({
    settings,
    registry,
    newTicketId,
    tgcKeys: purposeKeys(keys, 'cas.tgc.crypto', 'tgc'),
    rules,
    uniquePrincipal: settings.cas.authn.policy.uniquePrincipal,
    contextPath: path,
    clock,
    log,
    audit,
    onDestroyed: (session) => slo.tell(session),
    metrics,
  })
  atTheEnd(() => sso.close())
  const cleaner = startCleaner({
    registry,
    settings,
    hostName: host.complete,
    clock,
    log,
    onExpiredSession: (session) => slo.tell(session),
    overdue: { [NOTICE]: (ticket) => slo.takeUp(ticket) },
  })
  atTheEnd(() => cleaner.stop())

  const passwords = settings.cas.clearpass.cacheCredential
    ? sealedPasswords(purposeKeys(keys, 'cas.clearpass.crypto', 'clearpass'))
    : undefined
  const engine = await createAuthentication({
    settings,
    clock,
    log,
    audit,
    metrics,
    configurationDirectory,
    serverName: settings.cas.server.name,
    sealPassword: passwords?.seal,
    strict: settings.castellan.config.strict,
  })
  sources.resolve(engine)
  atTheEnd(() => engine.close())
  const throttle = createThrottle({ settings, store: registry, clock, audit, log })
  const answer = pages({ views, settings, clock })
  const interrupt = await openInterrupt({
    settings,
    configurationDirectory,
    registry,
    cookieKeys: purposeKeys(keys, 'cas.interrupt.cookie.crypto', 'interrupt'),
    contextPath: path,
    metrics,
    clock,
    log: log.child({ room: 'flow' }),
  })
  atTheEnd(() => interrupt.close())
  const multifactor = openMultifactor({
    settings,
    registry,
    notifications,
    keys: purposeKeys(keys, 'cas.webflow.crypto', 'one-time-codes'),
    configurationDirectory,
    scriptTimeoutMs: settings.castellan.scripts.timeout * 1000,
    isSet: (setting) => configuration.sourcesOf(setting).length > 0,
    clock,
    log,
  })
  atTheEnd(() => multifactor.close())
  const passwordless = await openPasswordless({
    settings,
    configurationDirectory,
    scriptTimeoutMs: settings.castellan.scripts.timeout * 1000,
    registry,
    notifications,
    keys: purposeKeys(keys, 'cas.webflow.crypto', 'passwordless-codes'),
    isSet: (setting) => configuration.sourcesOf(setting).length > 0,
    metrics,
    clock,
    log,
  })
  atTheEnd(() => passwordless.close())

  const flow = createFlow({
    settings,
    executionKeys: purposeKeys(keys, 'cas.webflow.crypto', 'execution'),
    contextPath: path,
    engine,
    throttle,
    services,
    registry,
    sso,
    singleLogout: slo,
    answer,
    views,
    interrupt,
    multifactor,
    passwordless,
    audit,
    metrics,
    clock,
    log: log.child({ room: 'flow' }),
  })

  const oauth = createOAuth({
    settings,
    prefix,
    contextPath: path,
    services,
    registry,
    sso,
    engine,
    throttle,
    passage: flow.passage,
    interrupt,
    multifactor,
    answer,
    keys: purposeKeys(keys, 'cas.tgc.crypto', 'oauth'),
    secretKeys: keys.material('cas.authn.oauth.crypto'),
    tokenKeys: keys.material('cas.authn.oauth.access-token.crypto'),
    expandSecret: configuration.expand,
    configurationDirectory,
    newTicketId: (kind) => newId(kind, TOKEN_BYTES),
    audit,
    metrics,
    clock,
    log,
  })
  atTheEnd(() => oauth.close())
  const apart = ownPortSettings(settings)
  const managementPath = apart ? contextPath(apart) : path
  const hasConsole = settings.casFeatureModule.palantir.enabled
  const features = featureNames(settings)
  const exchanges = isReachable(settings, 'httpexchanges') ? exchangeLog() : undefined
  const management = await openManagement({
    settings,
    cipher: cipherSettings(settings),
    exchanges,
    logFile,
    shutdown,
    registry,
    services,
    throttle,
    matchesHash: storedHashCheck({ log, clock }),
    configurationDirectory,
    isReady,
    sources: { ...messageHealth(notifications), config: configurationHealth(reloading) },
    sso,
    singleLogout: slo,
    engine,
    multifactor,
    rules,
    catalogue,
    cleaner,
    notifications,
    auditHistory: history,
    events,
    auditDays,
    rehearsedAnswer: rehearsedAnswer(settings),
    features,
    mappedRoutes: () => [...routes, ...(apart ? management.routes : [])],
    oauth: settings.casFeatureModule.oauth.enabled ? oauth : undefined,
    interrupt,
    previewEnabled: settings.castellan.interrupt.previewEnabled,
    answer,
    prefix: apart ? undefined : prefix,
    pages: { contextPath: managementPath, asset: (file) => managementPath + views.asset(file).slice(path.length) },
    about: { version, serverName: settings.cas.server.name, scope: settings.cas.server.scope, hostName: host.complete },
    logLevels: levels,
    configuration,
    reload: () => reloading.reload(),
    metrics,
    unknownSettings: () => configuration.problems.filter(({ kind }) => kind === 'unknown').length,
    audit,
    clock,
    log,
  })
  atTheEnd(() => management.close())
  const requestSinks = [accessFiles, exchanges].filter((one) => one !== undefined)
  const common = { log, metrics, requestSinks, errorPage: errorPage(answer) }
  const routes: readonly Route[] = [
    ...flow.routes,
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
      metrics,
      openPassword: passwords?.open,
    }),
    ...restRoutes({ settings, prefix, sso, registry, services, engine, throttle, interrupt, multifactor, clock }),
    ...oauth.routes,
    ...management.probes,
    ...(apart ? [] : management.routes),
    ...views.staticRoutes(),
  ]
  const app = buildApp({
    ...common,
    settings,
    translators: [
      ...casTranslators,
      ...oauthTranslators(),
      ...(settings.casFeatureModule.restProtocol.enabled ? restTranslators() : []),
      ...(apart ? [] : management.translators),
    ],
    crossOriginBelow: apart ? undefined : management.crossOriginBelow,
    routes,
  })

  const managementApp =
    apart &&
    buildApp({
      ...common,
      settings: apart,
      translators: management.translators,
      crossOriginBelow: management.crossOriginBelow,
      routes: onlyEndpoints([...management.routes, ...(hasConsole ? views.staticRoutes() : [])]),
    })

  return {
    app,
    features,
    managementApp,
    async begin() {
      kept.use(settings.logging, lastWords)
      await notifications.start()
    },
  }

  function ticketLength(kind: string): number {
    const { tgt, st, pgt } = settings.cas.ticket
    if (kind === 'ST' || kind === 'PT') return st.maxLength
    if (kind === 'PGTIOU' || kind === NOTICE) return TOKEN_BYTES
    return kind === 'PGT' ? pgt.maxLength : tgt.core.maxLength
  }
}

/** The page of an error, for people (login-flow.md 10.1). */
function errorPage(answer: Answer): ErrorPage {
  return (call, status) => answer(call, { id: 'error/casErrorView', props: { status } }, status)
}
