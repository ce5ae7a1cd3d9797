import { equalInConstantTime } from '../../base/crypto.ts'
import { HttpRefusal } from '../../base/errors.ts'
import { maskTicketIds } from '../../base/mask.ts'
import type { Call, Route } from '../../http/index.ts'
import { html } from '../../views/index.ts'
import { rememberOperator } from '../endpoint.ts'
import type { FrameParts } from '../frame.ts'
import type { Operators } from '../operators.ts'
import { consoleAccess, type Need } from './access.ts'
import { type Done, type EditParts, editPage, newPage, removeDefinition, saveDefinition } from './edit.ts'
import { consoleFrame, type Desk, deskFor } from './frame.ts'
import { logIn, loginPage } from './login.ts'
import { type OverviewParts, overview } from './overview.ts'
import { type ServicePageParts, servicePage } from './service.ts'
import { type ServicesPageParts, servicesPage } from './services.ts'
import { endSession, type SessionsPageParts, sessionsPage } from './sessions.ts'
import { type VisitsParts, visits } from './visits.ts'

export interface ConsoleParts extends EditParts, OverviewParts, ServicePageParts, ServicesPageParts, SessionsPageParts, VisitsParts {
  readonly services: EditParts['services'] & OverviewParts['services'] & ServicePageParts['services'] & ServicesPageParts['services']
  readonly registry: OverviewParts['registry'] & SessionsPageParts['registry'] & VisitsParts['registry']
  readonly operators: Operators
  readonly audit: FrameParts['audit']
  /** Address of a shipped file, with its version. */
  readonly asset: (path: string) => string
}

/** Who may begin a request that changes something: a page of this server. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none'])
const STATUSES = [200, 303, 401, 403, 404, 409, 422, 423, 500, 503]
const SERVICES: Need = { endpoint: 'registeredServices' }
const SERVICES_WRITTEN: Need = { endpoint: 'registeredServices', writes: true }

/**
 * The console (configuration.md 17.3): pages for operators at `/admin`, with a login of their own, made on the server and without a script. A page shows
 * what the endpoint behind it would show to the same operator, and nothing else.
 */
export function consoleRoutes(parts: ConsoleParts): readonly Route[] {
  const { base } = parts
  const logins = visits(parts)
  const mayDo = consoleAccess(parts.settings)
  const frame = consoleFrame(parts.asset)
  const forLogin = { operators: parts.operators, visits: logins, base }
  const record = (call: Call, who: string, outcome: string) =>
    parts.audit.record({
      action: 'ENDPOINT_ACCESS',
      who,
      what: `{method=${call.req.method}, path=${maskTicketIds(call.req.path)}, outcome=${outcome}}`,
      client: call.get('client'),
    })

  const seeOther = (to: string) => new Response(null, { status: 303, headers: { Location: to, 'Cache-Control': 'no-store' } })

  const route = (method: 'GET' | 'POST', path: string, handle: Route['handle']): Route => ({
    method,
    path: `/admin${path}`,
    statuses: STATUSES,
    changesState: method === 'POST',
    async admit(call) {
      if (method === 'POST' && !OWN_SITE.has(call.req.header('sec-fetch-site') ?? 'none')) throw forbidden()
    },
    handle,
  })
  /** A page for who has logged in, and may see it. */
  const page = (method: 'GET' | 'POST', path: string, need: Need | undefined, work: (desk: Desk) => Done | Promise<Done>): Route =>
    route(method, path, async (call) => {
      const visit = await logins.current(call)
      if (!visit) return seeOther(`${base}/login`)
      rememberOperator(call, visit.operator)
      const desk = deskFor(call, visit, base, mayDo)
      if (need && !desk.may(need)) {
        record(call, visit.operator.name, 'not allowed')
        return frame.show(desk, refusal('This is not for you', 'The endpoint behind this page is not open to you.', 403))
      }
      // A page of another site cannot know the token: its form changes nothing.
      if (method === 'POST' && !equalInConstantTime(call.get('parameters').form.get('csrf') ?? '', visit.csrf))
        return frame.show(
          desk,
          refusal('This page was too old', 'Nothing was changed. Go back, open the page again and try once more.', 403),
        )
      const done = await work(desk)
      const answer = 'goTo' in done ? seeOther(done.goTo) : frame.show(desk, done)
      if (method === 'POST') record(call, visit.operator.name, String(answer.status))
      return answer
    })
  const toConsole = (path: string): Route => ({
    method: 'GET',
    path,
    statuses: [303],
    changesState: false,
    handle: () => seeOther(base),
  })

  return [
    route('GET', '/login', async (call) => ((await logins.current(call)) ? seeOther(base) : frame.showAlone(loginPage(call, forLogin)))),
    route('POST', '/login', async (call) => {
      const found = await logIn(call, forLogin)
      if ('body' in found) {
        record(call, 'audit:unknown', String(found.status))
        return frame.showAlone(found)
      }
      await logins.begin(call, found)
      record(call, found.name, 'logged in')
      return seeOther(base)
    }),
    page('POST', '/logout', undefined, async ({ call }) => {
      await logins.end(call)
      return { goTo: `${base}/login` }
    }),
    page('GET', '', undefined, (desk) => overview(desk, parts)),
    page('GET', '/services', SERVICES, (desk) => servicesPage(desk, parts)),
    page('GET', '/services/new', SERVICES_WRITTEN, newPage),
    page('POST', '/services/new', SERVICES_WRITTEN, (desk) => saveDefinition(desk, parts)),
    page('GET', '/services/:id', SERVICES, (desk) => servicePage(desk, parts)),
    page('GET', '/services/:id/edit', SERVICES_WRITTEN, (desk) => editPage(desk, parts)),
    page('POST', '/services/:id/edit', SERVICES_WRITTEN, (desk) => saveDefinition(desk, parts)),
    page('POST', '/services/:id/delete', SERVICES_WRITTEN, (desk) => removeDefinition(desk, parts)),
    page('GET', '/sessions', { endpoint: 'ssoSessions' }, (desk) => sessionsPage(desk, parts)),
    page('POST', '/sessions/end', { endpoint: 'ssoSessions', writes: true }, (desk) => endSession(desk, parts)),
    toConsole('/palantir'),
    toConsole('/palantir/dashboard'),
  ]
}

const refusal = (title: string, text: string, status: number) => ({ title, status, body: html`<h1>${title}</h1><p>${text}</p>` })
const forbidden = () => new HttpRefusal(403, 'forbidden', 'Forbidden')
