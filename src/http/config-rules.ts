import { asFault, type Fault, faultIf, needs, type Rule, refusals } from '../base/setting-rules.ts'
import { contextPath, type HttpConfig } from './config.ts'
import { crossOrigin, SERVER_CORS } from './cors.ts'
import { headerPolicy } from './headers.ts'
import { tlsOptions } from './tls/options.ts'
import { wantedTls } from './tls/wanted.ts'

/** What the settings of the HTTP room must have in common. */
export const httpRules: readonly Rule<HttpConfig>[] = [
  (settings) =>
    refusals(
      () => contextPath(settings),
      () => crossOrigin(settings.cas.httpWebRequest.cors, SERVER_CORS),
      () => headerPolicy(settings),
    ),
  encryption,
  ({ server: { ssl } }) =>
    needs(
      'server.ssl.certificate-private-key',
      ssl.enabled ? ssl.certificatePrivateKey : undefined,
      { 'server.ssl.certificate': ssl.certificate },
      'a private key alone is no identity',
    ),
  ({ server: { ssl } }) =>
    faultIf(
      ssl.enabled && ssl.clientAuth === 'need' && (ssl.bundle ?? ssl.trustCertificate ?? ssl.trustStore) === undefined,
      'server.ssl.client-auth',
      'is need without server.ssl.trust-certificate or .trust-store: every certificate of a public authority is believed',
      { severity: 'warn' },
    ),
  ({ server, cas }) =>
    cas.server.tomcat.http.flatMap(({ enabled, port }, at) =>
      faultIf(
        enabled && port !== 0 && port === server.port,
        `cas.server.tomcat.http[${at}].port`,
        `is ${port}, which is server.port too: each listener needs its own`,
      ),
    ),
  ({ cas }) => {
    const { enabled, allowOrigins, allowOriginPatterns } = cas.httpWebRequest.cors
    const nobody = enabled && allowOrigins.length === 0 && allowOriginPatterns.length === 0
    return faultIf(
      nobody,
      'cas.http-web-request.cors.enabled',
      'is true, and neither cas.http-web-request.cors.allow-origins nor .allow-origin-patterns lets anybody in',
      { severity: 'warn' },
    )
  },
  ({ cas, server }) => {
    const path = URL.parse(cas.server.name)?.pathname.replace(/\/+$/, '') ?? ''
    return faultIf(
      path !== '' && cas.server.prefix === undefined,
      'cas.server.name',
      `has a path; the server is at ${path}${server.servlet.contextPath} of that host only if a proxy takes ${path} away. Write the address without it, or set cas.server.prefix`,
      { severity: 'warn' },
    )
  },
]

/** Key, certificates, versions and ciphers of https, one mistake at a time: each stands on the one before. */
export async function encryption({ server, spring }: HttpConfig): Promise<readonly Fault[]> {
  if (!server.ssl.enabled) return []
  try {
    await tlsOptions(wantedTls(server.ssl, spring.ssl.bundle))
    return []
  } catch (error) {
    return [asFault(error)]
  }
}
