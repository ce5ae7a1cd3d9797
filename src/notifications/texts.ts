import type { NotificationsConfig } from './config.ts'
import type { Action, EndingService } from './expiry-plan.ts'
import { escapeHtml, oneLine, type TemplateValues } from './template/template.ts'
import type { TextNames, TextsOfSettings } from './template/texts-of-settings.ts'

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
}

/** What a text may name. The first is what `%s` means. */
const NAMES: TextNames = { names: ['service', 'id', 'serviceId', 'expirationDate', 'contact', 'action'], positions: 1 }
/** A definition with a name of a megabyte makes no messages of a megabyte. */
const LONGEST_VALUE = 1000

/** What is said where the operator's own text cannot be made, e.g. by a script with a mistake: better than that nobody is told. */
export function plainText(action: Action, service: EndingService): string {
  const name = nameOf(service)
  if (action === 'warning') return `The service ${name} expires on ${service.expirationDate}.`
  return `The service ${name} has expired${action === 'deleted' ? ' and was removed' : ''}.`
}

const nameOf = ({ name, serviceId }: EndingService) => (name.trim() === '' ? serviceId : name).slice(0, LONGEST_VALUE)

/** @throws {StartRefusal} for a module that is missing. */
export function serviceTexts(settings: NotificationsConfig, texts: TextsOfSettings): ServiceTexts {
  const { sms, mail } = settings.cas.serviceRegistry
  const own = settings.castellan.serviceRegistry
  const smsTexts = {
    expired: texts.sms('cas.service-registry.sms.text', sms.text, NAMES),
    deleted: texts.sms('castellan.service-registry.sms.deleted-text', own.sms.deletedText, NAMES),
    warning: texts.sms('castellan.service-registry.sms.warning-text', own.sms.warningText, NAMES),
  }
  const mailTexts = {
    expired: texts.text('cas.service-registry.mail.text', mail.text, NAMES),
    deleted: texts.text('castellan.service-registry.mail.deleted-text', own.mail.deletedText, NAMES),
    warning: texts.text('castellan.service-registry.mail.warning-text', own.mail.warningText, NAMES),
  }
  const subjects = {
    expired: texts.subject('cas.service-registry.mail.subject', mail.subject, NAMES),
    deleted: texts.subject('castellan.service-registry.mail.deleted-subject', own.mail.deletedSubject, NAMES),
    warning: texts.subject('castellan.service-registry.mail.warning-subject', own.mail.warningSubject, NAMES),
  }

  const valuesOf = (action: Action, service: EndingService, contact: string): TemplateValues => {
    const name = nameOf(service)
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
  }
}
