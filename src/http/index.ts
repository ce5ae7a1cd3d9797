/**
 * HTTP: the Hono app and the order of its common work, who asks (client address behind trusted proxies), what is refused before anybody reads it,
 * which headers every answer carries, and the ports. It hands each request to a room's route as a `Call`.
 */
export { type AccessFiles, type Answered, openAccessFiles } from './access-log.ts'
export { buildApp, type CrossOriginBelow, type HttpParts } from './app.ts'
export { type Peer, plainAddress } from './client-address.ts'
export { contextPath, type HttpConfig, serverHost, serverPrefix } from './config.ts'
export { encryption } from './config-rules.ts'
export {
  type CookieShape,
  cookieIn,
  cookiePath,
  readCookie,
  readCookies,
  removeCookie,
  type SameSite,
  sameSite,
  sendableCookie,
  serializeCookie,
  serializeRemoval,
  setCookie,
} from './cookies.ts'
export { type AnswerHeaders, applyServiceHeaders } from './headers.ts'
export { type ListenParts, listen, PortInUse, type Ports } from './listen.ts'
export { type Parameters, parameters } from './parameters.ts'
export type { Bindings, Call, Env, Route, Variables } from './route.ts'
export { type ErrorPage, errorJson, type Translator, wantsJson } from './translate.ts'
