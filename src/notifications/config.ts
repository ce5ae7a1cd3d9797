// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of messages
import {
  choice,
  duration,
  flag,
  type Group,
  group,
  type Infer,
  int,
  mapOf,
  optional,
  resource,
  type Shape,
  text,
  texts,
  url,
} from '../base/schema.ts'
import { smsProviders } from './sms/index.ts'

type Providers = typeof smsProviders
type SettingsOf<Which extends 'settings' | 'own'> = { readonly [Name in keyof Providers]: Providers[Name][Which] }

/** The settings of all providers, by name. */
function ofProviders<Which extends 'settings' | 'own'>(which: Which): SettingsOf<Which> {
  return Object.fromEntries(Object.entries(smsProviders).map(([name, plug]) => [name, plug[which]])) as SettingsOf<Which>
}

/** What one kind of SMS says (notifications.md 4.1). */
export const smsText = group({
  text: text('', 'Text, or a file with the text, or a module that makes it; `%s` and `${service}` are the name of the service.', {
    template: true,
  }),
  from: text('', 'Sender: a number, a short code, a name; or a messaging service `MG…` of Twilio.'),
})

/** What one kind of mail says (notifications.md 4.2). */
export const mailText = group({
  from: text('', 'Address of the sender.'),
  subject: text('', 'Subject; `%s` and `${service}` as in the text.', { template: true }),
  text: text('', 'Text, or a file with the text, or a module that makes it.', { template: true }),
  html: flag(false, 'Whether the text is HTML; values are escaped in it.'),
  cc: texts([], 'Further recipients.'),
  bcc: texts([], 'Further recipients whom the others do not see.'),
  replyTo: texts([], 'Where answers go.'),
  validateAddresses: flag(false, 'Whether an address that cannot be one is refused before anything is sent.'),
  priority: int(1, 'From 1, the highest, to 5; 3 is normal and not said.', { min: 1, max: 5 }),
})

/** Messages to people: what they say, how they leave, how often they are tried (notifications.md 4 to 6). */
export const notificationsConfig = group({
  cas: group({
    serviceRegistry: group({ sms: smsText, mail: mailText }),
    smsProvider: group(ofProviders('settings') as SettingsOf<'settings'> & Shape),
  }),
  spring: group({
    mail: group({
      host: text('', 'Mail server; without it no mail is sent.'),
      port: optional(int(25, 'Its port; not set: 25, or 465 for `smtps`.', { min: 1, max: 65_535 })),
      protocol: choice(['smtp', 'smtps'], 'smtp', '`smtps` speaks TLS from the first byte.'),
      username: text('', 'User name at the mail server.'),
      password: text('', 'Password that goes with it.', { secret: true }),
      defaultEncoding: choice(['UTF-8'], 'UTF-8', 'Encoding of mails.'),
      testConnection: flag(false, 'Whether the start fails when the mail server cannot be reached.'),
      properties: mapOf(text('', 'Value.'), 'Settings of JavaMail: `mail.smtp.starttls.enable`, `.auth`, `.ssl.trust`, `.timeout` …'),
    }),
  }),
  management: group({
    health: group({ mail: group({ enabled: flag(true, 'Whether the part `mail` is shown where a mail server is set.') }) }),
  }),
  castellan: group({
    notifications: group({
      concurrency: int(4, 'Messages sent at a time.', { min: 1, max: 64 }),
      retention: duration('P400D', 'How long finished messages are kept, so that none is sent twice.'),
      retry: group({
        maxAttempts: int(8, 'Tries with growing delays; later ones follow at the longest.', { min: 1 }),
        initialDelay: duration('PT10S', 'Delay after the first try, doubled with each.'),
        maxDelay: duration('PT1H', 'Longest delay.'),
        giveUpAfter: duration('P3D', 'Time from the first try after which a message has failed.'),
      }),
      state: group({
        location: optional(
          resource(
            '',
            'Folder of the outbox; not set: `.castellan/notifications` beside the definitions if it can be written, else the state folder.',
            {
              restart: true,
            },
          ),
        ),
      }),
    }),
    sms: group({
      fallback: flag(false, 'Whether the next configured provider is tried when one has certainly not taken a message.'),
      ...(ofProviders('own') as SettingsOf<'own'> & Shape),
    }),
    events: group({
      webhook: group({
        url: url('', 'Address that events (logins, sessions, changes of services) are posted to.'),
        secret: text('', 'Signs the events: `whsec_` and base64, or any text.', { secret: true }),
      }),
    }),
    serviceRegistry: group({
      webhook: group({
        url: url('', 'Address that events about services (ended, removed, ending soon) are posted to, besides the contacts.'),
        secret: text('', 'Signs the events: `whsec_` and base64, or any text.', { secret: true }),
      }),
      expiration: group({ warnBefore: texts([], 'How long before the end contacts are warned, e.g. `P30D,P7D,P1D`.') }),
      sms: group({
        deletedText: text('', 'Text about the removal, where it is another one.', { template: true }),
        warningText: text('The service ${service} expires on ${expirationDate}.', 'Text of the warnings in advance.', { template: true }),
      }),
      mail: group({
        deletedText: text('', 'Text about the removal, where it is another one.', { template: true }),
        deletedSubject: text('', 'Subject that goes with it.', { template: true }),
        warningText: text('The service ${service} expires on ${expirationDate}.', 'Text of the warnings in advance.', { template: true }),
        digest: duration(
          'PT0S',
          'Mails about services that go to one address within this time are one mail; 0: each is a mail of its own.',
        ),
        digestSubject: text('${count} messages about services', 'Subject of such a mail; `%s` and `${count}`: how many it holds.', {
          template: true,
        }),
        warningSubject: text('The service ${service} expires on ${expirationDate}', 'Subject that goes with it.', { template: true }),
      }),
    }),
  }),
} satisfies Record<string, Group>)
export type NotificationsConfig = Infer<typeof notificationsConfig>
