import { compileJavaRegex } from '../base/java-regex.ts'
import type { Json } from '../base/json.ts'
import type { Attributes } from '../services/index.ts'
import { attributeValues } from './attribute-values.ts'
import type { MessageRef } from './authentication.ts'
import type { FailureName } from './failures.ts'
import { isList, membersOf, withoutClass } from './typed-json.ts'

/** One account of the file of users, checked (authentication.md 4.2). */
export interface JsonAccount {
  readonly password: string
  readonly attributes: Attributes
  /** What its `status` says to somebody who knows the password. */
  readonly statusFailure: FailureName | undefined
  /** Start of the UTC day on which it ends. */
  readonly expiresAtMs: number | undefined
  readonly warnings: readonly string[]
  readonly allowsAddress: (address: string) => boolean
  /** When it may be used, both ends included. */
  readonly available: { readonly fromMs: number; readonly untilMs: number } | undefined
}

const STATUSES: Readonly<Record<string, FailureName | undefined>> = {
  OK: undefined,
  LOCKED: 'AccountLockedException',
  DISABLED: 'AccountDisabledException',
  EXPIRED: 'AccountExpiredException',
  MUST_CHANGE_PASSWORD: 'AccountPasswordMustChangeException',
}

/**
 * Reads one account. A member that is not known is a mistake, as in CAS: `"stauts": "LOCKED"` must not let anybody in. There it makes the whole file
 * useless, here only this account.
 *
 * @returns What is wrong with it, as a text for the operator that quotes no value.
 */
export function readAccount(written: Json): JsonAccount | string {
  const members = membersOf(withoutClass(written))
  if (!members) return 'is no account'
  const account = { password: undefined as string | undefined, ...BLANK }
  for (const [name, value] of members) {
    const bare = withoutClass(value)
    switch (name) {
      case 'password':
        if (typeof bare !== 'string') return 'has a password that is no text'
        account.password = bare
        break
      case 'status': {
        const status = bare === null ? 'OK' : String(bare).trim().toUpperCase()
        if (!Object.hasOwn(STATUSES, status)) return `has a status that is none of ${Object.keys(STATUSES).join(', ')}`
        account.statusFailure = STATUSES[status]
        break
      }
      case 'expirationDate': {
        if (bare === null) break
        const day = startOfDay(bare)
        if (day === undefined) return 'has an expirationDate that is no date (2027-01-31)'
        account.expiresAtMs = day
        break
      }
      case 'attributes': {
        const attributes = readAttributes(bare)
        if (!attributes) return 'has attributes that are no map from name to values'
        account.attributes = attributes
        break
      }
      case 'warnings': {
        const warnings = attributeValues(value)
        if (!warnings) return 'has warnings that are no list of texts'
        account.warnings = warnings.map(String)
        break
      }
      case 'location': {
        if (bare === null || bare === '') break
        const pattern = compileJavaRegex(String(bare), { match: 'find', ignoreCase: true })
        if (pattern.kind === 'invalid') return `has a location that is no usable pattern: ${pattern.reason}`
        account.allowsAddress = (address) => pattern.test(address)
        break
      }
      case 'availability': {
        if (bare === null || bare === '') break
        const period = readPeriod(String(bare))
        if (!period) return 'has an availability that is not two date-times joined by ~'
        account.available = period
        break
      }
      default:
        return `has the member "${name.slice(0, 64)}", which no account has`
    }
  }
  const { password } = account
  return password === undefined ? 'has no password' : { ...account, password }
}

/** The map of attributes of an account or of a file of attributes; `undefined` for anything else. */
export function readAttributes(written: Json): Attributes | undefined {
  if (written === null) return {}
  const entries = membersOf(written)?.map(([name, value]) => [name, attributeValues(value)] as const)
  if (!entries?.every((entry): entry is readonly [string, NonNullable<(typeof entry)[1]>] => entry[1] !== undefined)) return undefined
  return Object.fromEntries(entries)
}

/**
 * What an account says to somebody who knows its password, in CAS's order: status, place, time, end.
 *
 * @param warningDays Days before its end from which one is warned; `Infinity` always, `undefined` never.
 */
export function judge(
  account: JsonAccount,
  nowMs: number,
  address: string | undefined,
  warningDays: number | undefined,
): { readonly failure: FailureName } | { readonly warnings: readonly MessageRef[] } {
  if (account.statusFailure) return { failure: account.statusFailure }
  if (address !== undefined && !account.allowsAddress(address)) return { failure: 'InvalidLoginLocationException' }
  const { available, expiresAtMs } = account
  if (available && (nowMs < available.fromMs || nowMs > available.untilMs)) return { failure: 'InvalidLoginTimeException' }
  const warnings: MessageRef[] = account.warnings.map((key) => ({ key }))
  if (expiresAtMs !== undefined) {
    if (nowMs >= expiresAtMs) return { failure: 'AccountExpiredException' }
    const days = Math.ceil((expiresAtMs - nowMs) / DAY_MS)
    if (warningDays !== undefined && days <= warningDays) {
      warnings.push({ key: 'password.expiration.loginsRemaining', args: [String(days)] })
    }
  }
  return { warnings }
}

const DAY_MS = 86_400_000

const BLANK: Omit<Mutable<JsonAccount>, 'password'> = {
  attributes: {},
  statusFailure: undefined,
  expiresAtMs: undefined,
  warnings: [],
  allowsAddress: () => true,
  available: undefined,
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** `2027-01-31`, the same with a time behind it, or `[2027, 1, 31]` as Jackson writes it; the start of that day in UTC. */
function startOfDay(written: Json): number | undefined {
  const text = isList(written)
    ? written
        .slice(0, 3)
        .map((part) => String(part).padStart(2, '0'))
        .join('-')
    : written
  const day = typeof text === 'string' ? /^\s*(\d{4}-\d{2}-\d{2})(?:[T ].*)?$/.exec(text)?.[1] : undefined
  const at = Date.parse(`${day}T00:00:00Z`)
  // Date.parse takes 30 February for the second of March.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? undefined : at
}

function readPeriod(text: string): JsonAccount['available'] {
  const [from, until, more] = text.split('~').map((part) => instant(part.trim()))
  return from === undefined || until === undefined || more !== undefined || text.split('~').length !== 2
    ? undefined
    : { fromMs: from, untilMs: until }
}

/** An ISO date-time; without a zone it is UTC. */
function instant(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?(?:\[[^\]]*\])?$/i.exec(text)
  const at = match ? Date.parse(`${match[1]}${match[2] ?? 'Z'}`) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}
