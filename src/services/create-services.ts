import { sep } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Audit } from '../audit/index.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type OutgoingRequests, outgoingRequests } from '../base/outgoing-request.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { ExpiryNotices } from '../notifications/index.ts'
import type { AccessQuestion } from './access/index.ts'
import type { AttributeLookup } from './attribute-release/index.ts'
import type { ServicesConfig } from './config.ts'
import type { Format } from './definitions/definition-text.ts'
import { isZone } from './definitions/expiration-date.ts'
import { isLoaded, type LoadedService, matches } from './definitions/loaded-service.ts'
import { type ExpiredService, expiry, isExpired } from './expiration/expiry.ts'
import { clientIndex } from './matching/client-index.ts'
import { explainMatch } from './matching/explanation.ts'
import { ownCallback } from './matching/own-callback.ts'
import { recentLookups } from './matching/recent-lookups.ts'
import { linearSearch, type ServiceIndex, serviceIndex } from './matching/service-index.ts'
import type { Attributes } from './principal.ts'
import type { RegisteredService } from './registered-service.ts'
import { type DefinitionSet, definitionSet } from './registry/definition-set.ts'
import { directoryLock } from './registry/directory-lock.ts'
import type { GitStore } from './registry/git/git-store.ts'
import { history } from './registry/history.ts'
import { jsonRegistry } from './registry/json/json-registry.ts'
import { directoryOf, findLocations, type Location, type LocationSettings, sharedLocations } from './registry/json/location.ts'
import { isOnNetwork, watchDirectories } from './registry/json/watch.ts'
import { definitionsToSeed } from './registry/seed.ts'
import { templates } from './registry/templates.ts'
import { writeBack } from './registry/write-back.ts'
import { scheduleReloads } from './schedule.ts'
import { createScripts } from './scripts/scripts.ts'
import type { Finding, Problem, ServiceRefusalReason, Services, Writing } from './services.ts'

export interface ServicesParts {
  readonly settings: ServicesConfig
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
  /** Active profiles; with `castellan.environments` they decide which definitions with `environments` are active. */
  readonly profiles: readonly string[]
  readonly configurationDirectory: string
  /** Variables of this process, for policies that release some of them; none if absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Attributes that every application gets unless its policy excludes them. */
  readonly defaultAttributesToRelease: readonly string[]
  /** Name of this machine, for `schedule.enabled-on-host`. */
  readonly hostName: string
  /** What the sources of attributes know of a user, for policies that ask them anew (services.md 12); none if absent. */
  readonly attributesOf?: AttributeLookup
  /** Where this server waits for logins that an OAuth client asked for, without query (oauth.md 5). */
  readonly oauthCallbackUrl?: string
  /** Told once for each definition and moment of expiry, and once more when it was deleted. */
  readonly onExpired?: (expired: ExpiredService) => void
  /** Tells the contacts of what ends. */
  readonly notices?: ExpiryNotices
  /** For those who only look: definitions are read once, what has ended is refused, nothing is deleted and nobody told. */
  readonly onlyLooks?: boolean
}

/** For servers that are asked about a user while that user waits. */
const OUTGOING_LIMITS = { connectTimeoutMs: 3000, readTimeoutMs: 5000, maxBodyBytes: 64 * 1024 }

const LOOKUPS_KEPT = 10_000
const LOST_DIRECTORY_EVERY_MS = 1000
const FAILED_LOOKUPS_KEPT = 1000

/** One set of definitions with what belongs to it; requests see one or the next, never a mixture. */
interface Generation {
  readonly set: DefinitionSet
  readonly index: ServiceIndex
  readonly clients: ReadonlyMap<string, LoadedService>
  readonly recent: ReturnType<typeof recentLookups<LoadedService>>
}

/**
 * Loads the definitions, evaluates their expiry and keeps both up to date until `close()`. When it resolves, the first load is complete.
 *
 * @throws {ServiceRegistryUnusable} for a directory that cannot be used; {StartRefusal} for another setting of this room.
 */
