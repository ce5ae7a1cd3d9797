import type { Audit } from '../audit/index.ts'
import type { Call, Route } from '../http/index.ts'
import { type Services, serviceReference } from '../services/index.ts'
import type { FrontChannelLogout, Session, SingleLogout, Sso } from '../sso/index.ts'
import type { View } from '../views/index.ts'
import type { Answer } from './page.ts'
import type { FlowSettings } from './settings.ts'
import { redirectTo } from './steps/deliver/location.ts'
import type { Interrupt } from './steps/interrupt/index.ts'

export interface LogoutParts {
  readonly settings: FlowSettings
  readonly sso: Sso
  readonly singleLogout: Pick<SingleLogout, 'frontChannel'>
  readonly services: Services
  readonly answer: Answer
  readonly audit: Audit
  readonly interrupt: Interrupt
}

type Refusal = Extract<View, { readonly id: 'error/casServiceErrorView' }>

/** `/logout`: ends the SSO session, then shows where to go (cas-protocol.md 11.1, login-flow.md 12). */
export function logoutRoutes({ settings, sso, singleLogout, services, answer, audit, interrupt }: LogoutParts): readonly Route[] {
  const { confirmLogout, followServiceRedirects, redirectParameter, redirectUrl } = settings.cas.logout
  const statuses = [200, 302, 403, 503]
  return [
    { method: 'GET', path: '/logout', statuses, changesState: true, handle: logout },
    { method: 'POST', path: '/logout', statuses, changesState: true, handle: logout },
  ]

  async function logout(call: Call): Promise<Response> {
    const parameters = call.get('parameters')
    const parameter = redirectParameter.find((name) => parameters.get(name)?.trim())
    const target = parameter === undefined ? undefined : parameters.get(parameter)
    const session = await sso.current(call)
    if (confirmLogout && parameters.get('LogoutRequestConfirmed') !== 'true')
      return answer(call, await confirmation(session, target, parameter), 200)

    const ended = await sso.end(call, 'logout', session)
    const told = ended ? await singleLogout.frontChannel(ended) : []
    if (interrupt.active) await interrupt.tracker.forget(call, session?.authentication.principal.id)
    const who = session?.authentication.principal.id ?? 'audit:unknown'
    audit.record({ action: 'LOGOUT_SUCCESS', who, what: target?.slice(0, 200) ?? '', client: call.get('client') })

    // Whoever is named must be registered, followed or not: an address nobody knows is refused, after the session is gone.
    const place = target === undefined ? undefined : await registered(call, target)
    if (place?.kind === 'refused') return told.length > 0 ? propagation(call, told, undefined, place.view) : answer(call, place.view, 403)
    const onward = await onwardFrom(call, place)
    if (told.length > 0) return propagation(call, told, onward)
    return onward === undefined ? answer(call, { id: 'logout/casLogoutView', props: { redirectUrl: undefined } }, 200) : redirectTo(onward)
  }

  /** Where the logout leads, if anywhere. */
  async function onwardFrom(call: Call, place: { readonly url: string } | undefined): Promise<string | undefined> {
    if (place && followServiceRedirects) return place.url
    if (redirectUrl) return redirectUrl
    if (place || !followServiceRedirects || !settings.cas.view.defaultRedirectUrl) return undefined
    const fallback = await registered(call, settings.cas.view.defaultRedirectUrl)
    return fallback.kind === 'registered' ? fallback.url : undefined
  }

  /** The browser tells the rest and goes on when its user does. Where one wanted to go has no say in who is told: a refusal stands on the same page. */
  function propagation(
    call: Call,
    applications: readonly FrontChannelLogout[],
    onward: string | undefined,
    refusal?: Refusal,
  ): Response | Promise<Response> {
    const by = settings.cas.slo.logoutPropagationType === 'IFRAME' ? 'frame' : 'picture'
    const headers = call.get('headers')
    const policy = headers['Content-Security-Policy']
    if (policy !== undefined) {
      const origins = [...new Set(applications.map(({ url }) => new URL(url).origin))].join(' ')
      headers['Content-Security-Policy'] =
        by === 'frame'
          ? `${policy.replace(/;?\s*frame-src[^;]*/, '')}; frame-src ${origins}`
          : policy.replace(/img-src [^;]*/, (images) => `${images} ${origins}`)
    }
    const refused = refusal && { service: refusal.props.service, reason: refusal.props.reason }
    return answer(
      call,
      { id: 'logout/casPropagateLogoutView', props: { applications, by, redirectUrl: onward, refused } },
      refused ? 403 : 200,
    )
  }

  async function registered(call: Call, target: string): Promise<{ kind: 'registered'; url: string } | { kind: 'refused'; view: Refusal }> {
    const service = serviceReference(target)
    const refused = (message: string, reason: string): { kind: 'refused'; view: Refusal } => ({
      kind: 'refused',
      view: { id: 'error/casServiceErrorView', props: { message, reason, service: target.slice(0, 1000), redirectUrl: undefined } },
    })
    if (!service || service === 'unusable') return refused('screen.service.error.message', 'UNUSABLE')
    const finding = await services.find(service, call.get('client'))
    if (finding.kind === 'refused') return refused(finding.messageKey, finding.reason.toUpperCase().replaceAll('-', '_'))
    return { kind: 'registered', url: service.originalUrl }
  }

  async function confirmation(session: Session | undefined, target: string | undefined, parameter = 'service'): Promise<View> {
    // What could not be led to anyway is not given back, however long it is.
    const reference = serviceReference(target)
    const tracked = session ? await sso.applicationsOf(session) : []
    const urls = [...new Set(tracked.map(({ service }) => service))]
    const applications = await Promise.all(
      urls.map(async (url) => {
        const service = serviceReference(url)
        const finding = service && service !== 'unusable' ? await services.find(service) : undefined
        return { name: finding?.service?.name ?? url, url }
      }),
    )
    return {
      id: 'logout/casConfirmLogoutView',
      props: {
        principalId: session?.authentication.principal.id,
        applications,
        service: reference === 'unusable' ? undefined : target,
        parameter,
      },
    }
  }
}
