/**
 * Notifications: telling people, by SMS and by mail. It owns the providers, the templates and the outbox, in which a message stands from the moment it is
 * decided until long after it was sent, so that it is sent once and only once. It hands the registry of services `expiry`, and everybody else `direct`,
 * `sms` and `mail` for what has to leave at once or not at all (one-time codes).
 */
export { mailText, type NotificationsConfig, notificationsConfig, smsText } from './config.ts'
export type { DirectKind, DirectMessages } from './direct-messages.ts'
export type { ExpiryNotices, Told } from './expiry-notices.ts'
export type { Contact, EndingService } from './expiry-plan.ts'
export type { Mail } from './mail/smtp.ts'
export { type Channel, isFinished, type MessageState, type OutboxRecord, type SendResult, type SendStatus } from './message.ts'
export {
  type ChannelHealth,
  createNotifications,
  type MailSender,
  type Notifications,
  type NotificationsParts,
  type OutboxOverview,
  type Reopened,
  type Sms,
} from './notifications.ts'
export type { NotificationCount } from './outbox/report.ts'
export { isMessageState, newestFirst, outboxView } from './outbox-view.ts'
export { maskRecipient } from './recipient.ts'
export type { LookupResult, SmsMessage, SmsProvider, SmsProviderParts, SmsProviderPlug } from './sms/provider.ts'