export async function createServices(parts: ServicesParts): Promise<Services> {
  const { settings, clock, audit } = parts
  const { json, yaml, templates: lent, schedule, core } = settings.cas.serviceRegistry
  const log = parts.log.child({ room: 'services' })
  const onlyLooks = parts.onlyLooks ?? false
  const zone = settings.castellan.serviceRegistry.expirationZone
  if (!isZone(zone)) throw new StartRefusal('is not a known zone', { setting: 'castellan.service-registry.expiration-zone' })
  const found = (of: LocationSettings, format: Format) => findLocations(of, format, parts.configurationDirectory, log, !onlyLooks)
  const git = await gitStore(parts, log)
  const locations: readonly Location[] = git
    ? [{ path: git.directory, writable: true, formats: ['json', 'yaml'], watched: false, groupByType: git.groupByType }]
    : sharedLocations([...found(json, 'json'), ...found(yaml, 'yaml')])
  if (core.initFromJson && !git)
    log.debug({}, 'init-from-json has no effect while the JSON registry is the active one; no definitions are packaged.')

  let closed = false
  const isWatched = locations.some(({ watched }) => watched)
  const watch = isWatched && !onlyLooks ? watchDirectories(() => void reload(), log) : undefined
  let outgoing: OutgoingRequests | undefined
  const requests = () => {
    outgoing ??= outgoingRequests(OUTGOING_LIMITS)
    return outgoing
  }
  const scripts = createScripts({
    timeoutMs: settings.castellan.scripts.timeout * 1000,
    configurationDirectory: parts.configurationDirectory,
    log,
  })
  const lentMembers = templates(lent.directory.location && directoryOf(lent.directory.location), log)
  const bound = {
    zone,
    defaultAttributesToRelease: parts.defaultAttributesToRelease,
    environment: parts.environment ?? {},
    configurationDirectory: parts.configurationDirectory,
    requests,
    scripts,
    clock,
    attributesOf: parts.attributesOf ?? (async () => ({})),
    clearpassPadding: settings.castellan.clearpass.padding,
    templates: lentMembers,
  }
  const roots = locations.filter(({ writable }) => writable).map(({ path }) => path)
  const past = history({
    roots: () => roots,
    rootOf: (file) => roots.find((root) => file.startsWith(root + sep)),
    versionsKept: settings.castellan.serviceRegistry.history.versions,
    log,
  })
  const registry = jsonRegistry({
    locations,
    clock,
    log,
    bound,
    templates: lentMembers,
    history: past,
    entered: (directory, identity) => {
      if (!closed) watch?.enter(directory, identity)
    },
  })
  const environments = new Set([...parts.profiles, ...settings.castellan.environments])
  const isActive = (service: LoadedService) =>
    environments.size === 0 || service.environments.length === 0 || service.environments.some((name) => environments.has(name))

  let current: Generation = {
    set: definitionSet([]),
    index: linearSearch([]),
    clients: new Map(),
    recent: recentLookups(LOOKUPS_KEPT, FAILED_LOOKUPS_KEPT),
  }
  let duplicatesLogged: ReadonlySet<string> = new Set()
  let othersLogged = false
  const clientsLogged = new Set<string>()
  const callback = ownCallback(parts.oauthCallbackUrl, {
    ...bound,
    warn: (message) => log.warn({}, message),
  })

  const publish = async () => {
    const found = registry.services()
    // Each step takes some milliseconds with ten thousand definitions; requests go in between.
    await setImmediate()
    const set = definitionSet(found)
    await setImmediate()
    const active = set.services.filter(isActive)
    const index = core.indexServices ? await serviceIndex(active) : linearSearch(active)
    const { byClientId, duplicates } = clientIndex(active)
    for (const { clientId, kept, other } of duplicates) {
      const message = `Two OAuth clients have the client id [${clientId}]: ${kept.file} is used, ${other.file} is not.`
      if (!clientsLogged.has(message)) log.error({ kept: kept.file, other: other.file }, message)
      clientsLogged.add(message)
    }
    current = { set, index, clients: byClientId, recent: recentLookups(LOOKUPS_KEPT, FAILED_LOOKUPS_KEPT) }
    for (const { message, kept, other } of set.duplicates) {
      if (!duplicatesLogged.has(message)) log.warn({ kept: kept.file, other: other.file, service: other.id }, message)
    }
    duplicatesLogged = new Set(set.duplicates.map((duplicate) => duplicate.message))
    if (!othersLogged && set.services.some(({ protocol }) => protocol === 'saml2' || protocol === 'ws-fed')) {
      othersLogged = true
      log.info({}, 'Definitions of SAML 2 and WS-Federation applications are kept, but those protocols are not built here.')
    }
    log.info(
      { services: set.services.length },
      `Loaded [${set.services.length}] service(s) from [${git ? 'GitServiceRegistry' : 'JsonServiceRegistry'}].`,
    )
  }

  const expirations = expiry({
    clock,
    log,
    audit,
    remove: (ended) => writes.removeExpired(ended),
    removed: () => void reload(),
    due: () => void expirations.evaluate(current.set.services),
    onExpired: parts.onExpired,
    notices: parts.notices,
  })

  let lookAgain: NodeJS.Timeout | undefined
  const load = async (isFirst: boolean) => {
    await git?.pull()
    const changed = await registry.refresh()
    if (closed) return
    // No event tells that a directory is back.
    if (watch && !registry.reachable()) {
      clearTimeout(lookAgain)
      lookAgain = setTimeout(() => void reload(), LOST_DIRECTORY_EVERY_MS).unref()
    }
    if (changed || isFirst) await publish()
    if (closed) return
    if (onlyLooks) return
    await expirations.evaluate(current.set.services)
    if (changed || isFirst) await parts.notices?.reconcile((id) => current.set.byId.get(id))
  }

  /** Runs never overlap; what is asked for during a run is done once after it. */
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const reload = (): Promise<void> => {
    if (closed) return Promise.resolve()
    if (!running) {
      running = load(false)
        // The set in force stays; the next look may go better.
        .catch((error: unknown) => log.error({ error: String(error) }, 'The service definitions could not be read again.'))
        .finally(() => {
          running = undefined
        })
      return running
    }
    next ??= running.then(() => {
      next = undefined
      return reload()
    })
    return next
  }

  const writes = writeBack({
    registry,
    lock: directoryLock(roots[0]),
    commit: git?.commit,
    reload,
    byId: (id) => current.set.byId.get(id),
    bound: { ...bound, warn: () => {} },
    clock,
    audit,
    log,
  })

  await load(true)
  if (git && core.initFromJson && !onlyLooks) {
    const entries = await definitionsToSeed(found(json, 'json'), current.set.services, log)
    const seeded = entries.length > 0 ? await writes.importAll(entries, NOBODY) : undefined
    if (seeded && seeded.kind !== 'imported')
      log.error({ seeded }, 'The repository cannot be seeded with the definitions of the JSON files.')
  }
  const schedules = await scheduleReloads({
    schedule: onlyLooks ? { ...schedule, enabled: false } : schedule,
    watcherEnabled: isWatched,
    onNetwork: locations.some(({ path }) => isOnNetwork(path)),
    hostName: parts.hostName,
    reload,
    log,
  })

  const lookUp = (url: string): LoadedService | null => {
    const { recent, index } = current
    const remembered = recent.get(url)
    if (remembered !== undefined) return remembered
    const found = index.match(url)
    recent.set(url, found)
    return found ?? null
  }

  const judge = (service: LoadedService, question: Omit<AccessQuestion, 'nowMs'>): Finding | Promise<Finding> => {
    const nowMs = clock()
    if (isExpired(service, nowMs)) {
      if (!onlyLooks) expirations.discover(service)
      // The request that discovers the end finds the application unknown, as in CAS.
      return service.expiration?.deleteWhenExpired ? UNREGISTERED : refused(service, 'expired')
    }
    if (service.username === undefined) return refused(service, 'unusable')
    const reason = service.access.admits({ ...question, nowMs })
    // Only where a script is asked there is anything to wait for.
    const { ssoAnswer, redirectAnswer } = service.access
    if (reason instanceof Promise || ssoAnswer || (reason !== undefined && redirectAnswer))
      return judgedByScript(service, reason, { ...question, nowMs })
    return reason === undefined ? { kind: 'found', service } : refused(service, reason)
  }

  const find: Services['find'] = (reference, client) => {
    const own = callback(reference.id, current.clients)
    const service = own === undefined ? lookUp(reference.id) : own
    if (!service) return current.set.services.length === 0 ? EMPTY : UNREGISTERED
    return judge(service, { client, reference })
  }

  return {
    find,
    async explain(reference, client) {
      const { set } = current
      return { finding: await find(reference, client), candidates: await explainMatch(reference.id, { set, isActive }) }
    },
    stateOf(service) {
      const loaded = own(service)
      if (isExpired(loaded, clock())) return 'expired'
      const takes = loaded.protocol === 'oauth' || loaded.protocol === 'oidc' ? loaded.redirects : loaded.matching
      if (loaded.username === undefined || (takes.kind === 'never' && loaded.protocol === 'cas')) return 'unusable'
      if (!isActive(loaded)) return 'inactive'
      const refusal = loaded.access.admits({ nowMs: clock() })
      // A script, or a rule about whoever asks: that depends.
      return refusal instanceof Promise || refusal === undefined || refusal === 'client-not-allowed' ? 'active' : refusal
    },
    findClient(clientId, client) {
      const service = current.clients.get(clientId)
      return service ? judge(service, { client }) : UNREGISTERED
    },
    acceptsRedirect: (service, uri) => matches(own(service).redirects, uri),
    byId(id) {
      const service = current.set.byId.get(id)
      if (!service || !isExpired(service, clock())) return service
      if (!onlyLooks) expirations.discover(service)
      return service.expiration?.deleteWhenExpired ? undefined : service
    },
    async authorize(service, principal, reference) {
      const loaded = own(service)
      const reason = isExpired(loaded, clock()) ? 'the definition has expired' : await loaded.access.authorize(principal, reference)
      if (reason === undefined) return { kind: 'allowed' }
      return { kind: 'denied', reason, ...(await redirectOf(loaded)) }
    },
    async release(service, principal, reference) {
      const { release, username } = nameable(service)
      const nameFor = async (released: Attributes) => username.usernameFor({ principal, reference, released: () => released })
      const attributes = await release.attributesFor({ principal, reference }, nameFor)
      const { authenticationAttributes } = release
      const sealed = await release.sealedFor(principal)
      return { username: await nameFor(attributes), attributes, authenticationAttributes, ...(sealed ? { sealed } : {}) }
    },
    async nameFor(service, principal, reference) {
      const { release, username } = nameable(service)
      const nameWith = async (released: Attributes) => username.usernameFor({ principal, reference, released: () => released })
      // Few names depend on what is released.
      return username.usernameFor({ principal, reference, released: () => release.attributesFor({ principal, reference }, nameWith) })
    },
    all: () => current.set.services,
    save: (text, writing = NOBODY) => writes.save(text, writing),
    importAll: (entries, writing) => writes.importAll(entries, writing),
    remove: (id, writing = NOBODY) => writes.remove(id, writing),
    pastVersions: (id) => past.versions(id),
    problems: () => [...registry.remarks(), ...current.set.duplicates.map(problemOfDuplicate)],
    reload,
    health() {
      const up = registry.reachable()
      const problem = git?.problem()
      const details = {
        services: current.set.services.length,
        stale: registry.stale(),
        ...(problem === undefined ? {} : { repository: problem }),
      }
      return { up, details: up ? details : { ...details, error: 'the directory of the definitions cannot be read' } }
    },
    async close() {
      closed = true
      schedules.stop()
      watch?.close()
      clearTimeout(lookAgain)
      await expirations.close()
      await running
      outgoing?.close()
      await scripts.close()
    },
  }
}

