import { type Endpoint, json } from '../endpoint.ts'
import type { About } from './info.ts'

/** The rooms of the program, by what they do for somebody who knows the modules of CAS. */
const ROOMS: readonly (readonly [name: string, description: string])[] = [
  ['audit', 'Audit trail'],
  ['authentication', 'Handlers, password encoders, policies, attribute sources, throttling'],
  ['config', 'Settings: sources, names, values, keys'],
  ['flow', 'The login, step by step, and its interrupts'],
  ['http', 'Ports, headers, cookies, access log'],
  ['management', 'Endpoints for operators'],
  ['mfa', 'Second factors'],
  ['notifications', 'Messages by SMS and mail'],
  ['protocols/cas', 'CAS 1.0, 2.0 and 3.0'],
  ['protocols/oauth', 'OAuth 2.0'],
  ['protocols/rest', 'REST protocol'],
  ['services', 'Registered services'],
  ['sso', 'Sessions, cookies, single logout'],
  ['tickets', 'Tickets and their stores'],
  ['views', 'Pages, languages, themes'],
]

/** `casModules`: the parts of the program (configuration.md 11). */
export function casModulesEndpoint({ about }: { readonly about: About }): Endpoint {
  const modules = ROOMS.map(([name, description]) => ({ name: `castellan-${name.replace('/', '-')}`, version: about.version, description }))
  return { id: 'casModules', routes: [{ method: 'GET', path: '', statuses: [200], handle: () => json(modules) }] }
}
