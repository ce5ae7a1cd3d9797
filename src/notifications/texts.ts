import type { Log } from '../base/log.ts'
import type { NotificationsConfig } from './config.ts'
import type { Action, EndingService } from './expiry-plan.ts'
import { type MessageText, type MessageTextParts, messageText } from './template/message-text.ts'
import { escapeHtml, oneLine, type TemplateValues } from './template/template.ts'

/** What the messages about services say (notifications.md 3, 4.1, 4.2). `undefined`: that channel says nothing about it. */
export interface ServiceTexts {
  sms(action: Action, service: EndingService, contact: string): Promise<string> | undefined
  mail(
    action: Action,
    service: EndingService,
    contact: string,
  ): Promise<{ readonly subject: string; readonly text: string; readonly html: boolean }> | undefined
  /** Whether the removal has a text of its own. */
  readonly separate: { readonly sms: boolean; readonly mail: boolean }
  close(): Promise<void>
}

export interface ServiceTextsParts {
  readonly settings: NotificationsConfig
  readonly configurationDirectory: string
  /** Text of a key of the message bundles, for `#{key}` in a subject. */
  readonly messageOf: (key: string) => string | undefined
  readonly log: Log
}

/** What a text may name. The first is what `%s` means. */
const NAMES = ['service', 'id', 'serviceId', 'expirationDate', 'contact', 'action']
const POSITIONS = 1
/** Twilio takes no longer ones. */
const LONGEST_SMS = 1600
/** A definition with a name of a megabyte makes no messages of a megabyte. */
const LONGEST_VALUE = 1000
const UNKNOWN_SUBJECT = 'Email Subject'

/** @throws {StartRefusal} for a module that is missing. */
export function serviceTexts({ settings, configurationDirectory, messageOf, log }: ServiceTextsParts): ServiceTexts {
  const { sms, mail } = settings.cas.serviceRegistry
  const own = settings.castellan.serviceRegistry
  const made: MessageText[] = []
  const text = (setting: string, value: string, more: Partial<MessageTextParts> = {}): MessageText | undefined => {
    if (value.trim() === '') return undefined
    const one = messageText({ text: value, setting, names: NAMES, positions: POSITIONS, configurationDirectory, log, ...more })
    made.push(one)
    return one
  }
  const subjectOf = (setting: string, value: string) => {
    const key = /^\s*#\{\s*([\w.-]+)\s*\}\s*$/.exec(value)?.[1]
    // A subject is never a file.
    return text(setting, key === undefined ? ` ${value}` : ` ${messageOf(key) ?? UNKNOWN_SUBJECT}`)
  }
  const long = { longest: LONGEST_SMS }
  const smsTexts = {
    expired: text('cas.service-registry.sms.text', sms.text, long),
    deleted: text('castellan.service-registry.sms.deleted-text', own.sms.deletedText, long),
    warning: text('castellan.service-registry.sms.warning-text', own.sms.warningText, long),
  }
  const mailTexts = {
    expired: text('cas.service-registry.mail.text', mail.text),
    deleted: text('castellan.service-registry.mail.deleted-text', own.mail.deletedText),
    warning: text('castellan.service-registry.mail.warning-text', own.mail.warningText),
  }
  const subjects = {
    expired: mail.subject.trim() === '' ? undefined : subjectOf('cas.service-registry.mail.subject', mail.subject),
    deleted:
      own.mail.deletedSubject.trim() === ''
        ? undefined
        : subjectOf('castellan.service-registry.mail.deleted-subject', own.mail.deletedSubject),
    warning: subjectOf('castellan.service-registry.mail.warning-subject', own.mail.warningSubject),
  }

  const valuesOf = (action: Action, service: EndingService, contact: string): TemplateValues => {
    const name = (service.name.trim() === '' ? service.serviceId : service.name).slice(0, LONGEST_VALUE)
    const serviceId = service.serviceId.slice(0, LONGEST_VALUE)
    const named = { service: name, id: service.id, serviceId, expirationDate: service.expirationDate, contact, action }
    return { named, positional: [name] }
  }

  return {
    separate: { sms: smsTexts.deleted !== undefined, mail: mailTexts.deleted !== undefined || subjects.deleted !== undefined },
    sms(action, service, contact) {
      const chosen = action === 'deleted' ? (smsTexts.deleted ?? smsTexts.expired) : smsTexts[action]
      return chosen?.render(valuesOf(action, service, contact))
    },
    mail(action, service, contact) {
      const body = action === 'deleted' ? (mailTexts.deleted ?? mailTexts.expired) : mailTexts[action]
      const subject = action === 'deleted' ? (subjects.deleted ?? subjects.expired) : subjects[action]
      if (!body || !subject) return undefined
      const values = valuesOf(action, service, contact)
      return (async () => ({
        subject: oneLine(await subject.render(values)),
        text: await body.render(values, mail.html ? { encode: escapeHtml } : {}),
        html: mail.html,
      }))()
    },
    async close() {
      await Promise.all(made.map((one) => one.close()))
    },
  }
}
