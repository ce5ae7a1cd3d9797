/**
 * HTTP: the Hono app and the order of its common work, who asks (client address behind trusted proxies), what is refused before anybody reads it,
 * which headers every answer carries, and the ports. It hands each request to a room's route as a `Call`.
 */
export { type Parameters, parameters } from './parameters.ts'
export type { Call, Env, Route, Variables } from './route.ts'
