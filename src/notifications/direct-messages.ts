import type { Infer } from '../base/schema.ts'
import type { mailText, smsText } from './config.ts'
import type { Mail } from './mail/smtp.ts'
import type { SendResult } from './message.ts'
import { normalPhone } from './recipient.ts'
import type { DirectSms } from './sms-sender.ts'
import { escapeHtml, oneLine } from './template/template.ts'
import type { TextsOfSettings } from './template/texts-of-settings.ts'

/** One kind of message that is worth nothing later, such as a one-time code: made from texts of the settings, sent at once or not at all, kept nowhere. */
export interface DirectMessages {
  /** Whether one can be sent by SMS: there is a provider. */
  readonly bySms: boolean
  /** Whether one can be sent by mail: there is a mail server, and a sender, a subject and a text are set. */
  readonly byMail: boolean
  /**
   * One try, and a quick second one when the first was certainly not handed over. Never throws.
   *
   * @param to As the user's attribute has it.
   * @param values By the names that the texts may use.
   * @param client Who asked for it, for providers that are told.
   * @returns `sent`: the provider took it; `uncertain`: it may have.
   */
  sms(to: string, values: Readonly<Record<string, string>>, locale?: string, client?: DirectSms['client']): Promise<SendResult>
  /** The same by mail. */
  mail(to: string, values: Readonly<Record<string, string>>, locale?: string): Promise<SendResult>
}

/** What a kind of message is called, and what it says. */
export interface DirectKind {
  /** Where its settings are, e.g. `cas.authn.mfa.simple`. */
  readonly prefix: string
  /** What the texts may name, as `${name}`. */
  readonly names: readonly string[]
  /** How many of them, from the first, `%s` means one after the other; 1 if absent. */
  readonly positions?: number
  /** Its group of the shape `smsText`; `otherwise` is the text where none is set. */
  readonly sms?: Infer<typeof smsText> & { readonly otherwise?: string }
  /** Its group of the shape `mailText`. */
  readonly mail?: Infer<typeof mailText>
  /** How long an answer of the provider is waited for; 10 seconds if absent. */
  readonly withinMs?: number
}

export interface DirectMessagesParts {
  readonly texts: TextsOfSettings
  readonly sms: { readonly available: boolean; send(message: Omit<DirectSms, 'idempotencyKey'>): Promise<SendResult> }
  readonly mail: { readonly available: boolean; send(mail: Mail): Promise<SendResult> }
}

/** Somebody sits before a page and waits. */
const WITHIN_MS = 10_000
const NO_WAY: SendResult = { status: 'configuration', message: 'no way to send it is configured' }

/** @throws {StartRefusal} for a text that is a module which is missing. */
export function directMessages(kind: DirectKind, { texts, sms, mail }: DirectMessagesParts): DirectMessages {
  const { prefix, names, positions = 1, withinMs = WITHIN_MS } = kind
  const named = { names, positions }
  const smsBody =
    kind.sms && texts.sms(`${prefix}.sms.text`, kind.sms.text.trim() === '' ? (kind.sms.otherwise ?? '') : kind.sms.text, named)
  const subject = kind.mail && texts.subject(`${prefix}.mail.subject`, kind.mail.subject, named)
  const body = kind.mail && texts.text(`${prefix}.mail.text`, kind.mail.text, named)
  const filled = (values: Readonly<Record<string, string>>) => ({
    named: values,
    positional: names.slice(0, positions).map((name) => values[name] ?? ''),
  })
  /** A text that cannot be made is one that was certainly not sent. Whoever waits for the message is not kept waiting as long as a provider may take. */
  const attempt = async (send: () => Promise<SendResult>): Promise<SendResult> => {
    let limit: NodeJS.Timeout | undefined
    const tooLate = new Promise<SendResult>((resolve) => {
      limit = setTimeout(resolve, withinMs, { status: 'uncertain', message: `no answer within ${withinMs / 1000} s` })
    })
    try {
      return await Promise.race([send(), tooLate])
    } catch (error) {
      return { status: 'configuration', message: `the text cannot be made: ${(error as Error).message}` }
    } finally {
      clearTimeout(limit)
    }
  }

  return {
    bySms: sms.available && smsBody !== undefined,
    byMail: mail.available && subject !== undefined && body !== undefined && kind.mail?.from.trim() !== '',
    async sms(to, values, locale, client) {
      if (!smsBody || !kind.sms) return NO_WAY
      const { from } = kind.sms
      return attempt(async () => {
        const text = await smsBody.render(filled(values), locale === undefined ? {} : { locale })
        return sms.send({ from, to: normalPhone(to).number, text, client })
      })
    },
    async mail(to, values, locale) {
      const group = kind.mail
      if (!subject || !body || !group) return NO_WAY
      const { from, cc, bcc, replyTo, priority, html, validateAddresses } = group
      const language = locale === undefined ? {} : { locale }
      return attempt(async () => {
        const text = await body.render(filled(values), html ? { encode: escapeHtml, ...language } : language)
        const line = oneLine(await subject.render(filled(values), language))
        return mail.send({ from, to: to.trim(), cc, bcc, replyTo, priority, html, validateAddresses, subject: line, text })
      })
    },
  }
}
