/** Levels as settings and the endpoint `loggers` name them, the most talkative first. */
export const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'OFF'] as const
export type LevelName = (typeof LEVELS)[number]

const NUMBERS: Readonly<Record<LevelName, number>> = { TRACE: 10, DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50, FATAL: 60, OFF: Infinity }

/** Words of settings for a level; `undefined` for anything else. */
export function levelNamed(word: string): LevelName | undefined {
  const plain = word.trim().toUpperCase()
  if (plain === 'ALL') return 'TRACE'
  return plain === 'FALSE' ? 'OFF' : LEVELS.find((level) => level === plain)
}

/** The name of everything. */
export const ROOT = 'ROOT'

/**
 * Logger names of CAS that mean a room, so that lines such as `logging.level.org.apereo.cas.services=debug` go on working (configuration.md 10.4). Each
 * room is also known by its own name and as `castellan.<room>`.
 */
const NAMES_OF_CAS: Readonly<Record<string, readonly string[]>> = {
  audit: ['org.apereo.inspektr'],
  authentication: ['org.apereo.cas.authentication'],
  config: ['org.apereo.cas.configuration'],
  flow: ['org.apereo.cas.web.flow', 'org.apereo.cas.interrupt'],
  http: ['org.apereo.cas.web'],
  management: ['org.apereo.cas.monitor'],
  notifications: ['org.apereo.cas.notifications'],
  'protocols/cas': ['org.apereo.cas.validation'],
  'protocols/oauth': ['org.apereo.cas.support.oauth', 'org.pac4j.oauth'],
  'protocols/oidc': ['org.apereo.cas.oidc'],
  services: ['org.apereo.cas.services'],
  sso: ['org.apereo.cas.logout'],
  tickets: ['org.apereo.cas.ticket'],
  views: ['org.apereo.cas.web.view'],
}

/** What is written of each room; it may change while the server runs. */
export interface LogLevels {
  /** The level somebody gave to exactly this name. */
  configured(name: string): LevelName | undefined
  /** The level that holds for this name: its own, else that of the nearest name above it. */
  effective(name: string): LevelName
  /** @param level `undefined`: as the names above it. The root always has a level. */
  set(name: string, level: LevelName | undefined): void
  /** Names of rooms, and every name that somebody gave a level. */
  names(): readonly string[]
  /** Lines written since the start, by level. */
  readonly written: Readonly<Written>
}

/** The least level, as a number, that one room writes; looked at for each line. */
export interface Threshold {
  least: number
}

/** How many lines were written. */
export interface Written {
  debug: number
  info: number
  warn: number
  error: number
}

/** @param configured Levels by logger name; `root` is everything. */
export function logLevels(
  configured: Readonly<Record<string, LevelName>>,
): LogLevels & { readonly written: Written; threshold(room: string): Threshold } {
  const levels = new Map<string, LevelName>(Object.entries(configured).map(([name, level]) => [plain(name), level]))
  if (!levels.has(ROOT)) levels.set(ROOT, 'INFO')
  const thresholds = new Map<string, Threshold>()

  const rootLevel = () => levels.get(ROOT) ?? 'INFO'

  /** Of all names and those above them the longest that has a level counts. */
  function nearest(names: readonly string[]): LevelName {
    let best = ''
    for (const name of names) {
      for (let at = name; at.length > best.length; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) if (levels.has(at)) best = at
    }
    return levels.get(best) ?? rootLevel()
  }
  function ofRoom(room: string): LevelName {
    const own = room.replaceAll('/', '.')
    const inOurs = room === '' ? ['castellan'] : [`castellan.${own}`]
    // Whoever writes our own name of the room means exactly it.
    return levels.get(own) ?? nearest([...inOurs, ...(NAMES_OF_CAS[room] ?? ['org.apereo.cas'])])
  }
  const isRoom = (name: string) => Object.hasOwn(NAMES_OF_CAS, name)
  const roomOf = (name: string) => Object.keys(NAMES_OF_CAS).find((room) => room.replaceAll('/', '.') === name)
  const apply = () => {
    for (const [room, threshold] of thresholds) threshold.least = NUMBERS[ofRoom(room)]
  }

  return {
    written: { debug: 0, info: 0, warn: 0, error: 0 },
    configured: (name) => levels.get(plain(name)),
    effective(name) {
      const room = isRoom(name) ? name : roomOf(plain(name))
      return room === undefined ? nearest([plain(name)]) : ofRoom(room)
    },
    set(name, level) {
      if (level !== undefined) levels.set(plain(name), level)
      else if (plain(name) === ROOT) levels.set(ROOT, 'INFO')
      else levels.delete(plain(name))
      apply()
    },
    names: () => [...new Set([ROOT, ...Object.keys(NAMES_OF_CAS), ...levels.keys()])],
    threshold(room) {
      let threshold = thresholds.get(room)
      if (!threshold) {
        threshold = { least: NUMBERS[ofRoom(room)] }
        thresholds.set(room, threshold)
      }
      return threshold
    },
  }
}

const plain = (name: string) => (name.trim().toUpperCase() === ROOT ? ROOT : name.trim().replaceAll('/', '.'))
