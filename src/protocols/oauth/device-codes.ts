import { randomInt } from 'node:crypto'
import type { Sealer } from '../../base/crypto.ts'
import type { Json } from '../../base/json.ts'
import { TicketRefusal, type TicketRegistry } from '../../tickets/index.ts'
import { isObject } from './definition-members.ts'
import type { StoredHolder } from './holder.ts'
import { DEVICE_CODE, USER_CODE } from './kinds.ts'

/** What a device has asked for, and what has become of it (oauth.md 9). */
export interface DeviceRequest {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly endsAtMs: number
  /** Address of the device, for who has to decide. */
  readonly askedFrom: string
  readonly state: 'pending' | 'approved' | 'denied'
  /** Who approved it. */
  readonly holder?: StoredHolder
}

export interface FoundDevice {
  readonly id: string
  readonly request: DeviceRequest
  readonly askedAtMs: number
  /** When it asked last and was told to wait; the beginning counts. */
  readonly lastAskedAtMs: number
}

export interface DeviceCodes {
  /** Makes the two codes of one request. */
  start(
    request: Omit<DeviceRequest, 'state' | 'endsAtMs'>,
    lifeInSeconds: number,
  ): Promise<{ readonly deviceCode: string; readonly userCode: string }>
  byDeviceCode(id: string): Promise<FoundDevice | undefined>
  /** @param typed As a person types it: prefix or not, any case, blanks and dashes. */
  byUserCode(typed: string): Promise<FoundDevice | undefined>
  /** Notes that the device asked and has to wait. */
  noteQuestion(id: string): Promise<void>
  /** The decision of a person, once. @returns `false` when somebody has decided already, or the request is gone. */
  decide(
    device: FoundDevice,
    decision: { readonly state: 'approved'; readonly holder: StoredHolder } | { readonly state: 'denied' },
  ): Promise<boolean>
}

export interface DeviceCodesParts {
  readonly registry: TicketRegistry
  readonly sealer: Sealer
  readonly newTicketId: (kind: string) => string
  readonly userCodeLength: number
  readonly userCodeLifeInSeconds: number
  readonly intervalInSeconds: number
  readonly clock: () => number
}

/** Letters that are not taken for others, no vowels that make words. */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ23456789'
/** How long after its end a device is told that its code has expired, and not that nobody knows it. */
const AFTERMATH_SECONDS = 600
const CONTEXT = 'oauth-device'

/** The user code as it is kept: upper case, nothing but its characters. `undefined` for what cannot be one. */
export function readUserCode(typed: string): string | undefined {
  const plain = typed
    .slice(0, 200)
    .toUpperCase()
    .replace(/[\s-]+/g, '')
  const code = plain.startsWith(USER_CODE) ? plain.slice(USER_CODE.length) : plain
  return /^[A-Z0-9]{4,64}$/.test(code) ? code : undefined
}

export function deviceCodes(parts: DeviceCodesParts): DeviceCodes {
  const { registry, sealer, newTicketId, userCodeLength, userCodeLifeInSeconds, intervalInSeconds, clock } = parts

  async function addUserCode(deviceCode: string, lifeInSeconds: number): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const id = `${USER_CODE}-${Array.from({ length: userCodeLength }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`
      try {
        const policy = Number.isFinite(lifeInSeconds) ? { timeToLiveInSeconds: lifeInSeconds } : {}
        await registry.add({ id, kind: USER_CODE, createdAtMs: clock(), policy, body: { d: sealer.seal(deviceCode, CONTEXT) } })
        return id
      } catch (cause) {
        if (!(cause instanceof TicketRefusal) || cause.code !== 'duplicate' || attempt > 10) throw cause
      }
    }
  }

  async function byDeviceCode(id: string): Promise<FoundDevice | undefined> {
    if (!id.startsWith(`${DEVICE_CODE}-`) || id.length > 512) return undefined
    const ticket = await registry.get(id)
    const request = ticket && readBody(ticket.body)
    return request && { id, request, askedAtMs: ticket.createdAtMs, lastAskedAtMs: ticket.lastUsedAtMs }
  }

  return {
    byDeviceCode,
    async start(asked, lifeInSeconds) {
      const now = clock()
      const deviceCode = newTicketId(DEVICE_CODE)
      const request: DeviceRequest = { ...asked, endsAtMs: now + lifeInSeconds * 1000, state: 'pending' }
      const life = Number.isFinite(lifeInSeconds) ? { timeToLiveInSeconds: lifeInSeconds + AFTERMATH_SECONDS } : {}
      // The distance makes the store note each question at once.
      const policy = { ...life, timeBetweenUsesInSeconds: intervalInSeconds }
      await registry.add({ id: deviceCode, kind: DEVICE_CODE, createdAtMs: now, policy, body: writeBody(request) })
      return { deviceCode, userCode: await addUserCode(deviceCode, Math.min(userCodeLifeInSeconds, lifeInSeconds)) }
    },
    async byUserCode(typed) {
      const code = readUserCode(typed)
      const ticket = code === undefined ? undefined : await registry.get(`${USER_CODE}-${code}`)
      const sealed = ticket && isObject(ticket.body) ? ticket.body['d'] : undefined
      const id = typeof sealed === 'string' ? sealer.open(sealed, CONTEXT)?.toString() : undefined
      const device = id === undefined ? undefined : await byDeviceCode(id)
      return device && device.request.endsAtMs >= clock() ? device : undefined
    },
    async noteQuestion(id) {
      await registry.touch(id)
    },
    async decide({ id, request }, decision) {
      const { endsAtMs } = request
      const untilMs = Number.isFinite(endsAtMs) ? endsAtMs + AFTERMATH_SECONDS * 1000 : clock() + 30 * 86_400_000
      if (request.state !== 'pending' || !(await registry.putOnce(`device ${id}`, untilMs))) return false
      return registry.update(id, writeBody({ ...request, ...decision }))
    },
  }
}

function writeBody({ clientId, scopes, endsAtMs, askedFrom, state, holder }: DeviceRequest): Json {
  return {
    f: 1,
    c: clientId,
    s: scopes,
    ...(Number.isFinite(endsAtMs) ? { e: endsAtMs } : {}),
    i: askedFrom,
    st: state,
    ...(holder ? { h: holder } : {}),
  }
}

function readBody(body: Json): DeviceRequest | undefined {
  if (!isObject(body) || body['f'] !== 1) return undefined
  const { c, s, e, i, st, h } = body
  if (typeof c !== 'string' || !Array.isArray(s) || (st !== 'pending' && st !== 'approved' && st !== 'denied')) return undefined
  return {
    clientId: c,
    scopes: s.filter((scope) => typeof scope === 'string'),
    endsAtMs: typeof e === 'number' ? e : Number.POSITIVE_INFINITY,
    askedFrom: typeof i === 'string' ? i : '',
    state: st,
    // Written by `writeBody` alone.
    ...(isObject(h) ? { holder: h as unknown as StoredHolder } : {}),
  }
}