async function gitStore(parts: ServicesParts, log: Log): Promise<GitStore | undefined> {
  const { git } = parts.settings.cas.serviceRegistry
  const { repositoryUrl } = git
  if (repositoryUrl === undefined || repositoryUrl.trim() === '') return undefined
  // Loaded when there is a repository.
  const { openGitStore } = await import('./registry/git/git-store.ts')
  return openGitStore({
    settings: { ...git, repositoryUrl },
    author: parts.settings.castellan.serviceRegistry.git.author,
    environment: parts.environment ?? {},
    log,
    onlyLooks: parts.onlyLooks ?? false,
  })
}

const NOBODY: Writing = { who: 'audit:unknown' }
const UNREGISTERED: Finding = { kind: 'refused', reason: 'unregistered', messageKey: 'screen.service.error.message' }
const EMPTY: Finding = { kind: 'refused', reason: 'empty-registry', messageKey: 'screen.service.empty.error.message' }

function refused(service: LoadedService, reason: ServiceRefusalReason): Finding {
  const messageKey = reason === 'expired' ? 'screen.service.expired.message' : 'screen.service.error.message'
  return { kind: 'refused', reason, messageKey, service, ...addressOf(service.unauthorizedRedirectUrl) }
}

const addressOf = (unauthorizedRedirectUrl: string | undefined) =>
  unauthorizedRedirectUrl === undefined ? {} : { unauthorizedRedirectUrl }

