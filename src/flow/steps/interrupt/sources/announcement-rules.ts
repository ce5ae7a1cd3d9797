import { parseDuration } from '../../../../base/duration.ts'
import { compileJavaRegex, type JavaRegex } from '../../../../base/java-regex.ts'
import { inNetworks } from '../../../../base/networks.ts'
import { type PayloadRules, readPayload } from '../payload.ts'
import { attributesOf, type Inquiry } from '../source.ts'

/** How long an announcement is left out once somebody has accepted it. */
export type Frequency =
  | { readonly kind: 'every-login' }
  | { readonly kind: 'session' }
  /** `Infinity`: for good. `acknowledged`: counts only when the box was ticked. */
  | { readonly kind: 'record'; readonly seconds: number; readonly acknowledged: boolean }

export interface Announcement {
  readonly id: string
  readonly priority: number
  readonly frequency: Frequency
  readonly payload: unknown
  /** Whether it is shown only when nothing else is, or also after other pages. */
  readonly exclusive: boolean
  /** Why it is not for this user, on this way, at this moment; `undefined`: it is. */
  passesOver(inquiry: Inquiry, nowMs: number): 'window' | 'audience' | undefined
}

export interface Announcements {
  /** By priority, the highest first. */
  readonly rules: readonly Announcement[]
  /** Rules that are off because they cannot be read. */
  readonly problems: readonly string[]
}

type Members = Readonly<Record<string, unknown>>
type Test = (inquiry: Inquiry, nowMs: number) => boolean
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
const MAX_RULES = 1000

/**
 * Reads a file of announcements (interrupt.md 14.1). A rule that cannot be read is off, the others work.
 *
 * @throws for a document that is none.
 */
export function readAnnouncements(document: unknown, rules: PayloadRules): Announcements {
  const list = isObject(document) ? document['announcements'] : undefined
  if (!Array.isArray(list)) throw new Error('it must have a list "announcements"')
  if (list.length > MAX_RULES) throw new Error(`there are more than ${MAX_RULES} announcements`)
  const problems: string[] = []
  const found: Announcement[] = []
  const ids = new Set<string>()
  for (const [index, rule] of list.entries()) {
    const name = isObject(rule) && typeof rule['id'] === 'string' ? rule['id'] : `number ${index + 1}`
    try {
      if (!isObject(rule)) throw new Error('it is no object')
      if (rule['enabled'] === false) continue
      const announcement = readRule(rule, rules)
      if (ids.has(announcement.id)) throw new Error('another one has the same id')
      ids.add(announcement.id)
      found.push(announcement)
    } catch (error) {
      problems.push(`announcement ${name.slice(0, 100)}: ${(error as Error).message}`)
    }
  }
  return { rules: found.sort((one, other) => other.priority - one.priority), problems }
}

const KNOWN = new Set(['id', 'audience', 'window', 'frequency', 'payload', 'priority', 'enabled', 'exclusive'])

function readRule(rule: Members, rules: PayloadRules): Announcement {
  refuseUnknown(rule, KNOWN)
  const { id, priority = 0, exclusive = true } = rule
  if (typeof id !== 'string' || !/^[\w.-]{1,100}$/.test(id)) throw new Error('"id" must be letters, digits and ._-')
  if (typeof priority !== 'number') throw new Error('"priority" must be a number')
  if (typeof exclusive !== 'boolean') throw new Error('"exclusive" must be true or false')
  const payload = readPayload(rule['payload'] ?? null, rules)
  if (payload.kind === 'invalid') throw new Error(payload.reason)
  if (payload.kind === 'none') throw new Error('its payload does not interrupt')
  const audience = rule['audience'] === undefined ? () => true : readAudience(rule['audience'])
  const window = rule['window'] === undefined ? () => true : readWindow(rule['window'])
  return {
    id,
    priority,
    frequency: readFrequency(rule['frequency']),
    payload: rule['payload'],
    exclusive,
    passesOver(inquiry, nowMs) {
      if (!window(inquiry, nowMs)) return 'window'
      return audience(inquiry, nowMs) ? undefined : 'audience'
    },
  }
}

function readFrequency(value: unknown): Frequency {
  const word = value === undefined ? 'ONCE_PER_SESSION' : value
  if (word === 'EVERY_LOGIN') return { kind: 'every-login' }
  if (word === 'ONCE_PER_SESSION') return { kind: 'session' }
  if (word === 'ONCE') return { kind: 'record', seconds: Number.POSITIVE_INFINITY, acknowledged: false }
  if (word === 'UNTIL_ACKNOWLEDGED') return { kind: 'record', seconds: Number.POSITIVE_INFINITY, acknowledged: true }
  const every = typeof word === 'string' && word.startsWith('EVERY:') ? parseDuration(word.slice('EVERY:'.length)) : undefined
  if (every !== undefined && every >= 1 && Number.isFinite(every)) return { kind: 'record', seconds: every, acknowledged: false }
  throw new Error('"frequency" must be EVERY_LOGIN, ONCE_PER_SESSION, ONCE, EVERY:P7D (a duration) or UNTIL_ACKNOWLEDGED')
}

const AUDIENCE = new Set(['usernames', 'usernamePattern', 'attributes', 'services', 'serviceIds', 'networks', 'not'])

