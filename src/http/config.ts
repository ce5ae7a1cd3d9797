import {
  choice,
  duration,
  flag,
  group,
  type Infer,
  int,
  listOf,
  mapOf,
  optional,
  regex,
  resource,
  size,
  text,
  texts,
  url,
  verified,
} from '../base/schema.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import { accessPattern, extendedAccessPattern } from './access-pattern.ts'
import { sslBundleConfig, sslConfig } from './tls/config.ts'

/** Loopback, link-local, private and carrier networks, as Spring Boot's default: who may say for whom it speaks. */
export const PRIVATE_NETWORKS = [
  '10\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}',
  '192\\.168\\.\\d{1,3}\\.\\d{1,3}',
  '169\\.254\\.\\d{1,3}\\.\\d{1,3}',
  '127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}',
  '100\\.(6[4-9]|[7-9]\\d|1[01]\\d|12[0-7])\\.\\d{1,3}\\.\\d{1,3}',
  '172\\.(1[6-9]|2\\d|3[01])\\.\\d{1,3}\\.\\d{1,3}',
  '0:0:0:0:0:0:0:1',
  '::1',
  'fe[89ab][0-9a-f]:.*',
  'f[cd][0-9a-f]{2}:.*',
].join('|')

export const httpConfig = group({
  server: group({
    port: int(8443, 'Port of the server; 0: any free one, which is printed.', {
      min: 0,
      max: 65535,
      restart: true,
    }),
    address: optional(text('', 'Address to bind; empty: all.', { restart: true })),
    servlet: group({
      contextPath: text('/cas', 'Path under which everything lies; `/` or empty: the root.', { restart: true }),
    }),
    ssl: sslConfig,
    http2: group({
      enabled: flag(false, 'Whether browsers may speak HTTP/2 at the https port; without https it has no effect.', { restart: true }),
    }),
    compression: group({
      enabled: flag(true, 'Whether answers are compressed (gzip) for whoever accepts that.'),
      mimeTypes: texts(
        [
          'text/html',
          'text/xml',
          'text/plain',
          'text/css',
          'text/javascript',
          'application/javascript',
          'application/json',
          'application/xml',
        ],
        'Types of the answers that are.',
      ),
      minResponseSize: size('2KB', 'Smaller ones are not.'),
    }),
    shutdown: choice(['graceful', 'immediate'], 'graceful', 'Whether running requests are finished when the server stops.'),
    forwardHeadersStrategy: choice(
      ['NATIVE', 'FRAMEWORK', 'NONE'],
      'NATIVE',
      'Which headers of trusted proxies count: `X-Forwarded-*`; `Forwarded` too; none.',
    ),
    maxHttpRequestHeaderSize: size('500KB', 'Largest head of a request; beyond it 431, or 414 when the request line alone is too long.', {
      formerly: ['server.max-http-header-size'],
      restart: true,
    }),
    tomcat: group({
      remoteip: group({
        remoteIpHeader: text('X-FORWARDED-FOR', 'Header in which trusted proxies name the client.', {
          formerly: ['server.tomcat.remote-ip-header'],
        }),
        protocolHeader: text('X-Forwarded-Proto', 'Header in which trusted proxies name the scheme.', {
          formerly: ['server.tomcat.protocol-header'],
        }),
        protocolHeaderHttpsValue: text('https', 'Its value for https.', { formerly: ['server.tomcat.protocol-header-https-value'] }),
        internalProxies: regex(PRIVATE_NETWORKS, 'Addresses of trusted proxies; the headers of others are ignored.', {
          formerly: ['server.tomcat.internal-proxies'],
        }),
      }),
      maxHttpFormPostSize: size('2MB', 'Largest body of a request; beyond it 413.', { formerly: ['server.tomcat.max-http-post-size'] }),
      connectionTimeout: duration('PT20S', 'How long the head of a request may take, and an unused connection stays open.', {
        bareNumber: 'ms',
        formerly: ['server.connection-timeout'],
        restart: true,
      }),
      maxConnections: int(8192, 'How many connections may be open at each port; those beyond it are closed at once.', {
        min: 1,
        restart: true,
      }),
      basedir: optional(
        resource('', 'Folder to which relative folders of access logs refer; not set: the working directory.', { restart: true }),
      ),
      accesslog: group({
        enabled: flag(true, 'Whether each request is logged.', { restart: true }),
        pattern: optional(
          verified(
            text('', 'How: directives of Tomcat (`%t %a "%r" %s (%D ms)`), `common` or `combined`. Not set: an event with fields.', {
              restart: true,
              template: true,
            }),
            accessPattern,
          ),
        ),
        directory: optional(resource('', 'Folder for a file of requests for each day, besides the log.', { restart: true })),
        prefix: text('access_log', 'Begin of its name; the day follows.', { restart: true }),
        suffix: text('.log', 'End of its name.', { restart: true }),
        maxDays: int(-1, 'Days after which such files are deleted; -1: never.', { min: -1, restart: true }),
      }),
    }),
  }),
  spring: group({
    ssl: group({ bundle: sslBundleConfig }),
    lifecycle: group({
      timeoutPerShutdownPhase: duration('10s', 'How long running requests may take to finish when the server stops.', { bareNumber: 'ms' }),
    }),
  }),
  cas: group({
    server: group({
      name: url('https://cas.example.org:8443', 'Address of the server as browsers see it, without path.'),
      prefix: optional(url('', 'Address of the server with context path. Not set: name and context path.')),
      scope: text('example.org', 'Domain of scoped attributes.', { formerly: ['cas.authn.saml-idp.scope'] }),
      tomcat: group({
        http: listOf(
          group({
            enabled: flag(false, 'Whether this listener exists.', { restart: true, formerly: ['cas.server.http.enabled'] }),
            port: int(8080, 'Its port; 0: any free one.', { min: 0, max: 65535, restart: true, formerly: ['cas.server.http.port'] }),
          }),
          'Additional listeners for plain http.',
        ),
        httpProxy: group({
          enabled: flag(false, 'Whether a proxy stands before the server that ends TLS and says so in no header.', {
            formerly: ['cas.server.http-proxy.enabled'],
          }),
          secure: flag(true, 'Whether browsers reach that proxy by https.', { formerly: ['cas.server.http-proxy.secure'] }),
          scheme: text('https', 'Scheme by which browsers reach that proxy.', { formerly: ['cas.server.http-proxy.scheme'] }),
        }),
        extAccessLog: group({
          enabled: flag(false, 'Whether there is a file of requests in the W3C extended format, for each day.', { restart: true }),
          pattern: verified(
            text('c-ip s-ip cs-uri sc-status time x-threadname x-H(secure) x-H(remoteUser)', 'Its fields, as Tomcat has them.', {
              restart: true,
              template: true,
            }),
            extendedAccessPattern,
          ),
          directory: optional(resource('', 'Its folder; not set: `logs`.', { restart: true })),
          prefix: text('localhost_access_extended', 'Begin of its name; the day follows.', { restart: true }),
          suffix: text('.log', 'End of its name.', { restart: true }),
        }),
        remoteAddr: group({
          enabled: flag(false, 'Whether the two patterns below count.'),
          allowedClientIpAddressRegex: regex('.+', 'Only clients whose whole address matches are served; others get 403.'),
          deniedClientIpAddressRegex: regex('', 'Clients whose whole address matches get 403.'),
        }),
      }),
    }),
    host: group({
      name: text('', 'Last part of ticket ids; empty: the short name of this machine; `off`: none.'),
    }),
    audit: group({
      engine: group({
        alternateClientAddrHeaderName: text(
          'X-Forwarded-For',
          'Header that names the client; believed from trusted proxies only. Looked at before that of server.tomcat.remoteip, unless only that one is changed.',
          {
            formerly: ['cas.audit.alternateClientAddrHeaderName'],
          },
        ),
      }),
    }),
    logging: group({
      mdc: group({
        enabled: flag(true, 'Whether what is logged of a request says who asked for what, besides its id.', {
          formerly: ['cas.logging.mdcEnabled'],
        }),
      }),
    }),
    httpWebRequest: group({
      allowMultiValueParameters: flag(false, 'Whether checked parameters may occur more than once.'),
      onlyPostParams: text('password', 'Parameters, separated by commas, that are refused in any request but a POST.'),
      paramsToCheck: text(
        'ticket,service,renew,gateway,warn,method,target,SAMLart,pgtUrl,pgt,pgtId,pgtIou,targetService,entityId,token',
        'Parameters, separated by commas, that may occur once and have no control characters; `*`: all.',
      ),
      charactersToForbid: text(
        'none',
        'Characters, separated by blanks, that checked parameters may not have; `none`: only control characters.',
      ),
      patternToBlock: regex('', 'Requests in whose path and query this pattern is found are refused.'),
      customHeaders: mapOf(text('', 'Value of the header.'), 'Headers that every answer carries, by name.'),
      header: group({
        enabled: flag(true, 'Whether the headers below are sent at all.'),
        cache: flag(true, 'Whether answers say that they must not be kept.'),
        cacheControlStaticResources: text('css|js|png|txt|jpg|ico|jpeg|bmp|gif', 'Extensions of static files, which may be kept.'),
        hsts: flag(true, 'Whether https answers carry `Strict-Transport-Security`.'),
        hstsOptions: text('max-age=15768000 ; includeSubDomains', 'Its value.'),
        xframe: flag(true, 'Whether answers carry `X-Frame-Options`.'),
        xframeOptions: text('DENY', 'Its value.'),
        xcontent: flag(true, 'Whether answers carry `X-Content-Type-Options: nosniff`.'),
        xss: flag(true, 'Whether answers carry `X-XSS-Protection`.'),
        xssOptions: text('1; mode=block', 'Its value.'),
        contentSecurityPolicy: optional(
          text('', '`Content-Security-Policy` in place of the strict one; `@nonce@` becomes the nonce of the answer.'),
        ),
      }),
      cors: group({
        enabled: flag(false, 'Whether scripts of other origins may call the server.'),
        allowCredentials: flag(true, 'Whether they may send cookies.'),
        allowOrigins: texts([], 'Their origins, `*` for all (not together with credentials).'),
        allowOriginPatterns: texts([], 'Patterns that match their origins as a whole.'),
        allowMethods: texts([], 'Methods they may use; empty: `GET`, `HEAD` and `POST`; `*`: all.'),
        allowHeaders: texts([], 'Headers they may send; `*`: all.'),
        exposedHeaders: texts([], 'Headers of the answer they may read.'),
        maxAge: int(3600, 'How many seconds browsers may keep this permission.', { min: 0, wide: true }),
      }),
    }),
  }),
  castellan: group({
    log: group({ slowRequest: duration('PT2S', 'Requests slower than this are logged as such.') }),
  }),
})
export type HttpConfig = Infer<typeof httpConfig>

