import { parseKey, uniform } from './names.ts'

/**
 * What a group of CAS's settings is about, and why it has no effect here (configuration.md 7.2, D8): an administrator who reads the report of a
 * migration must see at once whether something is missing, done in another way, or not needed.
 */
export interface Area {
  /** What the settings are about, as it stands in front of a colon. */
  readonly title: string
  readonly standing: Standing
  /** Completes "TITLE: …". */
  readonly reason: string
}

/**
 * `missing` a feature this server does not have yet; `differently` done by other means; `platform` about Java, Tomcat or Spring, nothing is lost;
 * `partly` the feature is here, this setting of it is not.
 */
export type Standing = 'missing' | 'differently' | 'platform' | 'partly'

type Row = readonly [prefix: string, title: string, standing: Standing, reason?: string]

const REASONS: Readonly<Record<Standing, string>> = {
  missing: 'not part of this server yet',
  differently: 'done by other means here',
  platform: 'concerns the platform that CAS runs on',
  partly: 'this setting of it is not used here',
}

const GROOVY = 'Groovy is not run; a JavaScript or TypeScript module takes its place where this server has the hook'
const OTHER_STORE = 'tickets are kept in LMDB, which all processes of a machine share'
const OTHER_REGISTRY = 'definitions are read from JSON files'

const REMOTE = 'settings are read from files, the environment and the command line only; spring.config.import takes files and folders'
/** Where Spring Cloud would fetch settings from; what is not fetched is missing, and somebody must know. */
const remoteSources = (
  [
    ['config', 'a configuration server'],
    ['vault', 'HashiCorp Vault'],
    ['consul', 'Consul'],
    ['zookeeper', 'ZooKeeper'],
    ['etcd', 'etcd'],
    ['kubernetes', 'Kubernetes'],
    ['aws', 'Amazon Web Services'],
    ['azure', 'Microsoft Azure'],
    ['gcp', 'Google Cloud'],
  ] as const
).map(([name, title]): Row => [`spring.cloud.${name}`, `settings from ${title}`, 'missing', REMOTE])