const redirectOf = async ({ access, unauthorizedRedirectUrl }: LoadedService) =>
  addressOf(unauthorizedRedirectUrl ?? (await access.redirectAnswer?.()))

/** What scripts say about an application before anybody has logged in. */
async function judgedByScript(
  service: LoadedService,
  admission: ReturnType<LoadedService['access']['admits']>,
  question: AccessQuestion,
): Promise<Finding> {
  const reason = await admission
  if (reason !== undefined) return { ...refused(service, reason), ...(await redirectOf(service)) }
  return { kind: 'found', service: withSso(service, (await service.access.ssoAnswer?.(question)) ?? service.ssoEnabled) }
}

const ssoTwins = new WeakMap<LoadedService, LoadedService>()

/** The same service with another answer about single sign-on; always the same object, others keep what they derive from it. */
function withSso(service: LoadedService, ssoEnabled: boolean): LoadedService {
  if (service.ssoEnabled === ssoEnabled) return service
  const twin = ssoTwins.get(service) ?? { ...service, ssoEnabled }
  ssoTwins.set(service, twin)
  return twin
}

function own(service: RegisteredService): LoadedService {
  if (isLoaded(service)) return service
  throw new Error('a registered service that this registry did not hand out')
}

function nameable(service: RegisteredService) {
  const { release, username } = own(service)
  if (!username) throw new Error(`the user name for the service ${service.id} cannot be made`)
  return { release, username }
}

const problemOfDuplicate = ({ other, message }: DefinitionSet['duplicates'][number]): Problem => ({
  file: other.file,
  severity: 'warning',
  message,
})