/**
 * The context path as it stands before every path: `/cas`, or `''` for the root (configuration.md 10.1).
 *
 * @throws {StartRefusal} It has characters that mean something in a URL or in a route.
 */
export function contextPath(settings: HttpConfig): string {
  const bare = settings.server.servlet.contextPath.trim().replace(/^\/+|\/+$/g, '')
  if (!/^[\w.~-]*(?:\/[\w.~-]+)*$/.test(bare)) {
    throw new StartRefusal('must be a path of letters, digits and -._~, e.g. /cas', { setting: 'server.servlet.context-path' })
  }
  return bare === '' ? '' : `/${bare}`
}

/** Address of the server with context path, without a slash at its end (configuration.md 10.2). */
export function serverPrefix(settings: HttpConfig): string {
  const { name, prefix } = settings.cas.server
  return (prefix ?? name.trim().replace(/\/+$/, '') + contextPath(settings)).trim().replace(/\/+$/, '')
}

/**
 * Host of the address of the server.
 *
 * @throws {StartRefusal} for an address that no browser could go to.
 */
export function serverHost(prefix: string): string {
  const url = URL.parse(prefix)
  if (url && /^https?:$/.test(url.protocol)) return url.host
  throw new StartRefusal('must be the address of the server, e.g. https://sso.example.org', { setting: 'cas.server.name' })
}
