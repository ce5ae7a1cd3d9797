import type { Area, Standing } from './areas.ts'
import { parseKey, squash, uniform } from './names.ts'

type Row = readonly [prefix: string, title: string, standing: Standing, reason: string]

const NO_SESSION = 'no server-side session exists; an unfinished login is sealed in the browser (castellan.login.max-time-to-live)'
const LINKS = 'links are made of cas.server.prefix'
const ONE_SERVER = 'this server brings its own HTTP'

/** Settings outside of `cas.*` that a directory of CAS often has and this server has no use for, by prefix; the longest counts (configuration.md 10). */
const rows: readonly Row[] = [
  ['server.error', 'pages of errors', 'differently', 'stack traces are never shown; the log has them under the request id of the page'],
  ['server.jetty', 'Jetty', 'platform', ONE_SERVER],
  ['server.netty', 'Netty', 'platform', ONE_SERVER],
  ['server.undertow', 'Undertow', 'platform', ONE_SERVER],
  ['server.reactive', 'WebFlux', 'platform', ONE_SERVER],
  ['server.server-header', 'header `Server`', 'platform', 'answers carry none'],
  ['server.servlet', 'servlets', 'platform', ONE_SERVER],
  ['server.servlet.session', 'server-side sessions', 'differently', NO_SESSION],
  ['server.servlet.encoding', 'encoding', 'platform', 'everything is UTF-8'],
  ['server.ssl', 'https', 'partly', 'this setting of it is not used here'],
  ['server.tomcat', 'Tomcat', 'platform', ONE_SERVER],
  ['server.tomcat.accesslog', 'access log', 'partly', 'this setting of it is not used here'],
  ['server.tomcat.remoteip', 'headers of proxies', 'differently', LINKS],
  ['server.tomcat.threads', 'threads of Tomcat', 'platform', 'requests share one thread and wait for nothing'],
  ['server.tomcat.max-swallow-size', 'bodies that are too large', 'differently', 'they are not read to their end'],
  ['spring.threads', 'threads of Java', 'platform', 'requests share one thread and wait for nothing'],
  ['spring.cloud', 'configuration from another server', 'missing', 'settings come from files, environment and command line'],
  ['spring.boot.admin', 'Spring Boot Admin', 'missing', 'the endpoints below /actuator say the same to whoever asks'],
  ['spring.thymeleaf', 'templates', 'platform', 'pages are made here; themes take their place'],
  ['spring.mvc', 'Spring MVC', 'platform', ONE_SERVER],
  ['spring.webflow', 'Spring Webflow', 'platform', 'the login is made here'],
  ['spring.session', 'server-side sessions', 'differently', NO_SESSION],
  ['spring.jpa', 'SQL', 'missing', 'no SQL database is used'],
  ['spring.datasource', 'SQL', 'missing', 'no SQL database is used'],
  ['spring.ldap', 'LDAP', 'missing', 'no LDAP is used'],
  ['spring.data', 'Spring Data', 'platform', 'stores have settings of their own'],
  ['spring.autoconfigure', 'assembly of Spring Boot', 'platform', 'there is nothing to assemble'],
  ['spring.aop', 'assembly of Spring', 'platform', 'there is nothing to assemble'],
  ['spring.main', 'assembly of Spring Boot', 'platform', 'there is nothing to assemble'],
  ['spring.jmx', 'JMX', 'platform', 'there is no JVM'],
  ['spring.devtools', 'development of Java', 'platform', 'changed settings act by themselves'],
  ['spring.config', 'where settings come from', 'partly', 'this setting of it is not used here'],
  ['spring.servlet.multipart', 'uploads', 'differently', 'endpoints that take files have limits of their own'],
  ['spring.web', 'static files', 'partly', 'this setting of it is not used here'],
  ['spring.security', 'operators', 'partly', 'operators are those of spring.security.user and cas.monitor.endpoints.json'],
  ['spring.ssl', 'bundles of keys', 'partly', 'this setting of it is not used here'],
  ['spring.mail', 'mail', 'partly', 'this setting of it is not used here'],
  ['management', 'management endpoints', 'partly', 'this setting of it is not used here'],
  ['management.endpoints.jmx', 'JMX', 'platform', 'there is no JVM'],
  ['management.tracing', 'tracing', 'missing', 'requests carry an id (X-RequestId)'],
  ['management.otlp', 'tracing', 'missing', 'requests carry an id (X-RequestId)'],
  ['management.zipkin', 'tracing', 'missing', 'requests carry an id (X-RequestId)'],
  ['management.metrics.export', 'metrics that are sent', 'missing', 'metrics are asked for: endpoints metrics and prometheus'],
  ['management.health', 'health', 'partly', 'there is no such part here'],
  ['management.info', 'endpoint info', 'partly', 'it says what it says'],
  ['logging', 'log', 'partly', 'this setting of it is not used here'],
  ['logging.structured', 'log as JSON', 'differently', 'castellan.log.format=json writes JSON lines'],
  ['springdoc', 'description of the REST protocol', 'missing', 'guide "REST protocol"'],
]

const keyOf = (name: string) => name.split('.').map(uniform).join('.')
const byPrefix = new Map(rows.map(([prefix, title, standing, reason]) => [keyOf(prefix), { title, standing, reason }]))

const elementsOf = (name: string) => (parseKey(name) ?? []).filter((one) => one.index === undefined).map((one) => one.text)

/** The area of a setting outside of `cas.*` that has no effect here; `undefined` for one that nobody has thought of. */
export function springAreaOf(name: string): Area | undefined {
  const elements = elementsOf(name).map(uniform)
  for (let length = elements.length; length > 0; length -= 1) {
    const found = byPrefix.get(elements.slice(0, length).join('.'))
    if (found) return found
  }
  return undefined
}

/** Features of CAS that are always on here. */
const ALWAYS = new Set(['auditlog', 'authentication', 'logout', 'serviceregistry', 'sso', 'throttling', 'ticketregistry'])

/**
 * What becomes of a feature switch that this server does not have (configuration.md 11).
 *
 * @param name `CasFeatureModule.OpenIDConnect.enabled`
 */
export function featureArea(name: string): Area {
  const [, feature = '', ...parts] = elementsOf(name)
  const variant = parts.length > 1 ? `.${parts[0]}` : ''
  const title = `feature ${feature}${variant}`
  if (ALWAYS.has(squash(feature)) && (variant === '' || variant === '.core' || variant === '.json'))
    return { title, standing: 'platform', reason: 'it is always on here' }
  return { title, standing: 'missing', reason: 'not part of this server yet' }
}
