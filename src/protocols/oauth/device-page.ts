import type { Call } from '../../http/index.ts'
import type { Session } from '../../sso/index.ts'
import type { Message } from '../../views/index.ts'
import { applicationProps } from './application.ts'
import { readUserCode } from './device-codes.ts'
import { formTokens } from './form-tokens.ts'
import { loginHop } from './login-hop.ts'
import type { Room } from './room.ts'
import type { Transaction } from './transaction.ts'

/** Wrong codes of one user or address in a minute, after which nobody looks any more (oauth.md 9.2). */
const MOST_WRONG = 5
const WINDOW_MS = 60_000

/** `/oauth2.0/device`: the page on which a person enters the code that a device shows, and decides (RFC 8628 section 3.3). */
export function devicePage(room: Room): (call: Call) => Promise<Response> {
  const { registry, clients, devices, holders, transactions, passage, answer, services, audit, clock, settings } = room
  const { bindToSso } = settings.castellan.oauth.device
  const { userCodeLength } = settings.cas.authn.oauth.deviceUserCode
  const hop = loginHop(room)
  const forms = formTokens(room.proofKey)

  return async (call) => {
    call.get('headers')['Cache-Control'] = 'no-store'
    call.get('headers')['Referrer-Policy'] = 'no-referrer'
    const { query, form } = call.get('parameters')
    const handle = form.get('transaction') ?? query.get('txn') ?? undefined
    const found = await transactions.read(call, handle)
    const transaction = found?.what === 'device' && found.loggedIn ? found : undefined
    const parameters = new URLSearchParams(transaction?.query ?? keep(query, form))
    const session = transaction ? await hop.sessionOf(call, transaction) : await sessionFor(call, parameters)
    if (session instanceof Response) return session
    if (!session) return hop.toLogin(call, 'device', parameters)
    if (call.req.method !== 'POST') return ask(call, session, transaction, parameters.get('user_code') ?? '', undefined)
    return posted(call, session, transaction, form)
  }

  /** The session that the browser brought along, if it may go on to the client that is named, or to none yet. */
  async function sessionFor(call: Call, parameters: URLSearchParams): Promise<Session | Response> {
    const clientId = parameters.get('client_id')
    const way = await passage(call, hop.serviceFor(new URLSearchParams(clientId === null ? {} : { client_id: clientId })))
    if (way.kind === 'open') return way.session
    if (way.kind === 'refused') return answer(call, way.view, way.status)
    if (way.kind === 'denied') return forbidden(call)
    return hop.toLogin(call, 'device', parameters, way.kind === 'interaction' ? way : undefined)
  }

  async function posted(call: Call, session: Session, transaction: Transaction | undefined, form: URLSearchParams): Promise<Response> {
    const typed = form.get('usercode') ?? ''
    // A page of another site cannot know the token: its form is answered with ours. That of the second page is for one code.
    const isConfirmed = forms.fits(form.get('csrf'), confirming(typed), session.id)
    if (!isConfirmed && !forms.fits(form.get('csrf'), 'device', session.id)) return ask(call, session, transaction, typed, undefined)
    const untilMs = await tooManyWrong(call, session)
    if (untilMs !== undefined) return answer(call, { id: 'error/casThrottledView', props: { status: 423, retryAtMs: untilMs } }, 423)
    const device = typed.trim() === '' ? undefined : await devices.byUserCode(typed)
    if (!device) {
      if (typed.trim() !== '') await noteWrong(call, session)
      return ask(call, session, transaction, typed, { key: 'cas.oauth.device.error.codenotfound' })
    }
    if (device.request.state !== 'pending') return ask(call, session, transaction, typed, { key: 'cas.oauth.device.error.codeapproved' })
    const finding = await clients.find(device.request.clientId, call.get('client'))
    const { principal } = session.authentication
    if (finding.kind !== 'found' || (await services.authorize(finding.client.service, principal)).kind === 'denied') return forbidden(call)
    const application = applicationProps(finding.client.service)
    const allows = form.has('allow')
    if (!isConfirmed || (!allows && !form.has('deny'))) {
      // Only now it is known to which application the way leads: what a login for it asks, this one asks.
      const parameters = new URLSearchParams({ user_code: typed.slice(0, 200), client_id: device.request.clientId })
      const passed = transaction && new URLSearchParams(transaction.query).get('client_id') === device.request.clientId
      const entered = passed ? session : await sessionFor(call, parameters)
      if (entered instanceof Response) return entered
      if (entered.id !== session.id) return ask(call, entered, undefined, typed, undefined)
      const props = {
        application,
        principalId: principal.id,
        userCode: shown(typed),
        askedAtMs: device.askedAtMs,
        askedFrom: device.request.askedFrom,
        scopes: device.request.scopes,
        transaction: transaction?.id,
        csrf: forms.make(confirming(typed), session.id),
      }
      return answer(call, { id: 'protocol/oauth/deviceCodeConfirm', props }, 200, { service: finding.client.service })
    }
    const holder = { kind: 'session', sessionId: session.id, authentication: session.authentication } as const
    const decided = await devices.decide(
      device,
      allows ? { state: 'approved', holder: holders.pack(holder, bindToSso) } : { state: 'denied' },
    )
    if (!decided) return ask(call, session, transaction, typed, { key: 'cas.oauth.device.error.codeapproved' })
    audit.record({
      action: 'OAUTH2_DEVICE_CODE_DECIDED',
      who: principal.id,
      what: `{client_id=${finding.client.id}, ${allows ? 'approved' : 'denied'}}`,
      client: call.get('client'),
    })
    if (transaction) transactions.end(call, transaction)
    return answer(call, { id: 'protocol/oauth/deviceCodeApproved', props: { application, allowed: allows } }, 200)
  }

  function ask(call: Call, session: Session, transaction: Transaction | undefined, typed: string, error: Message | undefined): Response {
    const props = {
      principalId: session.authentication.principal.id,
      userCode: shown(typed),
      userCodeLength,
      error,
      transaction: transaction?.id,
      csrf: forms.make('device', session.id),
    }
    return answer(call, { id: 'protocol/oauth/deviceCodeApproval', props }, 200)
  }

  function forbidden(call: Call): Response {
    const props = { message: 'service.not.authorized.missing.attr', reason: 'MISSING_PRIVILEGES', service: '', redirectUrl: undefined }
    return answer(call, { id: 'error/casServiceErrorView', props }, 403)
  }

  function wrongKeys(call: Call, { authentication }: Session): readonly string[] {
    return [`device-code user ${authentication.principal.id.toLowerCase()}`, `device-code address ${call.get('client').address}`]
  }

  async function tooManyWrong(call: Call, session: Session): Promise<number | undefined> {
    const now = clock()
    for (const key of wrongKeys(call, session)) {
      if ((await registry.hitsSince(key, now - WINDOW_MS)) >= MOST_WRONG) return now + WINDOW_MS
    }
    return undefined
  }

  async function noteWrong(call: Call, session: Session): Promise<void> {
    const now = clock()
    for (const key of wrongKeys(call, session)) await registry.addHit(key, now, now + WINDOW_MS)
  }
}

/** What the form of the second page is for. */
const confirming = (typed: string) => `device code ${readUserCode(typed) ?? ''}`

/** What of a request is worth keeping through the login. */
function keep(query: URLSearchParams, form: URLSearchParams): URLSearchParams {
  const code = query.get('user_code') ?? form.get('usercode')
  return new URLSearchParams(code ? { user_code: code.slice(0, 200) } : {})
}

/** `K7RW-2QXM`: as one reads it out; what cannot be a code comes back as it was typed. */
function shown(typed: string): string {
  const code = readUserCode(typed)
  if (code === undefined) return typed.slice(0, 200)
  const middle = Math.ceil(code.length / 2)
  return `${code.slice(0, middle)}-${code.slice(middle)}`
}
