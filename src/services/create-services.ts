import { sep } from 'node:path'
import type { Audit } from '../audit/index.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { isOnNetwork } from '../base/network-file-system.ts'
import { type OutgoingRequests, outgoingRequests } from '../base/outgoing-request.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { ExpiryNotices } from '../notifications/index.ts'
import type { AttributeLookup } from './attribute-release/index.ts'
import type { ServicesConfig } from './config.ts'
import { decisions } from './decisions.ts'
import type { Format } from './definitions/definition-text.ts'
import { isZone } from './definitions/expiration-date.ts'
import type { LoadedService } from './definitions/loaded-service.ts'
import { type ExpiredService, expiry } from './expiration/expiry.ts'
import { findings } from './findings.ts'
import { ownCallback } from './matching/own-callback.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { published } from './published.ts'
import type { DefinitionSet } from './registry/definition-set.ts'
import { directoryLock } from './registry/directory-lock.ts'
import type { GitStore } from './registry/git/git-store.ts'
import { history } from './registry/history.ts'
import { jsonRegistry } from './registry/json/json-registry.ts'
import { directoryOf, findLocations, type Location, type LocationSettings, sharedLocations } from './registry/json/location.ts'
import { touchedPaths } from './registry/json/touched.ts'
import { watchDirectories } from './registry/json/watch.ts'
import { definitionsToSeed } from './registry/seed.ts'
import { templates } from './registry/templates.ts'
import { writeBack } from './registry/write-back.ts'
import { scheduleReloads } from './schedule.ts'
import { createScripts } from './scripts/scripts.ts'
import type { Problem, Services, Writing } from './services.ts'

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

const LOST_DIRECTORY_EVERY_MS = 1000

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
  const touched = touchedPaths()
  const watch =
    isWatched && !onlyLooks ? watchDirectories({ touched: (path) => touched.add(path), changed: () => void loads.run(), log }) : undefined
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
    entered: (directory, identity) => !closed && watch !== undefined && watch.enter(directory, identity),
  })
  const environments = new Set([...parts.profiles, ...settings.castellan.environments])
  const isActive = (service: LoadedService) =>
    environments.size === 0 || service.environments.length === 0 || service.environments.some((name) => environments.has(name))

  const inForce = published({ isActive, indexServices: core.indexServices, store: git ? 'GitServiceRegistry' : 'JsonServiceRegistry', log })
  const callback = ownCallback(parts.oauthCallbackUrl, {
    ...bound,
    warn: (message) => log.warn({}, message),
  })

  const expirations = expiry({
    clock,
    log,
    audit,
    remove: (ended) => writes.removeExpired(ended),
    removed: () => void reload(),
    due: () => void expirations.evaluate(inForce.set().services),
    onExpired: parts.onExpired,
    notices: parts.notices,
  })

  let lookAgain: NodeJS.Timeout | undefined
  const load = async (isFirst: boolean) => {
    await git?.pull()
    const changed = await registry.refresh(touched.take())
    if (!registry.reachable()) touched.add()
    if (closed) return
    // No event tells that a directory is back.
    if (watch && !registry.reachable()) {
      clearTimeout(lookAgain)
      lookAgain = setTimeout(() => void reload(), LOST_DIRECTORY_EVERY_MS).unref()
    }
    if (changed || isFirst) await inForce.publish(registry.services())
    if (closed) return
    if (onlyLooks) return
    await expirations.evaluate(inForce.set().services)
    if (changed || isFirst) await parts.notices?.reconcile((id) => inForce.set().byId.get(id))
  }

  const loads = oneAtATime(
    () => load(false),
    // The set in force stays; the next look may go better.
    (error) => {
      touched.add()
      log.error({ error: String(error) }, 'The service definitions could not be read again.')
    },
  )
  /** Whoever asks for it wants everything looked at. */
  const reload = () => {
    log.debug({ event: 'CasRegisteredServicesRefreshEvent' }, 'All definitions are looked at again.')
    touched.add()
    return loads.run()
  }

  const writes = writeBack({
    registry,
    lock: directoryLock(roots[0]),
    commit: git?.commit,
    reload,
    byId: (id) => inForce.set().byId.get(id),
    bound: { ...bound, warn: () => {} },
    clock,
    audit,
    log,
  })

  await load(true)
  if (git && core.initFromJson && !onlyLooks) {
    const entries = await definitionsToSeed(found(json, 'json'), inForce.set().services, log)
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

  return {
    ...findings({
      published: inForce,
      clock,
      isActive,
      callback,
      discovered: (service) => {
        if (!onlyLooks) expirations.discover(service)
      },
    }),
    ...decisions(clock),
    save: (text, writing = NOBODY) => writes.save(text, writing),
    importAll: (entries, writing) => writes.importAll(entries, writing),
    remove: (id, writing = NOBODY) => writes.remove(id, writing),
    pastVersions: (id) => past.versions(id),
    problems: () => [...registry.remarks(), ...inForce.set().duplicates.map(problemOfDuplicate)],
    reload,
    health() {
      const up = registry.reachable()
      const problem = git?.problem()
      const details = {
        services: inForce.set().services.length,
        stale: registry.stale(),
        ...(problem === undefined ? {} : { repository: problem }),
      }
      return { up, details: up ? details : { ...details, error: 'the directory of the definitions cannot be read' } }
    },
    async close() {
      closed = true
      const loaded = loads.end()
      schedules.stop()
      watch?.close()
      clearTimeout(lookAgain)
      await expirations.close()
      await loaded
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

const problemOfDuplicate = ({ other, message }: DefinitionSet['duplicates'][number]): Problem => ({
  file: other.file,
  severity: 'warning',
  message,
})
