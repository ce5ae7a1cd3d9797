/**
 * SSO: the session that one login opens for all applications. It owns the ticket-granting cookie, the ticket-granting ticket with the
 * authentication in it, the rules by which a session counts for a service, and its end. It hands sessions to the login and the
 * protocols, and service tickets to whoever may have one.
 */
export { type ApplicationCallsParts, applicationCalls } from './application-calls.ts'
export { authenticationFromBody, authenticationToBody, isLongTerm, LONG_TERM, type ServiceTicketFacts, serviceTicketFacts } from './body.ts'
export { type SsoConfig, ssoConfig } from './config.ts'
export type { Participation } from './participation.ts'
export { type SealedPasswords, sealedPasswords } from './sealed-passwords.ts'
export { SessionLimit } from './session-limit.ts'
export { createSso, type SsoParts } from './sessions.ts'
export { type EndedSession, logoutNotices, NOTICE, singleLogoutKinds } from './single-logout/notice.ts'
export {
  type FrontChannelLogout,
  type LogoutOutcomes,
  type SingleLogout,
  type SingleLogoutParts,
  singleLogout,
} from './single-logout/single-logout.ts'
export type { Grant, OpenSession, Session, Sso } from './sso.ts'
