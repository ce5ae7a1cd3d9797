import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Channel, OutboxRecord, SendResult } from '../message.ts'
import { maskRecipient } from '../recipient.ts'

/** Says what becomes of messages: in the log, in the audit trail, in numbers (notifications.md 7.5, 7.6). */
export interface Report {
  begins(record: OutboxRecord, channel: string): void
  /** A result was written down. */
  ended(record: OutboxRecord, result: SendResult, ms: number): void
  doubted(record: OutboxRecord): void
  cannotAsk(record: OutboxRecord, message: string, dueAtMs: number): void
  notArrived(record: OutboxRecord): void
  /** The other side said what became of a message it took. */
  delivery(record: OutboxRecord): void
  /** A message without an outbox: it was sent, or it was not. */
  direct(channel: Channel, provider: string, to: string, result: SendResult): void
  counters(): readonly NotificationCount[]
  /** What last went wrong on a channel, since the start. */
  lastError(channel: Channel): { readonly reason: string; readonly atMs: number } | undefined
}

/** `cas_notifications_total{channel,provider,result}`. */
export interface NotificationCount {
  readonly channel: Channel
  readonly provider: string
  readonly result: 'sent' | 'failed' | 'unknown' | 'retried' | 'delivered' | 'undelivered'
  readonly count: number
}

const ACTION_WORDS = { expired: 'expired from registry', deleted: 'deleted from registry', warning: 'about to expire' } as const

export function reporter({ audit, log, clock }: { readonly audit: Audit; readonly log: Log; readonly clock: Clock }): Report {
  const errors = new Map<Channel, { readonly reason: string; readonly atMs: number }>()
  const noteError = (channel: Channel, reason: string) => errors.set(channel, { reason, atMs: clock() })
  const counts = new Map<string, { -readonly [K in keyof NotificationCount]: NotificationCount[K] }>()

  const count = (channel: Channel, provider: string, result: NotificationCount['result']) => {
    const name = `${channel} ${provider} ${result}`
    const entry = counts.get(name) ?? { channel, provider, result, count: 0 }
    entry.count++
    counts.set(name, entry)
  }
  const fieldsOf = (record: OutboxRecord) => ({
    channel: record.channel,
    provider: record.provider,
    to: maskRecipient(record.channel, record.to),
    service: record.service.id,
    action: record.action,
    attempt: record.attempts,
    key: record.key,
  })
  const recordOf = (record: OutboxRecord, more: string) => {
    const { channel, provider, to, service, action } = record
    const what = `{channel=${channel}, provider=${provider ?? 'unknown'}, to=${maskRecipient(channel, to)}, service=${service.name}, action=${action}${more}}`
    return { who: 'audit:unknown', what }
  }
  const reasonOf = ({ code, message }: SendResult) =>
    [code, message].filter((part) => part !== undefined && part !== '').join(': ') || 'no reason given'

  return {
    begins(record, provider) {
      const to = maskRecipient(record.channel, record.to)
      log.info(
        { ...fieldsOf(record), provider },
        `Sending notification to [${to}] as service [${record.service.name}] is ${ACTION_WORDS[record.action]}`,
      )
    },
    ended(record, result, ms) {
      const provider = record.provider ?? 'unknown'
      const fields = { ...fieldsOf(record), ms, code: result.code }
      switch (record.state) {
        case 'sent':
          count(record.channel, provider, 'sent')
          log.info({ ...fields, providerId: record.providerId, status: result.message }, `Notification was handed over to ${provider}.`)
          audit.record({
            action: 'NOTIFICATION_SENT',
            ...recordOf(record, record.providerId === undefined ? '' : `, id=${record.providerId}`),
          })
          return
        case 'pending':
          count(record.channel, provider, 'retried')
          noteError(record.channel, reasonOf(result))
          log.warn(
            { ...fields, nextAttemptAt: new Date(record.dueAtMs).toISOString() },
            `Notification was not taken (${reasonOf(result)}); it is tried again.`,
          )
          return
        case 'uncertain':
          this.doubted(record)
          return
        case 'failed':
          count(record.channel, provider, 'failed')
          noteError(record.channel, reasonOf(result))
          log.error({ ...fields, moreInfo: result.moreInfo }, `Notification failed: ${reasonOf(result)}`)
          audit.record({ action: 'NOTIFICATION_FAILED', ...recordOf(record, `, reason=${reasonOf(result)}`) })
          return
        case 'unknown':
          this.doubted(record)
      }
    },
    doubted(record) {
      const reason = record.error?.message ?? 'no answer came'
      noteError(record.channel, reason)
      if (record.state === 'uncertain') {
        const askedAt = new Date(record.dueAtMs).toISOString()
        log.error(
          { ...fieldsOf(record), askedAt },
          `Nobody knows whether the notification arrived (${reason}); ${record.provider ?? 'the other side'} will be asked.`,
        )
        return
      }
      count(record.channel, record.provider ?? 'unknown', 'unknown')
      log.error(
        { ...fieldsOf(record), retry: `castellan notifications retry ${record.key}` },
        `Nobody knows whether the notification arrived (${reason}); it is not sent again by itself.`,
      )
      audit.record({ action: 'NOTIFICATION_FAILED', ...recordOf(record, `, reason=unknown whether it arrived: ${reason}`) })
    },
    cannotAsk(record, message, dueAtMs) {
      log.warn(
        { ...fieldsOf(record), askedAt: new Date(dueAtMs).toISOString() },
        `Whether the notification arrived cannot be asked now: ${message}`,
      )
    },
    notArrived(record) {
      log.warn(fieldsOf(record), 'The notification has not arrived; it is sent again.')
    },
    delivery(record) {
      const { delivery, provider = 'unknown', providerId } = record
      if (!delivery) return
      const { outcome, status, code, message } = delivery
      const fields = { ...fieldsOf(record), providerId, status, code }
      if (outcome !== 'open') count(record.channel, provider, outcome)
      if (outcome !== 'undelivered') log.info(fields, `Notification is ${status}, says ${provider}.`)
      else
        log.error(
          fields,
          `Notification was taken by ${provider}, but not delivered (${reasonOf({ status: 'permanent', code, message: message ?? status })}).`,
        )
    },
    direct(channel, provider, to, result) {
      const fields = { channel, provider, to: maskRecipient(channel, to), code: result.code, providerId: result.providerId }
      count(channel, provider, result.status === 'sent' ? 'sent' : result.status === 'uncertain' ? 'unknown' : 'failed')
      if (result.status === 'sent') log.info(fields, `Message was handed over to ${provider}.`)
      else {
        noteError(channel, reasonOf(result))
        log.error({ ...fields, moreInfo: result.moreInfo }, `Message was not sent: ${reasonOf(result)}`)
      }
    },
    counters: () => [...counts.values()],
    lastError: (channel) => errors.get(channel),
  }
}
