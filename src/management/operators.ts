import { randomBytes } from 'node:crypto'
import type { StoredHashCheck, Throttle } from '../authentication/index.ts'
import type { Client } from '../base/client.ts'
import type { Clock } from '../base/clock.ts'
import { equalInConstantTime, keyedDigest } from '../base/crypto.ts'
import { HttpRefusal } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { resourceAt } from '../base/resource.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import { watchedFile } from '../base/watched-file.ts'
import { asRole } from './access-rules.ts'
import type { ManagementConfig } from './config.ts'
import type { Operator } from './endpoint.ts'

/** Finds out who asks (configuration.md 14.2). */
export interface Operators {
  /**
   * @param header The `Authorization` header; anything but Basic counts as none.
   * @returns `nobody` where no credentials are shown, `wrong` for those that are.
   * @throws {HttpRefusal} 423 for who failed too often; {Unavailable} while too many passwords wait to be checked.
   */
  identify(header: string | undefined, client: Client): Promise<Operator | 'nobody' | 'wrong'>
  /** What is written of everybody of this name, passwords included: for comparison only. `undefined`: there is nobody. */
  stateOf(name: string): string | undefined
  /** Whether there is anybody who could log in. */
  exist(): boolean
  close(): Promise<void>
}

export interface OperatorsParts {
  readonly settings: ManagementConfig
  readonly throttle: Pick<Throttle, 'attempt'>
  readonly matchesHash: StoredHashCheck
  readonly configurationDirectory: string
  readonly clock: Clock
  readonly log: Log
}

interface Account extends Operator {
  /** Plain, or with the encoder in braces before it. */
  readonly password: string
}

/** A right pair is believed for so long without being checked again: programs show theirs with every request. */
const BELIEVED_MS = 60_000
const MOST_BELIEVED = 1000
const LONGEST_HEADER = 4096

/**
 * The people of the settings and of a file. Right credentials are remembered for a minute, so that neither a monitor's many requests nor the wrong
 * guesses of others at its name ever keep it out; wrong ones count as failed logins.
 *
 * @throws {StartRefusal} for a location that is no file.
 */
export async function openOperators({
  settings,
  throttle,
  matchesHash,
  configurationDirectory,
  clock,
  log,
}: OperatorsParts): Promise<Operators> {
  const { name, password, roles } = settings.spring.security.user
  const configured: readonly Account[] =
    name.trim() === '' || password === '' ? [] : [{ name, password, authorities: roles.map((role) => asRole(role.trim())) }]
  const { location } = settings.cas.monitor.endpoints.json
  const file = location === undefined ? undefined : await accountsFile(location, { configurationDirectory, clock, log })
  const accounts = () => [...configured, ...(file?.current() ?? [])]

  const key = randomBytes(32)
  const believed = new Map<string, { readonly operator: Operator; readonly untilMs: number }>()
  const underWay = new Map<string, Promise<Operator | undefined>>()

  async function check(username: string, secret: string): Promise<Operator | undefined> {
    const all = accounts()
    const named = all.filter((account) => account.name === username)
    let found: Operator | undefined
    for (const account of named) if (await matches(secret, account.password)) found ??= account
    // A name that nobody has, or whose password is plain, costs as many hashes as another one, so that the time of the answer tells nothing of names.
    const hashed = all.filter((account) => isHashed(account.password))
    const rounds = mostOfOneName(hashed)
    const first = Buffer.from(keyedDigest(key, username), 'base64url').readUInt32BE()
    for (let round = named.filter((account) => isHashed(account.password)).length; round < rounds; round += 1) {
      await matchesHash(secret, hashed[(first + round) % hashed.length]?.password ?? '')
    }
    return found
  }
  const matches = async (raw: string, stored: string) => (hasEncoder(stored) ? matchesHash(raw, stored) : equalInConstantTime(raw, stored))

  async function attempt(username: string, secret: string, client: Client): Promise<Operator | undefined> {
    const suspect = { address: client.address, username, client }
    const answer = await throttle.attempt(suspect, async () => {
      const value = await check(username, secret)
      return { value, outcome: value ? 'succeeded' : 'failed' }
    })
    if (answer.kind === 'answered') return answer.value
    const seconds = Math.max(1, Math.ceil((answer.untilMs - clock()) / 1000))
    throw new HttpRefusal(423, 'throttled', 'Locked', { headers: { 'Retry-After': String(seconds) } })
  }

  return {
    stateOf(name) {
      const all = accounts().filter((account) => account.name === name)
      return all.length === 0 ? undefined : JSON.stringify(all)
    },
    exist: () => accounts().length > 0,
    async identify(header, client) {
      const credentials = readBasic(header)
      if (credentials === undefined) return 'nobody'
      if (credentials === 'malformed') return 'wrong'
      const { username, secret } = credentials
      // A changed account is another pair.
      const stored = accounts().filter((account) => account.name === username)
      const pair = keyedDigest(key, JSON.stringify([username, secret, stored]))
      const known = believed.get(pair)
      if (known && known.untilMs > clock()) return known.operator
      // Equal requests at once are one attempt: a page that asks for six things is not six guesses.
      const same = `${pair} ${client.address}`
      const checking = underWay.get(same) ?? attempt(username, secret, client).finally(() => underWay.delete(same))
      underWay.set(same, checking)
      const operator = await checking
      if (!operator) return 'wrong'
      if (believed.size >= MOST_BELIEVED) believed.clear()
      believed.set(pair, { operator, untilMs: clock() + BELIEVED_MS })
      return operator
    },
    async close() {
      await file?.close()
    },
  }
}

