import { StartRefusal } from '../base/start-refusal.ts'
import type { HttpConfig, Route } from '../http/index.ts'
import type { ManagementConfig } from './config.ts'
import { notFound } from './endpoint.ts'

/**
 * Settings of the HTTP room for a port that has only the management endpoints (`management.server.*`, configuration.md 14.1): the context path of the
 * server does not count there. What is not set is that of the server.
 *
 * @returns `undefined` when they are at the port of the server.
 */
export function ownPortSettings<S extends HttpConfig & ManagementConfig>(settings: S): S | undefined {
  const { port, address, basePath, ssl } = settings.management.server
  if (port === undefined || (port !== 0 && port === settings.server.port)) return undefined
  const inherited = settings.server.ssl
  const ownStore = ssl.keyStore !== undefined
  const ownMaterial = ownStore || ssl.certificate !== undefined
  const certificate = ssl.certificate ?? (ownStore ? undefined : inherited.certificate)
  return {
    ...settings,
    server: {
      ...settings.server,
      port,
      address,
      servlet: { ...settings.server.servlet, contextPath: basePath },
      ssl: {
        ...inherited,
        enabled: ssl.enabled ?? inherited.enabled,
        bundle: ssl.bundle ?? (ownMaterial ? undefined : inherited.bundle),
        keyAlias: ssl.keyAlias ?? (ownStore ? undefined : inherited.keyAlias),
        keyStore: ssl.keyStore ?? inherited.keyStore,
        keyStorePassword: ssl.keyStorePassword ?? inherited.keyStorePassword,
        keyPassword: ssl.keyPassword ?? inherited.keyPassword,
        certificate,
        certificatePrivateKey: ssl.certificate === undefined && !ownStore ? inherited.certificatePrivateKey : ssl.certificatePrivateKey,
      },
    },
    cas: { ...settings.cas, server: { ...settings.cas.server, tomcat: { ...settings.cas.server.tomcat, http: [] } } },
  }
}

/** Nothing but the endpoints: the root of that port does not lead to the login. */
export const onlyEndpoints = (routes: readonly Route[]): readonly Route[] => [
  ...routes,
  {
    method: 'GET',
    path: '/',
    statuses: [404],
    changesState: false,
    handle() {
      throw notFound()
    },
  },
]

/** The HTTP room speaks of `server.*`; for this port the settings have another name. */
export function atOwnPort(error: unknown): unknown {
  if (!(error instanceof StartRefusal) || !error.setting?.startsWith('server.')) return error
  const message = error.message.slice(error.setting.length + 1)
  return new StartRefusal(message, { setting: `management.${error.setting}`, exitCode: error.exitCode, cause: error })
}
