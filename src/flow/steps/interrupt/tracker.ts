import { createHash } from 'node:crypto'
import type { Clock } from '../../../base/clock.ts'
import { keyedDigest, sealer } from '../../../base/crypto.ts'
import { compileJavaRegex } from '../../../base/java-regex.ts'
import type { Log } from '../../../base/log.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import { type Call, type CookieShape, cookiePath, readCookie, removeCookie, sameSite, setCookie } from '../../../http/index.ts'
import type { SsoConfig } from '../../../sso/index.ts'
import type { InterruptConfig } from './config.ts'

/** Remembers in the browser which payload a user has accepted (interrupt.md 8). */
export interface InterruptTracker {
  /** Whether this user has accepted in this browser what the mark stands for: a payload, or several in a row. */
  isRemembered(call: Call, principalId: string, mark: string): boolean | Promise<boolean>
  record(call: Call, principalId: string, mark: string): void | Promise<void>
  /** At logout. @param principalId Of the session that ends, if there is one. */
  forget(call: Call, principalId: string | undefined): void | Promise<void>
  close?(): void | Promise<void>
}

export interface TrackerParts {
  readonly settings: InterruptConfig & SsoConfig
  /** 32 bytes each, derived from `cas.interrupt.cookie.crypto.*`; the first writes, all read. */
  readonly keys: readonly Buffer[]
  readonly contextPath: string
  readonly clock: Clock
  readonly log: Log
}

const VERSION = 1
const CONTEXT = 'interrupt'
const SETTING = 'cas.interrupt.cookie.allowed-ip-addresses-pattern'
/** Version, user, payload, address, user agent, time: always this long, so that the cookie never grows. */
const PARTS = { user: 16, payload: 32, address: 16, agent: 16, time: 6 } as const
const LENGTH = 1 + PARTS.user + PARTS.payload + PARTS.address + PARTS.agent + PARTS.time

/** @throws {StartRefusal} for a pattern that cannot be used. */
export function interruptTracker({ settings, keys, contextPath, clock, log }: TrackerParts): InterruptTracker {
  const { cookie } = settings.cas.interrupt
  const shape: CookieShape = {
    name: cookie.name,
    path: cookie.autoConfigureCookiePath ? cookiePath(cookie.path, contextPath) : cookie.path || contextPath || '/',
    domain: cookie.domain,
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    sameSite: sameSite(cookie.sameSitePolicy, cookie.secure, settings.castellan.cookies.sameSiteDefault),
  }
  const seal = sealer(keys)
  const { crypto } = cookie
  const hasKeys = crypto.encryption.key.length > 0 && crypto.signing.key.length > 0
  if (!crypto.enabled && hasKeys)
    log.warn({ setting: 'cas.interrupt.cookie.crypto.enabled' }, 'the cookie is sealed all the same, because both keys are set')
  const isSealed = crypto.enabled || hasKeys
  const tolerated = toleratedAddresses(cookie.allowedIpAddressesPattern)
  const maxAge = Number.isFinite(cookie.maxAge) ? Math.min(cookie.maxAge, 400 * 86_400) : -1
  const key = keys[0] ?? Buffer.alloc(0)

  // Keyed, so that nobody makes the mark of another user even where the cookie is not sealed.
  const userMark = (withKey: Buffer, principalId: string) =>
    Buffer.from(keyedDigest(withKey, `interrupt ${principalId}`), 'base64url').subarray(0, PARTS.user)
  const short = (text: string) => createHash('sha256').update(text).digest().subarray(0, PARTS.address)

  function opened(value: string): Buffer | undefined {
    const bytes = isSealed ? seal.open(value, CONTEXT) : Buffer.from(value, 'base64url')
    return bytes?.length === LENGTH && bytes[0] === VERSION ? bytes : undefined
  }

  function isPinnedElsewhere(call: Call, address: Buffer, agent: Buffer): boolean {
    if (!cookie.pinToSession) return false
    const client = call.get('client')
    if (!agent.equals(short(client.userAgent))) return true
    return !address.equals(short(client.address)) && !tolerated(client.address)
  }

  /** The mark that this user has accepted last in this browser; `undefined` for a cookie that is not to be believed. */
  function remembered(call: Call, principalId: string): string | undefined {
    const value = readCookie(call, cookie.name)
    const bytes = value === undefined ? undefined : opened(value)
    if (!bytes) return undefined
    const [user, payload, address, agent] = pieces(bytes)
    if (!keys.some((each) => user.equals(userMark(each, principalId)))) return undefined
    return isPinnedElsewhere(call, address, agent) ? undefined : payload.toString('base64url')
  }

  return {
    isRemembered: (call, principalId, mark) => remembered(call, principalId) === mark,
    record(call, principalId, mark) {
      const client = call.get('client')
      const time = Buffer.alloc(PARTS.time)
      time.writeUIntBE(Math.max(0, Math.floor(clock() / 1000)), 0, PARTS.time)
      const bytes = Buffer.concat([
        Buffer.of(VERSION),
        userMark(key, principalId),
        Buffer.from(mark, 'base64url'),
        short(client.address),
        short(client.userAgent),
        time,
      ])
      setCookie(call, shape, isSealed ? seal.seal(bytes, CONTEXT) : bytes.toString('base64url'), maxAge)
    },
    forget: (call) => removeCookie(call, shape),
  }
}

function pieces(bytes: Buffer): readonly [user: Buffer, payload: Buffer, address: Buffer, agent: Buffer] {
  const payloadAt = 1 + PARTS.user
  const addressAt = payloadAt + PARTS.payload
  const agentAt = addressAt + PARTS.address
  return [
    bytes.subarray(1, payloadAt),
    bytes.subarray(payloadAt, addressAt),
    bytes.subarray(addressAt, agentAt),
    bytes.subarray(agentAt, agentAt + PARTS.agent),
  ]
}

function toleratedAddresses(pattern: string): (address: string) => boolean {
  if (pattern === '') return () => false
  const regex = compileJavaRegex(pattern, { match: 'find' })
  if (regex.kind === 'invalid') throw new StartRefusal(`is not a usable pattern: ${regex.reason}`, { setting: SETTING })
  return (address) => regex.test(address)
}