const hasEncoder = (stored: string) => /^\{[^{}]{1,64}\}/.test(stored)
const isHashed = (stored: string) => hasEncoder(stored) && !/^\{noop\}/i.test(stored)

/** How many accounts share the name that most of them share. */
function mostOfOneName(accounts: readonly Account[]): number {
  const counts = new Map<string, number>()
  for (const { name } of accounts) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Math.max(0, ...counts.values())
}

/** `Basic dXNlcjpwYXNzd29yZA==` (RFC 7617); the text is UTF-8. */
function readBasic(header: string | undefined): { readonly username: string; readonly secret: string } | 'malformed' | undefined {
  const match = /^basic(?: +(.*))?$/i.exec(header?.trim() ?? '')
  if (!match) return undefined
  const token = match[1]?.trim() ?? ''
  if (token.length > LONGEST_HEADER || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(token)) return 'malformed'
  const text = Buffer.from(token, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? 'malformed' : { username: text.slice(0, colon), secret: text.slice(colon + 1) }
}

/** `cas.monitor.endpoints.json.location`: `[{"username":"…","password":"{bcrypt}…","authorities":["ROLE_ADMIN"]}]`, read again when it changes. */
async function accountsFile(location: string, parts: Pick<OperatorsParts, 'configurationDirectory' | 'clock' | 'log'>) {
  const setting = 'cas.monitor.endpoints.json.location'
  const resource = resourceAt(location, parts.configurationDirectory)
  if (resource.kind !== 'file') throw new StartRefusal('must be a file', { setting })
  return watchedFile<readonly Account[]>({ path: resource.path, empty: [], parse: readAccounts, clock: parts.clock, log: parts.log })
}

/** @throws {Error} says what is wrong, without a value of the file. */
function readAccounts(text: string): readonly Account[] {
  let written: unknown
  try {
    written = JSON.parse(text)
  } catch {
    // The message of the parser quotes what stands there.
    throw new Error('it is no JSON')
  }
  if (!Array.isArray(written)) throw new Error('it must be a list of accounts')
  return written.map((entry: unknown, index) => {
    const { username, password, authorities = [] } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>
    if (typeof username !== 'string' || username === '') throw new Error(`account ${index + 1} has no username`)
    if (typeof password !== 'string' || password === '') throw new Error(`account ${index + 1} has no password`)
    if (!Array.isArray(authorities) || authorities.some((one) => typeof one !== 'string')) {
      throw new Error(`account ${index + 1} has authorities that are no list of texts`)
    }
    return { name: username, password, authorities: (authorities as string[]).map(asRole) }
  })
}