/** All parts have to hold; of a list in a part, one. */
function readAudience(value: unknown): Test {
  if (!isObject(value)) throw new Error('"audience" must be an object')
  refuseUnknown(value, AUDIENCE)
  const tests: Test[] = []
  const part = (name: string) => (value[name] === null ? undefined : value[name])
  if (part('usernames') !== undefined) {
    const names = new Set(textsOf(value['usernames'], 'usernames'))
    tests.push(({ principal }) => names.has(principal.id))
  }
  if (part('usernamePattern') !== undefined) {
    const patterns = patternsOf(value['usernamePattern'], 'usernamePattern')
    tests.push(({ principal }) => patterns.some((pattern) => pattern.test(principal.id)))
  }
  if (part('attributes') !== undefined) {
    if (!isObject(value['attributes'])) throw new Error('"attributes" must be an object')
    for (const [name, wanted] of Object.entries(value['attributes'])) {
      const patterns = patternsOf(wanted, `attributes.${name}`)
      tests.push((inquiry) => (attributesOf(inquiry)[name] ?? []).some((each) => patterns.some((pattern) => pattern.test(String(each)))))
    }
  }
  if (part('services') !== undefined) {
    const patterns = patternsOf(value['services'], 'services', true)
    tests.push(({ service }) => service !== undefined && patterns.some((pattern) => pattern.test(service.id)))
  }
  if (part('serviceIds') !== undefined) {
    const ids = new Set(textsOf(value['serviceIds'], 'serviceIds'))
    tests.push(({ registeredService }) => registeredService !== undefined && ids.has(registeredService.id))
  }
  if (part('networks') !== undefined) tests.push(networkTest(textsOf(value['networks'], 'networks')))
  if (part('not') !== undefined) {
    const others = readAudience(value['not'])
    tests.push((inquiry, nowMs) => !others(inquiry, nowMs))
  }
  return (inquiry, nowMs) => tests.every((test) => test(inquiry, nowMs))
}

function networkTest(networks: readonly string[]): Test {
  try {
    const contains = inNetworks(networks)
    return ({ request: { address } }) => contains(address)
  } catch (error) {
    throw new Error(`"networks" has ${(error as Error).message.replace(' is no network', ', which is no network')}`)
  }
}

const WINDOW = new Set(['from', 'until', 'weekdays', 'hours', 'zone'])
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

function readWindow(value: unknown): Test {
  if (!isObject(value)) throw new Error('"window" must be an object')
  refuseUnknown(value, WINDOW)
  const from = momentOf(value['from'], 'from') ?? Number.NEGATIVE_INFINITY
  const until = momentOf(value['until'], 'until') ?? Number.POSITIVE_INFINITY
  const weekdays =
    value['weekdays'] === undefined ? undefined : new Set(textsOf(value['weekdays'], 'weekdays').map((day) => day.toUpperCase()))
  if (weekdays && [...weekdays].some((day) => !DAYS.includes(day))) throw new Error(`"weekdays" must be of ${DAYS.join(', ')}`)
  const hours = value['hours'] === undefined ? undefined : hoursOf(value['hours'])
  const local = localTime(value['zone'])
  return (_inquiry, nowMs) => {
    if (nowMs < from || nowMs >= until) return false
    if (!weekdays && !hours) return true
    const { day, minute } = local(nowMs)
    if (weekdays && !weekdays.has(day)) return false
    if (!hours) return true
    const [begin, end] = hours
    return begin <= end ? minute >= begin && minute < end : minute >= begin || minute < end
  }
}

function momentOf(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined
  const isDated = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(value)
  const ms = isDated ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms)) throw new Error(`"${name}" must be a moment with its zone, e.g. 2030-12-01T00:00:00+01:00`)
  return ms
}

function hoursOf(value: unknown): readonly [number, number] {
  const match = typeof value === 'string' ? /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(value) : null
  const [begin, end] = match ? [Number(match[1]) * 60 + Number(match[2]), Number(match[3]) * 60 + Number(match[4])] : [-1, -1]
  if (!match || begin > 1440 || end > 1440) throw new Error('"hours" must be like 08:00-18:00')
  return [begin, end]
}

function localTime(zone: unknown): (ms: number) => { readonly day: string; readonly minute: number } {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone === undefined ? 'UTC' : String(zone),
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  } catch {
    throw new Error('"zone" must be the name of a time zone, e.g. Europe/Paris')
  }
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]))
    return { day: String(parts['weekday']).toUpperCase(), minute: Number(parts['hour']) * 60 + Number(parts['minute']) }
  }
}

function textsOf(value: unknown, name: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.some((each) => typeof each !== 'string' && typeof each !== 'number')) throw new Error(`"${name}" must be a list of texts`)
  return list.map(String)
}

/** Patterns match as a whole, as those of the source `regex` do. */
function patternsOf(value: unknown, name: string, ignoreCase = false): readonly JavaRegex[] {
  return textsOf(value, name).map((pattern) => {
    const regex = compileJavaRegex(pattern, { match: 'full', ignoreCase })
    if (regex.kind === 'invalid') throw new Error(`"${name}" has a pattern that cannot be used: ${regex.reason}`)
    return regex
  })
}

function refuseUnknown(members: Members, known: ReadonlySet<string>): void {
  const unknown = Object.keys(members).find((name) => !known.has(name))
  if (unknown !== undefined) throw new Error(`"${unknown.slice(0, 60)}" is not known here`)
}
