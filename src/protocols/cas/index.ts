/**
 * The CAS protocol: the endpoints at which an application turns a service ticket into a user (cas-protocol.md 3 and 4), and the bytes of their
 * answers; proxying, by which an application asks for another in the name of its user (5). It takes tickets from the registry and asks services what may be
 * told; it hands routes to the app. REST and SAML 1.1 are not built.
 */
export { type CasProtocolConfig, casProtocolConfig } from './config.ts'
export { type RehearsedAnswer, rehearsedAnswer } from './rehearsal.ts'
export { type CasParts, casRoutes } from './routes.ts'
export { casTranslators } from './translate.ts'