/** By prefix; the longest that fits counts. */
const rows: readonly Row[] = [
  ['cas.access-strategy', 'access strategy of all services', 'missing'],
  ['cas.acceptable-usage-policy', 'acceptable use policy', 'missing'],
  ['cas.account-registration', 'registration of accounts', 'missing'],
  ['cas.acme', 'certificates by ACME', 'missing', 'certificates come from files (server.ssl.*)'],
  [
    'cas.admin-pages-security',
    'protection of CAS 5 endpoints',
    'differently',
    'cas.monitor.endpoints.endpoint.* protects them since CAS 6',
  ],
  ['cas.amazon-sts', 'credentials of Amazon STS', 'missing'],
  ['cas.apn-messaging', 'push messages (Apple)', 'missing'],
  ['cas.audit', 'audit', 'partly'],
  ['cas.audit.amazon-firehose', 'audit to Amazon Firehose', 'missing', 'audit records go to the log and to files'],
  ['cas.audit.couch-db', 'audit to CouchDB', 'missing', 'audit records go to the log and to files'],
  ['cas.audit.couchbase', 'audit to Couchbase', 'missing', 'audit records go to the log and to files'],
  ['cas.audit.dynamo-db', 'audit to DynamoDB', 'missing', 'audit records go to the log and to files'],
  ['cas.audit.jdbc', 'audit to SQL', 'missing', 'audit records go to the log and to files'],
  ['cas.audit.mongo', 'audit to MongoDB', 'missing', 'audit records go to the log and to files'],
  ['cas.audit.redis', 'audit to Redis', 'missing', 'audit records go to the log and to files'],
  ['cas.audit.rest', 'audit to REST', 'missing', 'audit records go to the log and to files'],
  ['cas.authn.accept', 'static accounts', 'partly'],
  ['cas.authn.adaptive', 'adaptive and risk-based authentication', 'missing'],
  ['cas.authn.attribute-repository', 'attributes of people', 'partly'],
  ['cas.authn.attribute-repository.azure-active-directory', 'attributes from Microsoft Entra', 'missing'],
  ['cas.authn.attribute-repository.couchbase', 'attributes from Couchbase', 'missing'],
  ['cas.authn.attribute-repository.groovy', 'attributes from Groovy', 'missing', GROOVY],
  ['cas.authn.attribute-repository.grouper', 'attributes from Grouper', 'missing'],
  ['cas.authn.attribute-repository.jdbc', 'attributes from SQL', 'missing'],
  ['cas.authn.attribute-repository.okta', 'attributes from Okta', 'missing'],
  ['cas.authn.attribute-repository.redis', 'attributes from Redis', 'missing'],
  ['cas.authn.attribute-repository.scim', 'attributes from SCIM', 'missing'],
  ['cas.authn.attribute-repository.script', 'attributes from scripts', 'missing', GROOVY],
  ['cas.authn.attribute-repository.syncope', 'attributes from Apache Syncope', 'missing'],
  ['cas.authn.authentication-attribute-release', 'attributes of the authentication', 'partly'],
  ['cas.authn.azure-active-directory', 'passwords in Microsoft Entra', 'missing'],
  ['cas.authn.cassandra', 'passwords in Cassandra', 'missing'],
  ['cas.authn.cloud-directory', 'passwords in Amazon Cloud Directory', 'missing'],
  ['cas.authn.cognito', 'passwords in Amazon Cognito', 'missing'],
  ['cas.authn.core', 'order of the authentication', 'partly'],
  ['cas.authn.couch-db', 'passwords in CouchDB', 'missing'],
  ['cas.authn.couchbase', 'passwords in Couchbase', 'missing'],
  ['cas.authn.digest', 'digest authentication', 'missing'],
  ['cas.authn.engine', 'order of the authentication', 'partly'],
  ['cas.authn.errors', 'failures of a login', 'partly'],
  ['cas.authn.exceptions', 'failures of a login', 'partly'],
  ['cas.authn.file', 'passwords in a text file', 'partly'],
  ['cas.authn.fortress', 'Apache Fortress', 'missing'],
  ['cas.authn.groovy', 'passwords checked by Groovy', 'missing', GROOVY],
  ['cas.authn.gua', 'graphical user authentication', 'missing'],
  ['cas.authn.jaas', 'passwords checked by JAAS', 'missing'],
  ['cas.authn.jdbc', 'passwords in SQL', 'missing'],
  ['cas.authn.json', 'accounts in a JSON file', 'partly'],
  ['cas.authn.ldap', 'passwords in LDAP', 'missing'],
  ['cas.authn.mfa', 'multifactor authentication', 'partly'],
  ['cas.authn.mfa.acceptto', 'second factor: Acceptto', 'missing'],
  ['cas.authn.mfa.authy', 'second factor: Authy', 'missing'],
  ['cas.authn.mfa.azure', 'second factor: Azure', 'missing'],
  ['cas.authn.mfa.duo', 'second factor: Duo (mfa-duo)', 'missing'],
  ['cas.authn.mfa.gauth', 'second factor: authenticator apps (mfa-gauth)', 'missing'],
  ['cas.authn.mfa.inwebo', 'second factor: Inwebo (mfa-inwebo)', 'missing'],
  ['cas.authn.mfa.radius', 'second factor: RADIUS (mfa-radius)', 'missing'],
  ['cas.authn.mfa.simple.phone', 'second factor: calls', 'missing', 'codes go by SMS and mail'],
  ['cas.authn.mfa.swivel', 'second factor: Swivel', 'missing'],
  ['cas.authn.mfa.trusted', 'browsers that are not asked again', 'missing'],
  ['cas.authn.mfa.twilio', 'second factor: Twilio Verify (mfa-twilio)', 'missing', 'codes go by SMS through Twilio with mfa-simple'],
  ['cas.authn.mfa.u2f', 'second factor: U2F (mfa-u2f)', 'missing'],
  ['cas.authn.mfa.web-authn', 'second factor: passkeys (mfa-webauthn)', 'missing'],
  ['cas.authn.mfa.yubikey', 'second factor: YubiKey (mfa-yubikey)', 'missing'],
  ['cas.authn.mongo', 'passwords in MongoDB', 'missing'],
  ['cas.authn.ntlm', 'NTLM', 'missing'],
  ['cas.authn.oauth', 'OAuth', 'partly'],
  ['cas.authn.oauth.csrf-cookie', 'OAuth', 'differently', 'a pending authorization is sealed in the browser and needs no such cookie'],
  ['cas.authn.oauth.replicate-sessions', 'OAuth', 'differently', 'no server-side session exists that could be replicated'],
  ['cas.authn.oauth.session-replication', 'OAuth', 'differently', 'no server-side session exists that could be replicated'],
  ['cas.authn.oauth.uma', 'user-managed access (UMA)', 'missing'],
  ['cas.authn.oidc', 'OpenID Connect', 'missing'],
  ['cas.authn.okta', 'passwords in Okta', 'missing'],
  ['cas.authn.openid', 'OpenID 2.0', 'missing'],
  ['cas.authn.pac4j', 'delegated login at other identity providers', 'missing'],
  ['cas.authn.passwordless', 'passwordless login', 'partly'],
  ['cas.authn.passwordless.accounts.mongo', 'passwordless login: accounts in MongoDB', 'missing'],
  ['cas.authn.passwordless.accounts.syncope', 'passwordless login: accounts in Apache Syncope', 'missing'],
  ['cas.authn.passwordless.core.delegated-authentication-activated', 'passwordless login: other identity providers', 'missing'],
  ['cas.authn.passwordless.core.delegated-authentication-selector-script', 'passwordless login: other identity providers', 'missing'],
  ['cas.authn.passwordless.google-recaptcha', 'captchas', 'missing'],
  [
    'cas.authn.passwordless.tokens.crypto',
    'passwordless login',
    'differently',
    'the ticket registry keeps a digest of a code, never the code',
  ],
  ['cas.authn.passwordless.tokens.jpa', 'passwordless login', 'differently', 'codes are kept in the ticket registry'],
  ['cas.authn.passwordless.tokens.mongo', 'passwordless login', 'differently', 'codes are kept in the ticket registry'],
  ['cas.authn.passwordless.tokens.rest', 'passwordless login', 'differently', 'codes are made and kept here'],
  ['cas.authn.password-sync', 'password synchronisation', 'missing'],
  ['cas.authn.pm', 'password management (change and reset)', 'missing'],
  ['cas.authn.policy', 'authentication policy', 'partly'],
  ['cas.authn.qr', 'login by QR code', 'missing'],
  ['cas.authn.radius', 'RADIUS', 'missing'],
  ['cas.authn.redis', 'passwords in Redis', 'missing'],
  ['cas.authn.reject', 'rejected accounts', 'partly'],
  ['cas.authn.release-protocol-attributes', 'attributes of the authentication', 'partly'],
  ['cas.authn.remote', 'login by the address or a header of the client', 'missing'],
  ['cas.authn.remote-address', 'login by the address or a header of the client', 'missing'],
  ['cas.authn.rest', 'passwords checked by REST', 'missing'],
  ['cas.authn.saml-idp', 'SAML 2.0 identity provider', 'missing'],
  ['cas.authn.shib-idp', 'Shibboleth in front of CAS', 'missing'],
  ['cas.authn.shiro', 'Apache Shiro', 'missing'],
  ['cas.authn.soap', 'passwords checked by SOAP', 'missing'],
  ['cas.authn.spnego', 'SPNEGO (Kerberos)', 'missing'],
  ['cas.authn.surrogate', 'login for another person (surrogate)', 'missing'],
  ['cas.authn.syncope', 'passwords in Apache Syncope', 'missing'],
  ['cas.authn.throttle', 'throttling of logins', 'partly'],
  ['cas.authn.throttle.bucket4j', 'throttling by capacity', 'missing'],
  ['cas.authn.throttle.hazelcast', 'throttling shared by Hazelcast', 'missing', 'each process counts its own failures'],
  ['cas.authn.throttle.jdbc', 'throttling by audit records in SQL', 'missing', 'each process counts its own failures'],
  ['cas.authn.throttle.ldap', 'account locks in LDAP', 'missing'],
  ['cas.authn.throttle.schedule', 'throttling of logins', 'differently', 'counters end with their window; nothing has to be swept'],
  ['cas.authn.token', 'JWTs as service tickets and credentials', 'missing'],
  ['cas.authn.trusted', 'login trusted from a proxy', 'missing'],
  ['cas.authn.uma', 'user-managed access (UMA)', 'missing'],
  ['cas.authn.wsfed', 'delegated login by WS-Federation', 'missing'],
  ['cas.authn.wsfed-idp', 'WS-Federation identity provider', 'missing'],
  ['cas.authn.x509', 'client certificates (X.509)', 'missing'],
  ['cas.client', 'CAS client of the management application', 'platform'],
  ['cas.consent', 'consent to the release of attributes', 'missing'],
  ['cas.core', 'cache of Groovy scripts', 'platform', GROOVY],
  ['cas.custom', 'settings of an overlay', 'platform', 'read by code of the overlay only'],
  ['cas.email-provider', 'mail by a web service', 'missing', 'mail goes out by SMTP (spring.mail.*)'],
  ['cas.events', 'stores of events in databases', 'missing', 'events are kept in memory, and told to castellan.events.webhook.url'],
  ['cas.geo-location', 'geography of addresses', 'missing'],
  ['cas.google-analytics', 'Google Analytics on pages', 'missing', 'pages load nothing from elsewhere'],
  ['cas.google-apps', 'Google Apps', 'missing'],
  ['cas.google-firebase-messaging', 'push messages (Firebase)', 'missing'],
  ['cas.google-maps', 'Google Maps on pages', 'missing', 'pages load nothing from elsewhere'],
  ['cas.google-recaptcha', 'reCAPTCHA', 'missing'],
  ['cas.heimdall', 'authorization of other servers (Heimdall)', 'missing'],
  ['cas.host', 'name of this host', 'partly'],
  ['cas.http-client', 'outgoing requests', 'partly', 'they have fixed limits here and never follow a caller to local addresses'],
  ['cas.http-client.proxy-host', 'outgoing requests', 'missing', 'they go out directly'],
  ['cas.http-client.proxy-port', 'outgoing requests', 'missing', 'they go out directly'],
  ['cas.http-client.truststore.psw', 'outgoing requests', 'differently', 'the certificates of cas.http-client.truststore.file are PEM'],
  ['cas.http-client.default-headers', 'outgoing requests', 'missing'],
  ['cas.http-web-request', 'requests', 'partly'],
  ['cas.http-web-request.web', 'requests', 'platform', 'everything is UTF-8'],
  ['cas.initialization-time', 'start', 'platform'],
  ['cas.interrupt', 'interrupt', 'partly'],
  ['cas.javers', 'history of entities by JaVers', 'missing'],
  ['cas.jdbc', 'SQL', 'missing', 'no SQL database is used'],
  ['cas.locale', 'language of pages', 'partly'],
  ['cas.logging', 'log', 'partly'],
  ['cas.logging.mdc', 'request in the log', 'differently', 'parameters and headers of a request are never put into the log'],
  ['cas.logging.cloudwatch', 'log to Amazon CloudWatch', 'missing', 'the log goes to standard output'],
  ['cas.logging.gcp', 'log to Google Cloud', 'missing', 'the log goes to standard output'],
  ['cas.logout', 'logout', 'partly'],
  ['cas.maxmind', 'geography of addresses', 'missing'],
  ['cas.message-bundle', 'texts of pages', 'partly'],
  ['cas.metrics', 'metrics', 'partly'],
  ['cas.monitor', 'health and endpoints', 'partly'],
  ['cas.monitor.endpoints.jaas', 'accounts of operators in JAAS', 'missing'],
  ['cas.monitor.endpoints.jdbc', 'accounts of operators in SQL', 'missing'],
  ['cas.monitor.endpoints.ldap', 'accounts of operators in LDAP', 'missing'],
  ['cas.monitor.jaeger', 'tracing', 'missing'],
  ['cas.monitor.jdbc', 'health of SQL', 'missing', 'no SQL database is used'],
  ['cas.monitor.ldap', 'health of LDAP', 'missing', 'no LDAP is used'],
  ['cas.monitor.memcached', 'health of Memcached', 'missing', 'no Memcached is used'],
  ['cas.monitor.memory', 'health of the memory', 'platform', 'about the heap of a JVM'],
  ['cas.monitor.free-mem-threshold', 'health of the memory', 'platform', 'about the heap of a JVM'],
  ['cas.monitor.mongo', 'health of MongoDB', 'missing', 'no MongoDB is used'],
  ['cas.multitenancy', 'several tenants', 'missing'],
  ['cas.person-directory', 'which attributes make the person', 'partly'],
  ['cas.rest', 'REST protocol (/v1/tickets)', 'missing'],
  ['cas.saml-core', 'SAML 1.1', 'missing'],
  ['cas.saml-metadata-ui', 'names from SAML metadata on the login page', 'missing'],
  ['cas.saml-sp', 'ready-made SAML 2.0 service providers', 'missing'],
  ['cas.scim', 'provisioning by SCIM', 'missing'],
  ['cas.server', 'address of this server', 'partly'],
  ['cas.server.ajp', 'AJP connector of Tomcat', 'platform'],
  ['cas.server.clustering', 'sessions of Tomcat in a cluster', 'platform', 'no server-side session exists'],
  ['cas.server.jetty', 'Jetty', 'platform'],
  ['cas.server.tomcat', 'Tomcat', 'platform'],
  ['cas.server.tomcat.clustering', 'sessions of Tomcat in a cluster', 'platform', 'no server-side session exists'],
  ['cas.service', 'service registry', 'partly'],
  ['cas.service-registry', 'service registry', 'partly'],
  ['cas.service-registry.amazon-s3', 'definitions in Amazon S3', 'missing', OTHER_REGISTRY],
  [
    'cas.service-registry.cache',
    'service registry',
    'differently',
    'all definitions are in memory, with an index; there is no cache to size',
  ],
  ['cas.service-registry.cache-capacity', 'service registry', 'differently', 'all definitions are in memory; there is no cache to size'],
  ['cas.service-registry.cache-size', 'service registry', 'differently', 'all definitions are in memory; there is no cache to size'],
  ['cas.service-registry.cassandra', 'definitions in Cassandra', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.cosmos-db', 'definitions in Cosmos DB', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.couch-db', 'definitions in CouchDB', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.couchbase', 'definitions in Couchbase', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.dynamo-db', 'definitions in DynamoDB', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.google-cloud-firestore', 'definitions in Firestore', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.jpa', 'definitions in SQL', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.ldap', 'definitions in LDAP', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.management-type', 'service registry', 'platform'],
  ['cas.service-registry.core.management-type', 'service registry', 'platform'],
  ['cas.service-registry.mongo', 'definitions in MongoDB', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.redis', 'definitions in Redis', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.rest', 'definitions by REST', 'missing', OTHER_REGISTRY],
  ['cas.service-registry.stream', 'definitions sent among nodes', 'missing', OTHER_REGISTRY],
  [
    'cas.session-replication',
    'replication of server-side sessions',
    'differently',
    'no server-side session exists that could be replicated',
  ],
  ['cas.slack-messaging', 'messages by Slack', 'missing'],
  ['cas.slo', 'single logout', 'partly'],
  ['cas.sms-provider', 'SMS', 'missing', 'SMS goes out by Twilio, REST or a module'],
  ['cas.sms-provider.rest', 'SMS by REST', 'partly'],
  ['cas.sms-provider.twilio', 'SMS by Twilio', 'partly'],
  ['cas.spring.cloud', 'configuration from another server', 'missing', 'settings come from files, environment and command line'],
  ['cas.sso', 'single sign-on', 'partly'],
  ['cas.standalone', 'where the configuration is', 'partly'],
  ['cas.tgc', 'ticket-granting cookie', 'partly'],
  ['cas.theme', 'looks of pages', 'partly'],
  ['cas.ticket', 'tickets', 'partly'],
  ['cas.ticket.crypto', 'tickets', 'differently', 'the store never holds a usable ticket; see cas.ticket.registry'],
  ['cas.ticket.registry', 'ticket store', 'partly'],
  ...(
    [
      ['cassandra', 'Cassandra'],
      ['cosmos-db', 'Cosmos DB'],
      ['couch-db', 'CouchDB'],
      ['couchbase', 'Couchbase'],
      ['dynamo-db', 'DynamoDB'],
      ['ehcache', 'Ehcache'],
      ['ehcache3', 'Ehcache 3'],
      ['geode', 'Geode'],
      ['google-cloud-firestore', 'Firestore'],
      ['hazelcast', 'Hazelcast'],
      ['ignite', 'Ignite'],
      ['infinispan', 'Infinispan'],
      ['jms', 'JMS'],
      ['jpa', 'SQL'],
      ['kafka', 'Kafka'],
      ['memcached', 'Memcached'],
      ['mongo', 'MongoDB'],
      ['redis', 'Redis'],
      ['stateless', 'the browser (stateless)'],
    ] as const
  ).map(([name, store]): Row => [`cas.ticket.registry.${name}`, `tickets in ${store}`, 'missing', OTHER_STORE]),
  [
    'cas.ticket.registry.in-memory',
    'tickets in memory',
    'differently',
    `${OTHER_STORE}; castellan.ticket-registry.store=memory keeps them in memory`,
  ],
  ['cas.tomcat', 'Tomcat', 'platform'],
  ...remoteSources,
  ['cas.view', 'pages and answers', 'partly'],
  ['cas.view.cas2', 'templates of CAS 2.0 answers', 'platform', 'the answers are fixed by the protocol'],
  ['cas.view.cas3', 'templates of CAS 3.0 answers', 'platform', 'the answers are fixed by the protocol'],
  ['cas.view.rest', 'pages from another server', 'missing'],
  ['cas.warning-cookie', 'warning before an application is entered', 'partly'],
  ['cas.webflow', 'login flow', 'partly'],
  ['cas.webflow.auto-configuration', 'Spring Webflow', 'platform'],
  ['cas.webflow.autoconfigure', 'Spring Webflow', 'platform'],
  ['cas.webflow.groovy', 'login flow in Groovy', 'missing', GROOVY],
  ['cas.webflow.login-decorator', 'data for the login page from elsewhere', 'missing'],
  ['cas.webflow.session', 'state of a login', 'differently', 'it is sealed in the browser; nothing is kept on the server'],
]

