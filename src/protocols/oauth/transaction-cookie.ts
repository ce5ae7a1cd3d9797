import type { Log } from '../../base/log.ts'
import { type CookieShape, sameSite } from '../../http/index.ts'
import type { SsoConfig } from '../../sso/index.ts'
import type { OAuthConfig } from './config.ts'

/** The cookie of a pending request, but for its name (oauth.md 16): what the two cookies of CAS in its place are told, as far as it has a meaning here. */
export function transactionCookie({ cas }: OAuthConfig & SsoConfig, contextPath: string, log: Log): Omit<CookieShape, 'name'> {
  const { csrfCookie, sessionReplication } = cas.authn.oauth
  const { cookie } = sessionReplication
  const domain = csrfCookie.domain.trim() || cookie.domain.trim()
  const own = `${contextPath}/oauth2.0`
  const wanted = cookie.path.trim()
  const leads = wanted === '' || (wanted.startsWith('/') && `${own}/`.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`))
  if (!leads)
    log.warn(
      { path: wanted },
      `no browser would send a cookie of this path to ${own}: the path is ${own} (cas.authn.oauth.session-replication.cookie.path)`,
    )
  // As the session's own cookie: where that is kept over plain http, a login must be able to come back.
  const secure = cookie.secure ?? cas.tgc.secure
  return {
    path: leads && wanted !== '' ? wanted : own,
    ...(domain === '' ? {} : { domain }),
    secure,
    httpOnly: true,
    sameSite: sameSite(csrfCookie.sameSitePolicy.trim() || cookie.sameSitePolicy, secure, 'Lax'),
  }
}
