import type { OutboxChannel } from './channel.ts'
import type { NotificationsConfig } from './config.ts'
import type { OutboxRecord, SendResult } from './message.ts'
import { smsProviders } from './sms/index.ts'
import type { SmsMessage, SmsProvider, SmsProviderParts, SmsProviderPlug } from './sms/provider.ts'

/** A message that is sent at once or not at all, e.g. a one-time code. */
export interface DirectSms extends SmsMessage {
  readonly from: string
}

/** The providers that the settings ask for, in order. The first is used; the others only where `castellan.sms.fallback` is set. */
export interface SmsSender {
  readonly names: readonly string[]
  channel(fromOf: (record: OutboxRecord) => string): OutboxChannel
  /** One try, and a quick second one when the first was certainly not handed over (notifications.md 9). */
  sendNow(message: DirectSms): Promise<SendResult & { readonly provider: string }>
  close(): Promise<void>
}

/**
 * Builds what sends SMS.
 *
 * @returns `undefined` when the settings ask for no provider.
 * @throws {StartRefusal} for settings a provider cannot work with.
 */
export async function smsSender(settings: NotificationsConfig, parts: SmsProviderParts): Promise<SmsSender | undefined> {
  const { smsProvider } = settings.cas
  const own = settings.castellan.sms
  const providers: SmsProvider[] = []
  // Each provider is given its own settings: the names say which they are, the types of the table do not survive going through it.
  for (const [name, plug] of Object.entries(smsProviders) as readonly [keyof typeof smsProviders, SmsProviderPlug][]) {
    if (plug.isConfigured(smsProvider[name], own[name])) providers.push(await plug.create(smsProvider[name], own[name], parts))
  }
  if (providers.length === 0) return undefined
  const names = providers.map(({ name }) => name)
  if (providers.length > 1 && !own.fallback)
    parts.log.warn({ providers: names }, `Several SMS providers are configured; only ${names[0]} is used.`)
  const used = own.fallback ? providers : providers.slice(0, 1)
  const timeoutMs = used.reduce((sum, provider) => sum + provider.timeoutMs, 0)

  async function send(message: SmsMessage, gate: (provider: string) => Promise<void>) {
    let last: (SendResult & { readonly provider: string }) | undefined
    for (const provider of used) {
      await gate(provider.name)
      last = { ...(await provider.send(message)), provider: provider.name }
      if (last.status === 'sent' || last.status === 'uncertain' || last.mayHaveTaken) return last
    }
    return last as SendResult & { readonly provider: string }
  }

  const find: OutboxChannel['find'] = async (record, taken) => {
    const provider = providers.find(({ name }) => name === record.provider)
    if (!provider?.find) return { kind: 'cannot', message: `${record.provider ?? 'the provider'} cannot be asked` }
    return provider.find({ from: '', to: record.to, text: record.text }, record.attemptedAtMs ?? record.createdAtMs, taken)
  }

  const asked = used.find((provider) => provider.delivery)?.delivery
  const delivery: OutboxChannel['delivery'] = asked && {
    afterMs: asked.afterMs,
    async ask({ provider: name = 'the provider', providerId = '' }) {
      const provider = providers.find((one) => one.name === name)
      return (await provider?.delivery?.ask(providerId)) ?? { outcome: 'cannot', message: `${name} cannot be asked` }
    },
  }

  return {
    names,
    channel: (fromOf) => ({
      timeoutMs,
      name: names[0] ?? 'sms',
      send: ([record], gate) => send({ from: fromOf(record), to: record.to, text: record.text, idempotencyKey: record.key }, gate),
      ...(names[0] === undefined ? {} : { first: names[0] }),
      spacing: (record) => {
        const sender = fromOf(record)
        const ms = used[0]?.spacingMs?.(sender) ?? 0
        return ms > 0 ? { sender, ms } : undefined
      },
      ...(used.some((provider) => provider.find) ? { find } : {}),
      ...(delivery ? { delivery } : {}),
    }),
    async sendNow(message) {
      const open = async () => {}
      const first = await send(message, open)
      return first.status === 'retryable' && !first.mayHaveTaken && first.retryAfterMs === undefined ? send(message, open) : first
    },
    async close() {
      await Promise.all(providers.map((provider) => provider.close?.()))
    },
  }
}
