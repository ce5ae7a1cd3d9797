import type { Authentication } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Sealer } from '../../base/crypto.ts'
import type { HttpCaller } from '../../base/http-call.ts'
import type { Log } from '../../base/log.ts'
import type { Services } from '../../services/index.ts'
import type { DestroyedSession, Ticket, TicketRegistry } from '../../tickets/index.ts'
import type { SsoConfig } from '../config.ts'
import { type Deliveries, type DeliveriesParts, deliveries as makeDeliveries } from './delivery.ts'
import { type EndedSession, endedSession, readNotice } from './notice.ts'
import { logoutRequestXml, packedRequest } from './request.ts'
import { type Target, targetOf } from './targets.ts'

export interface SingleLogoutParts extends DeliveriesParts {
  readonly settings: SsoConfig
  readonly services: Services
  readonly registry: TicketRegistry
  readonly calls: HttpCaller
  readonly sealer: Sealer
  /** `LR-…`, without a suffix that names the host. */
  readonly newRequestId: () => string
  /** `https://sso.example.org/cas` */
  readonly prefix: string
  readonly clock: Clock
  readonly log: Log
}

/** An application that only the user's browser can tell (cas-protocol.md 11.4). */
export interface FrontChannelLogout {
  readonly name: string
  /** The address that its ticket was for. */
  readonly service: string
  /** Where the browser goes, message included. */
  readonly url: string
}

export interface LogoutOutcomes {
  readonly delivered: number
  /** Given up after the last attempt. */
  readonly failed: number
  readonly waiting: number
}

/** Tells applications that a session has ended (cas-protocol.md 11). */
export interface SingleLogout {
  /** Sends what applications can be told server to server. Waits for the first attempts only if `cas.slo.asynchronous=false`. Never fails. */
  tell(session: DestroyedSession): Promise<void>
  /** Those that the browser has to tell. */
  frontChannel(session: DestroyedSession): Promise<readonly FrontChannelLogout[]>
  /** Takes up what a process that died has left: everybody of that session is told, perhaps again. Removes the notice when that is done. */
  takeUp(notice: Ticket): Promise<void>
  outcomes(): LogoutOutcomes
  close(): Promise<void>
}

const MOST_ANSWER_BYTES = 4096

export function singleLogout(parts: SingleLogoutParts): SingleLogout {
  const { settings, services, registry, calls, sealer, newRequestId, prefix, clock } = parts
  const log = parts.log.child({ room: 'sso' })
  const { disabled, asynchronous } = settings.cas.slo
  const { connectionTimeout, responseTimeout } = settings.cas.httpClient
  const timeoutMs = (connectionTimeout + responseTimeout) * 1000
  const queue: Deliveries = makeDeliveries(parts)
  /** Notices that this process is busy with. */
  const takenUp = new Set<string>()
  let delivered = 0
  let failed = 0

  async function targets(ended: EndedSession, channel: Target['channel']): Promise<readonly Target[]> {
    if (disabled) return []
    const all = await Promise.all(ended.services.map((service) => targetOf(service, { services, prefix })))
    return all.filter((target) => target?.channel === channel) as readonly Target[]
  }

  /** @throws when the name that the application knows the user by cannot be found out: it learns no other. */
  async function message({ definition, reference, ticketId }: Target, { principal }: Authentication): Promise<string> {
    const { username } = await services.release(definition, principal, reference)
    return logoutRequestXml({ id: newRequestId(), issuedAtMs: clock(), nameId: username, sessionIndex: ticketId })
  }

  function post(target: Target, url: URL, { authentication }: EndedSession) {
    return async (): Promise<string | undefined> => {
      const body = new URLSearchParams({ logoutRequest: await message(target, authentication) }).toString()
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
      const outcome = await calls.call({ method: 'POST', url, headers, body, timeoutMs, maxAnswerBytes: MOST_ANSWER_BYTES })
      if (outcome.kind !== 'answer') return outcome.reason
      return outcome.status >= 200 && outcome.status < 300 ? undefined : `status ${outcome.status}`
    }
  }

  /** @returns when each message was tried once. @param settled Told when the last of them has arrived or is given up. */
  async function tellAll(ended: EndedSession, settled: () => void): Promise<void> {
    const messages = (await targets(ended, 'back')).flatMap((target) => target.urls.map((url) => ({ target, url })))
    let left = messages.length
    if (left === 0) settled()
    const attempts = messages.map(({ target, url }) =>
      queue.add({
        host: url.host,
        send: post(target, url, ended),
        done(failure) {
          if (failure === undefined) delivered++
          else {
            failed++
            log.warn({ service: target.definition.id, host: url.host, reason: failure }, 'an application could not be told of a logout')
          }
          if (--left === 0) settled()
        },
      }),
    )
    await Promise.all(attempts)
  }

  const forget = (noticeId: string | undefined) => () => {
    if (noticeId !== undefined) registry.delete(noticeId).catch((err: unknown) => log.warn({ err }, 'a logout notice could not be removed'))
  }

  return {
    async tell(session) {
      const ended = endedSession(session)
      if (!ended || session.services.length === 0) return
      const telling = tellAll(ended, forget(session.leftId)).catch((err: unknown) => {
        log.error({ err }, 'applications could not be told of a logout; it is tried again later')
      })
      if (!asynchronous) await telling
    },
    async frontChannel(session) {
      const ended = endedSession(session)
      if (!ended) return []
      const told = await Promise.all(
        (await targets(ended, 'front')).map(async (target) => {
          const xml = await message(target, ended.authentication).catch((err: unknown) => {
            log.warn({ service: target.definition.id, err }, 'an application could not be told of a logout')
            return undefined
          })
          return xml === undefined ? [] : target.urls.map((url) => frontChannelLogout(target, url, xml))
        }),
      )
      return told.flat()
    },
    async takeUp(notice) {
      const { handle } = notice
      if (takenUp.has(handle)) return
      const ended = readNotice(notice, sealer)
      if (!ended) {
        log.warn({ notice: handle }, 'a logout notice was sealed with keys that are gone: its applications are not told')
        await registry.destroyByHandle(handle, 'expired')
        return
      }
      takenUp.add(handle)
      const settled = async () => {
        takenUp.delete(handle)
        await registry.destroyByHandle(handle, 'expired')
      }
      const failed = (err: unknown) => {
        takenUp.delete(handle)
        log.error({ err }, 'applications could not be told of a logout; it is tried again later')
      }
      // Not waited for: whoever looks for what is overdue has more to do, and comes again for what is left.
      tellAll(ended, () => void settled().catch(failed)).catch(failed)
    },
    outcomes: () => ({ delivered, failed, waiting: queue.waiting }),
    close: () => queue.close(),
  }
}

function frontChannelLogout({ definition, reference }: Target, address: URL, xml: string): FrontChannelLogout {
  const url = new URL(address)
  // Old clients answer with a call of this name, which nobody runs: the answer is looked at as a picture.
  url.searchParams.set('callback', 'castellan')
  url.searchParams.set('logoutRequest', packedRequest(xml))
  return { name: definition.name, service: reference.id, url: url.href }
}