/** Settings of any area that this server has no use for, by their last parts. */
const endings: readonly Row[] = [
  ['groovy.location', 'Groovy', 'missing', GROOVY],
  ['cookie.comment', 'comment of a cookie', 'platform', 'browsers ignore it since RFC 6265'],
  ['crypto.strategy-type', 'order of encryption and signature', 'differently', 'cookies of this server are sealed in one step'],
]

const keyOf = (name: string) => name.split('.').map(uniform).join('.')
const byPrefix = new Map(rows.map(([prefix, ...row]) => [keyOf(prefix), areaOf(row)]))
const byEnding = endings.map(([ending, ...row]) => [`.${keyOf(ending)}`, areaOf(row)] as const)

function areaOf([title, standing, reason]: readonly [string, Standing, string?]): Area {
  return { title, standing, reason: reason ?? REASONS[standing] }
}

/**
 * The area of a setting of CAS that has no effect here.
 *
 * @param name In any spelling; places in lists do not count.
 * @returns `undefined` for a name that belongs to no area of CAS.
 */
export function areaOfSetting(name: string): Area | undefined {
  const elements = (parseKey(name) ?? []).filter((one) => one.index === undefined).map((one) => one.uniform)
  const whole = elements.join('.')
  const ending = byEnding.find(([text]) => whole.endsWith(text))?.[1]
  for (let length = elements.length; length > 1; length -= 1) {
    const found = byPrefix.get(elements.slice(0, length).join('.'))
    // An area that is missing altogether says more than one script of it.
    if (found) return ending && found.standing === 'partly' ? ending : found
  }
  return ending
}
