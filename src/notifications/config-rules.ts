import { silentLog } from '../base/log.ts'
import { allOrNone, faultIf, needs, type Rule, refusals } from '../base/setting-rules.ts'
import type { NotificationsConfig } from './config.ts'
import { durationsOf } from './durations.ts'
import { EVENTS_WEBHOOK } from './event-webhook.ts'
import { mailServer } from './mail/server.ts'
import { smsProviders } from './sms/index.ts'
import { baseUrl } from './sms/twilio.ts'
import { webhookTarget } from './webhook.ts'

const isSet = (text: string) => text.trim() !== ''

/** What the settings of messages must have in common. */
export const notificationsRules: readonly Rule<NotificationsConfig>[] = [
  ({ cas }) => {
    const { from, subject, text } = cas.serviceRegistry.mail
    return needs(
      'cas.service-registry.mail.text',
      text,
      { 'cas.service-registry.mail.from': from, 'cas.service-registry.mail.subject': subject },
      'without it no mail about services is sent',
    )
  },
  ({ cas, spring }) =>
    faultIf(
      isSet(cas.serviceRegistry.mail.text) && !isSet(spring.mail.host),
      'cas.service-registry.mail.text',
      'is set, and no mail is sent: spring.mail.host is not',
      { severity: 'warn', saidByRoom: true },
    ),
  ({ spring }) =>
    allOrNone(
      { 'spring.mail.username': spring.mail.username, 'spring.mail.password': spring.mail.password },
      'the mail server is asked with both or neither',
    ),
  ({ spring }) => needs('spring.mail.username', spring.mail.username, { 'spring.mail.host': spring.mail.host }, 'it says which server'),
  (settings) =>
    refusals(
      () => mailServer(settings, silentLog),
      () => durationsOf(settings.castellan.serviceRegistry.expiration.warnBefore, 'castellan.service-registry.expiration.warn-before'),
      () => webhookTarget(settings.castellan.serviceRegistry.webhook),
      () => webhookTarget(settings.castellan.events.webhook, EVENTS_WEBHOOK),
    ),
  ({ cas, castellan }) => {
    const { twilio } = cas.smsProvider
    if (!twilio.enabled) return []
    const { apiKey, apiSecret } = castellan.sms.twilio
    const account = { 'cas.sms-provider.twilio.account-id': twilio.accountId }
    const key = { 'castellan.sms.twilio.api-key': apiKey, 'castellan.sms.twilio.api-secret': apiSecret }
    return [
      ...allOrNone(
        apiKey === '' ? { ...account, 'cas.sms-provider.twilio.token': twilio.token } : { ...account, ...key },
        'without it Twilio is not asked',
      ),
      ...needs(
        'castellan.sms.twilio.api-secret',
        apiSecret,
        { 'castellan.sms.twilio.api-key': apiKey },
        'a secret needs the key it belongs to',
      ),
      ...(smsProviders.twilio.isConfigured(twilio, castellan.sms.twilio) ? refusals(() => baseUrl(castellan.sms.twilio)) : []),
    ]
  },
  ({ cas }) => {
    const { url, basicAuthUsername, basicAuthPassword } = cas.smsProvider.rest
    return [
      ...needs(
        'cas.sms-provider.rest.basic-auth-username',
        basicAuthUsername,
        { 'cas.sms-provider.rest.basic-auth-password': basicAuthPassword, 'cas.sms-provider.rest.url': url },
        'without it the provider is not asked as this user',
      ),
      ...needs(
        'cas.sms-provider.rest.basic-auth-password',
        basicAuthPassword,
        { 'cas.sms-provider.rest.basic-auth-username': basicAuthUsername },
        'a password needs a name',
      ),
    ]
  },
  ({ cas, castellan }) => {
    const { twilio, groovy, rest } = cas.smsProvider
    const asked =
      smsProviders.twilio.isConfigured(twilio, castellan.sms.twilio) ||
      smsProviders.groovy.isConfigured(groovy, castellan.sms.groovy) ||
      smsProviders.rest.isConfigured(rest, castellan.sms.rest)
    return faultIf(
      isSet(cas.serviceRegistry.sms.text) && !asked,
      'cas.service-registry.sms.text',
      'is set, and no SMS is sent: no provider is configured (cas.sms-provider.*)',
      { severity: 'warn', saidByRoom: true },
    )
  },
]
