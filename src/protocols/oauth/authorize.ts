import type { Call } from '../../http/index.ts'
import type { Session } from '../../sso/index.ts'
import { applicationProps } from './application.ts'
import { type Approval, addressesOf } from './approval.ts'
import { type AuthorizationRequest, authorizationRequests, type JudgedRequest } from './authorization-request.ts'
import { authorizationResponses, redirectTo } from './authorization-response.ts'
import { clientFacts } from './client.ts'
import type { OAuthErrorCode } from './errors.ts'
import { OAuthError } from './errors.ts'
import { formTokens } from './form-tokens.ts'
import { CODE } from './kinds.ts'
import { loginHop, withoutOwn } from './login-hop.ts'
import type { ConsentDecision } from './modules.ts'
import type { Room } from './room.ts'
import { tokenBody } from './token-body.ts'
import type { Transaction } from './transaction.ts'

/** `GET` and `POST /oauth2.0/authorize`: login, approval, and the code or token on its way to the client (oauth.md 4 to 6). */
export function authorize(room: Room): (call: Call) => Promise<Response> {
  const { settings, services, registry, sso, holders, lifetimes, mint, transactions, approvals, modules, passage, answer, audit, clock } =
    room
  const judge = authorizationRequests(room)
  const hop = loginHop(room)
  const forms = formTokens(room.proofKey)
  const respond = authorizationResponses({ answer, issuer: room.prefix, issInResponse: settings.castellan.oauth.issInResponse })

  return async (call) => {
    // Whatever comes: nothing of it is kept, and no page elsewhere learns the address with its parameters.
    call.get('headers')['Cache-Control'] = 'no-store'
    call.get('headers')['Referrer-Policy'] = 'no-referrer'
    const { query, form } = call.get('parameters')
    if (form.has('transaction')) return decide(call, form)
    const parameters = new URLSearchParams([...query, ...form])
    const transaction = await transactions.read(call, parameters.get('txn') ?? undefined)
    if (transaction?.what === 'authorize') {
      return proceed(call, new URLSearchParams(transaction.query), transaction, isBypass(parameters))
    }
    return proceed(call, withoutOwn(parameters), undefined, false)
  }

  /** The request as far as it gets without its user, or with what the user has done already. */
  async function proceed(
    call: Call,
    parameters: URLSearchParams,
    transaction: Transaction | undefined,
    bypass: boolean,
  ): Promise<Response> {
    const judged = await judge(call, parameters)
    if (judged.kind !== 'good') return refuse(call, judged)
    const { request } = judged
    const entered = transaction?.loggedIn
      ? await sessionAfterLogin(call, request, transaction, parameters)
      : await sessionAtHand(call, request, parameters)
    if (entered instanceof Response) return entered
    return approve(call, request, entered, parameters, transaction, bypass)
  }

  /** The session that the browser brought along, if it may go on to this client without being shown anything. */
  async function sessionAtHand(call: Call, request: AuthorizationRequest, parameters: URLSearchParams): Promise<Session | Response> {
    const silent = request.prompt.has('none')
    if (request.prompt.has('login')) return hop.toLogin(call, 'authorize', parameters, 'again')
    // Before anybody is asked about the session: that of a new login will be another.
    const current = request.maxAge === undefined ? undefined : await sso.current(call)
    if (current && isTooOld(request, current)) {
      return silent ? tell(call, request, 'login_required') : hop.toLogin(call, 'authorize', parameters, 'again')
    }
    const way = await passage(call, hop.serviceFor(parameters), silent)
    if (way.kind === 'open') return way.session
    if (way.kind === 'denied') return forbidden(call, request)
    if (way.kind === 'refused') return answer(call, way.view, way.status)
    if (silent) return tell(call, request, way.kind === 'login' ? 'login_required' : 'interaction_required')
    return hop.toLogin(call, 'authorize', parameters, way.kind === 'interaction' ? way : undefined)
  }

  /** The session of the login that has just been done for this request: it counts, whatever else would be asked of one. */
  async function sessionAfterLogin(
    call: Call,
    request: AuthorizationRequest,
    transaction: Transaction,
    parameters: URLSearchParams,
  ): Promise<Session | Response> {
    const session = await hop.sessionOf(call, transaction)
    if (!session) {
      transactions.end(call, transaction)
      return hop.toLogin(call, 'authorize', parameters)
    }
    // The login was asked for credentials and has not got them: once more would be a circle.
    const isFresh = session.authentication.authenticatedAtMs >= transaction.begunAtMs
    if (!isFresh && (request.prompt.has('login') || isTooOld(request, session))) return tell(call, request, 'login_required')
    const decision = await services.authorize(request.client.service, session.authentication.principal)
    return decision.kind === 'denied' ? forbidden(call, request) : session
  }

  function isTooOld({ maxAge }: AuthorizationRequest, { authentication }: Session): boolean {
    return maxAge !== undefined && clock() - authentication.authenticatedAtMs > maxAge * 1000
  }

  async function approve(
    call: Call,
    request: AuthorizationRequest,
    session: Session,
    parameters: URLSearchParams,
    transaction: Transaction | undefined,
    bypass: boolean,
  ): Promise<Response> {
    const { client, prompt, scopes } = request
    const isOff = client.bypassApproval || settings.cas.authn.oauth.core.bypassApprovalPrompt
    // What the allow link of CAS does; the handle shows that this user has seen the page.
    const allowedByLink = bypass && transaction?.asked === true && client.rules.bypassApprovalByParameter
    const go = () => {
      if (transaction) transactions.end(call, transaction)
      return deliver(call, request, session, transaction)
    }
    const decision = await decidedBy(request, session)
    if (decision === 'deny') return refuseConsent(call, request, transaction)
    if (decision === 'skip' || (isOff && decision === undefined)) return go()
    const { approval, username, attributes } = await wish(request, session)
    if (allowedByLink) await approvals.remember(session, approval, false)
    if (allowedByLink || (!prompt.has('consent') && (await approvals.covers(session, approval)))) return go()
    if (prompt.has('none')) return tell(call, request, 'consent_required')
    const pending = transaction ?? (await transactions.begin(call, 'authorize', withoutOwn(parameters).toString()))
    await transactions.save(call, { ...pending, asked: true })
    const props = {
      application: applicationProps(client.service),
      principalId: username,
      scopes,
      attributes: Object.entries(attributes).map(([name, values]) => ({ name, values: values.map(String) })),
      host: URL.parse(request.redirectUri)?.host || request.redirectUri.split(':')[0] || '',
      transaction: pending.id,
      rememberUntilMs: approval.mayLast ? approvals.lasting.untilMs() : undefined,
      csrf: forms.make(purposeOf(pending, approval), session.id),
    }
    return answer(call, { id: 'protocol/oauth/confirm', props }, 200, { service: client.service })
  }

  /** What a module of the operator says; `undefined` where there is none. What it cannot decide is denied. */
  async function decidedBy({ client, scopes }: AuthorizationRequest, { authentication }: Session): Promise<ConsentDecision | undefined> {
    const { id, attributes } = authentication.principal
    try {
      return await modules.consent?.({ principal: { id, attributes }, client: clientFacts(client), scopes })
    } catch (cause) {
      room.log.error(
        { client: client.id, reason: cause instanceof Error ? cause.message : String(cause) },
        'the module of consent has not decided: denied',
      )
      return 'deny'
    }
  }

  function refuseConsent(call: Call, request: AuthorizationRequest, transaction: Transaction | undefined): Response {
    if (transaction) transactions.end(call, transaction)
    return tell(call, request, 'access_denied', 'this is not allowed')
  }

  /** What the user is asked to allow. */
  async function wish({ client, scopes, redirectUri }: AuthorizationRequest, session: Session) {
    const reference = { id: redirectUri, originalUrl: redirectUri }
    const { username, attributes } = await services.release(client.service, session.authentication.principal, reference)
    // Whoever has no secret is told apart by an address that is its own, and by nothing else (RFC 6749 section 10.2, RFC 8252 section 8.6).
    const mayLast = approvals.lasting.untilMs() !== undefined && (!client.isPublic || /^https:/i.test(redirectUri))
    const approval: Approval = { client, scopes, attributes: Object.keys(attributes).sort(), mayLast }
    return { approval, username, attributes }
  }

  /** The answer counts for what the page has shown: a definition that has changed since asks for something else. */
  function purposeOf({ id }: Transaction, { client, scopes, attributes }: Approval): string {
    return `approval ${id} ${JSON.stringify([scopes, attributes, addressesOf(client)])}`
  }

  /** The form of the approval page. Everything is judged anew; the form only says yes or no. */
  async function decide(call: Call, form: URLSearchParams): Promise<Response> {
    const transaction = await transactions.read(call, form.get('transaction') ?? undefined)
    if (transaction?.what !== 'authorize' || !transaction.asked) return stale(call)
    const parameters = new URLSearchParams(transaction.query)
    const session = await hop.sessionOf(call, transaction)
    if (!session) return stale(call)
    const judged = await judge(call, parameters)
    if (judged.kind !== 'good') return refuse(call, judged)
    const { request } = judged
    const { approval } = await wish(request, session)
    if (!forms.fits(form.get('csrf'), purposeOf(transaction, approval), session.id)) return stale(call)
    transactions.end(call, transaction)
    if (!form.has('allow') || form.has('deny')) {
      await approvals.forget(session, request.client.id)
      const elsewhere = request.client.service.unauthorizedRedirectUrl
      if (elsewhere && request.client.rules.profile === 'cas-compat' && /^https?:/i.test(elsewhere)) return redirectTo(elsewhere)
      return tell(call, request, 'access_denied', 'the user has denied the request')
    }
    const decision = await services.authorize(request.client.service, session.authentication.principal)
    if (decision.kind === 'denied') return forbidden(call, request)
    if ((await decidedBy(request, session)) === 'deny') return refuseConsent(call, request, undefined)
    await approvals.remember(session, approval, form.get('remember') === 'true')
    return deliver(call, request, session, transaction)
  }

  async function deliver(
    call: Call,
    request: AuthorizationRequest,
    session: Session,
    transaction: Transaction | undefined,
  ): Promise<Response> {
    const newLogin = transaction?.newLogin ?? session.ticket.countOfUses === 0
    return request.responseType === 'code' ? code(call, request, session, newLogin) : token(call, request, session, newLogin)
  }

  async function code(call: Call, request: AuthorizationRequest, session: Session, newLogin: boolean): Promise<Response> {
    const { client, scopes, resources, redirectUri, challenge, nonce, state } = request
    const bound = lifetimes.boundToSession(scopes)
    const id = room.newTicketId(CODE)
    const holder = holders.pack({ kind: 'session', sessionId: session.id, authentication: session.authentication }, bound)
    const body = tokenBody({
      clientId: client.id,
      service: redirectUri,
      scopes,
      grantType: 'authorization_code',
      holder,
      newLogin,
      redirectUri,
      challenge,
      nonce,
      state,
      audience: resources,
    })
    const ticket = { id, kind: CODE, createdAtMs: clock(), policy: lifetimes.code(client), body }
    if (bound) {
      const grant = await registry.grantChild(session.id, { ...ticket, parentId: session.id })
      if (grant.kind === 'too-soon')
        return answer(call, { id: 'error/casThrottledView', props: { status: 429, retryAtMs: undefined } }, 429)
      if (grant.kind === 'parent-gone') return tell(call, request, 'login_required')
    } else {
      await registry.add(ticket)
      await registry.touch(session.id)
    }
    record(call, session.authentication.principal.id, request, 'code')
    return respond(call, request, [
      ['code', id],
      ['state', state],
      ['nonce', nonce],
    ])
  }

  async function token(call: Call, request: AuthorizationRequest, session: Session, newLogin: boolean): Promise<Response> {
    const { client, scopes, resources, redirectUri, nonce, state } = request
    try {
      const minted = await mint(client, {
        holder: { kind: 'session', sessionId: session.id, authentication: session.authentication },
        service: redirectUri,
        scopes,
        grantType: 'none',
        newLogin,
        refreshToken: { kind: 'none' },
        nonce,
        state,
        audience: resources,
      })
      if (minted.accessToken === undefined) return tell(call, request, 'access_denied', 'this client gets no access tokens')
      await registry.touch(session.id)
      record(call, session.authentication.principal.id, request, 'token')
      return respond(call, request, [
        ['access_token', minted.accessToken],
        ['token_type', 'Bearer'],
        ['expires_in', minted.expiresInSeconds === undefined ? undefined : String(minted.expiresInSeconds)],
        ['scope', sameWords(scopes, minted.scopes) ? undefined : [...minted.scopes].sort().join(' ')],
        ['state', state],
        ['nonce', nonce],
      ])
    } catch (cause) {
      if (!(cause instanceof OAuthError)) throw cause
      return tell(call, request, 'access_denied', cause.message)
    }
  }

  function record(
    call: Call,
    who: string,
    { client, redirectUri, responseType, scopes }: AuthorizationRequest,
    what: string,
    outcome = 'success',
  ): void {
    room.figures('authorize', { client: client.id, grant: responseType }, outcome)
    audit.record({
      action: 'OAUTH2_AUTHORIZATION_RESPONSE_CREATED',
      who,
      what: `{client_id=${client.id}, response_type=${responseType}, redirect_uri=${withoutQuery(redirectUri)}, scopes=[${scopes.join(' ')}], ${what}}`,
      client: call.get('client'),
    })
  }

  function tell(call: Call, request: AuthorizationRequest, error: OAuthErrorCode, description = DESCRIPTIONS[error] ?? error): Response {
    record(call, 'audit:unknown', request, `error=${error}`, error)
    return respond(call, request, errorFields(error, description, request.state))
  }

  function refuse(call: Call, judged: Exclude<JudgedRequest, { kind: 'good' }>): Response {
    if (judged.kind === 'refused') {
      const { target, error, description } = judged
      call.get('log').info({ client: target.client.id, error, description }, 'authorization request refused')
      room.figures('authorize', { client: target.client.id }, error)
      return respond(call, target, errorFields(error, description, target.state))
    }
    room.figures('authorize', {}, 'invalid_request')
    call
      .get('log')
      .warn({ client: judged.clientId?.slice(0, 200), why: judged.why }, 'authorization request of a client that cannot be trusted')
    const props = {
      message: 'screen.service.error.message',
      reason: 'OAUTH_CLIENT_NOT_AUTHORIZED',
      service: judged.clientId?.slice(0, 200) ?? '',
      redirectUrl: undefined,
    }
    return answer(call, { id: 'error/casServiceErrorView', props }, 401)
  }

  function forbidden(call: Call, { client }: AuthorizationRequest): Response {
    const props = {
      message: 'service.not.authorized.missing.attr',
      reason: 'MISSING_PRIVILEGES',
      service: client.id,
      redirectUrl: client.service.unauthorizedRedirectUrl,
    }
    return answer(call, { id: 'error/casServiceErrorView', props }, 403)
  }

  function stale(call: Call): Response {
    return answer(call, { id: 'protocol/oauth/sessionStaleMismatchError', props: { restartUrl: undefined } }, 401)
  }
}

const DESCRIPTIONS: Partial<Record<OAuthErrorCode, string>> = {
  login_required: 'the user has to log in',
  consent_required: 'the user has to allow it',
  interaction_required: 'the user has to be asked something',
}

const errorFields = (error: string, description: string, state: string | undefined) =>
  [
    ['error', error],
    ['error_description', description],
    ['state', state],
  ] as const

/** What the query of an address holds is the application's own. */
const withoutQuery = (address: string) => address.split('?', 1)[0] ?? ''
const isBypass = (parameters: URLSearchParams) => parameters.get('bypass_approval_prompt')?.toLowerCase() === 'true'
const sameWords = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((word) => other.includes(word))
