import type { Clock } from '../base/clock.ts'
import { parseDuration } from '../base/duration.ts'
import { isSecretName } from '../base/mask.ts'
import { type Call, type CookieShape, readCookie, sameSite, sendableCookie, setCookie, wantsJson } from '../http/index.ts'
import { localeCookieName, type PageContext, type View, type Views, type ViewsConfig } from '../views/index.ts'

/** What decides about language and looks besides the browser itself. */
export interface PageWishes {
  readonly locale?: string | undefined
  readonly theme?: string | undefined
  readonly service?: { readonly locale: string | undefined; readonly theme: string | undefined } | undefined
}

/** Answers a call with a page; as JSON to a caller that asks for JSON and not for HTML. */
export type Answer = (call: Call, view: View, status: number, wishes?: PageWishes) => Response

export interface PageParts {
  readonly views: Views
  readonly settings: ViewsConfig
  readonly clock: Clock
}

/** @throws {StartRefusal} for a language cookie that cannot be sent. */
export function pages({ views, settings, clock }: PageParts): Answer {
  const { paramName, cookie } = settings.cas.locale
  const cookieName = localeCookieName(settings)
  sendableCookie(localeCookie(false), 'cas.locale.cookie')
  return (call, view, status, wishes = {}) => {
    const context = contextOf(call, wishes)
    const language = { 'Content-Language': context.locale }
    if (wantsJson(call)) {
      const body = JSON.stringify({ status, ...refusalCode(view, context), ...views.json(view, context) })
      return new Response(body, { status, headers: { 'Content-Type': 'application/json;charset=UTF-8', ...language } })
    }
    const page = views.render(view, context)
    return new Response(page.html, { status, headers: { 'Content-Type': 'text/html;charset=UTF-8', ...language, ...page.headers } })
  }

  /** Programs read the reason of a refusal as its message key (services.md 9). */
  function refusalCode(view: View, { locale }: PageContext): object {
    if (view.id !== 'error/casServiceErrorView') return {}
    return { error: views.text({ key: 'screen.service.error.header' }, locale), code: view.props.message }
  }

  function contextOf(call: Call, wishes: PageWishes): PageContext {
    // An answer to a request that was refused early has no parameters.
    const query = (call.get('parameters') as Call['var']['parameters'] | undefined)?.query ?? new URLSearchParams()
    const parameter = query.get(paramName) ?? wishes.locale
    const locale = views.chooseLocale({
      parameter,
      cookie: readCookie(call, cookieName),
      service: wishes.service?.locale,
      acceptLanguage: call.req.header('accept-language'),
    })
    if (query.has(paramName)) rememberLocale(call, locale)
    const here = new URLSearchParams([...query].filter(([name]) => name !== paramName && !isSecretName(name)))
    return {
      locale,
      theme: views.chooseTheme({ parameter: wishes.theme, service: wishes.service?.theme }),
      nonce: call.get('nonce'),
      requestId: call.get('requestId'),
      nowMs: clock(),
      here: `${call.req.path}${here.size > 0 ? `?${here}` : ''}`,
    }
  }

  /** Only an explicit choice is remembered: CAS sends this cookie with every answer, which pins a language that nobody chose. */
  function rememberLocale(call: Call, locale: string): void {
    setCookie(call, localeCookie(cookie.secure && call.get('client').secure), locale, parseDuration(cookie.maxAge) ?? -1)
  }

  function localeCookie(secure: boolean): CookieShape {
    return {
      name: cookieName,
      path: cookie.path || '/',
      domain: cookie.domain,
      secure,
      httpOnly: cookie.httpOnly,
      sameSite: cookie.sameSitePolicy ? sameSite(cookie.sameSitePolicy, secure) : 'Lax',
    }
  }
}
