import type { Log } from '../base/log.ts'

/** Ways of CAS to send messages that this server has not got, and the settings by which one sees that somebody counts on them (notifications.md 4.3, 5). */
const UNBUILT: readonly { readonly name: string; readonly what: 'SMS' | 'Mails'; readonly settings: readonly string[] }[] = [
  { name: 'Clickatell', what: 'SMS', settings: ['cas.sms-provider.clickatell.token'] },
  { name: 'TextMagic', what: 'SMS', settings: ['cas.sms-provider.text-magic.token', 'cas.sms-provider.text-magic.username'] },
  {
    name: 'Nexmo',
    what: 'SMS',
    settings: ['cas.sms-provider.nexmo.api-token', 'cas.sms-provider.nexmo.api-secret', 'cas.sms-provider.nexmo.signature-secret'],
  },
  {
    name: 'Amazon SNS',
    what: 'SMS',
    settings: ['sender-id', 'credential-access-key', 'region', 'endpoint', 'sms-type', 'max-price'].map(
      (one) => `cas.sms-provider.sns.${one}`,
    ),
  },
  { name: 'SmsMode', what: 'SMS', settings: ['cas.sms-provider.sms-mode.access-token'] },
  { name: 'Mailjet', what: 'SMS', settings: ['cas.sms-provider.mailjet.bearer-access-token', 'cas.sms-provider.mailjet.api-key'] },
  {
    name: 'Amazon SES',
    what: 'Mails',
    settings: ['credential-access-key', 'region', 'endpoint', 'source-arn', 'configuration-set-name'].map(
      (one) => `cas.email-provider.ses.${one}`,
    ),
  },
  { name: 'Mailjet', what: 'Mails', settings: ['cas.email-provider.mailjet.api-key', 'cas.email-provider.mailjet.secret-key'] },
  { name: 'Mailgun', what: 'Mails', settings: ['cas.email-provider.mailgun.api-key', 'cas.email-provider.mailgun.domain'] },
  { name: 'Microsoft', what: 'Mails', settings: ['cas.email-provider.microsoft.client-id', 'cas.email-provider.microsoft.tenant-id'] },
  { name: 'SendGrid', what: 'Mails', settings: ['spring.sendgrid.api-key'] },
]

/**
 * Says at the start, by name, which configured ways are not built: silence would be found out when somebody misses a message.
 *
 * @param isSet Whether a setting stands in any source, in any spelling.
 */
export function sayWhatIsUnbuilt(
  isSet: (setting: string) => boolean,
  hasWay: { readonly sms: boolean; readonly mail: boolean },
  log: Log,
): void {
  for (const { name, what, settings } of UNBUILT) {
    const setting = settings.find(isSet)
    if (setting === undefined) continue
    const other = what === 'SMS' ? hasWay.sms : hasWay.mail
    const instead = what === 'SMS' ? 'Twilio, REST or a module (cas.sms-provider.groovy.location)' : 'SMTP (spring.mail.*)'
    log.error(
      { setting },
      `${what} cannot be sent through ${name}, for which ${setting} is set: it is not built here. ${other ? 'The other way that is configured is used.' : `Nothing is sent; use ${instead}.`}`,
    )
  }
}
