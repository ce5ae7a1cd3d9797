import type { OutboxChannel } from '../channel.ts'
import type { NotificationsConfig } from '../config.ts'
import type { MessageText } from '../template/message-text.ts'
import { oneLine } from '../template/template.ts'
import { digestId, digestText } from './digest.ts'
import type { MailTransport } from './smtp.ts'

export interface MailChannelParts {
  /** Who mails about services are from, and so on. */
  readonly group: NotificationsConfig['cas']['serviceRegistry']['mail']
  /** How long mails to one address are gathered; 0: each leaves by itself. */
  readonly digestMs: number
  readonly digestSubject: MessageText | undefined
}

/** Mails of the outbox. Those to one person can be gathered into one (notifications.md 8). */
export function mailChannel(transport: MailTransport, { group, digestMs, digestSubject }: MailChannelParts): OutboxChannel {
  const domain = /@([\w.-]+)/.exec(group.from)?.[1] ?? 'castellan.invalid'
  const subjectOf = async (count: number) => {
    const words = String(count)
    return oneLine((await digestSubject?.render({ named: { count: words }, positional: [words] })) ?? '')
  }
  return {
    name: 'smtp',
    timeoutMs: transport.timeoutMs,
    ...(digestMs > 0 ? { together: ({ to, html }) => `${html === true} ${to.toLowerCase()}` } : {}),
    async send(records, gate) {
      const [{ to, subject = '', text, html = false }] = records
      const several = records.length > 1
      const mail = {
        from: group.from,
        to,
        cc: group.cc,
        bcc: group.bcc,
        replyTo: group.replyTo,
        subject: several ? await subjectOf(records.length) : subject,
        text: several ? digestText(records) : text,
        html,
        priority: group.priority,
        validateAddresses: group.validateAddresses,
        messageId: `${digestId(records)}@${domain}`,
      }
      return { ...(await transport.send(mail, () => gate('smtp'))), provider: 'smtp' }
    },
  }
}
