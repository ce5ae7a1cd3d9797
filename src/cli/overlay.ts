/** What becomes of a module of CAS that an overlay has (configuration.md 11). */
export interface ModuleFate {
  /** Without `cas-server-`. */
  readonly module: string
  readonly fate: 'here' | 'switch' | 'missing' | 'not needed'
  /** A line of settings that switches the same on; with `switch` only. */
  readonly line?: string
  /** Completes "MODULE: …". */
  readonly what: string
}

type Row = readonly [prefix: string, fate: ModuleFate['fate'], what: string, line?: string]

const OTHER_STORE = 'tickets are kept in LMDB, which all processes of a machine share'
const OTHER_REGISTRY = 'definitions are read from JSON and YAML files, also from git'

/** By prefix of the name without `cas-server-`; the longest that fits counts. */
const rows: readonly Row[] = [
  ['core', 'not needed', 'part of every CAS'],
  ['webapp', 'not needed', 'the program itself'],
  ['support-actions', 'not needed', 'the login flow is part of this server'],
  ['support-json-service-registry', 'here', 'cas.service-registry.json.location'],
  ['support-yaml-service-registry', 'here', 'cas.service-registry.yaml.location'],
  ['support-git-service-registry', 'here', 'cas.service-registry.git.*'],
  ['support-service-registry', 'missing', OTHER_REGISTRY],
  ['support-jpa-service-registry', 'missing', OTHER_REGISTRY],
  ['support-mongo-service-registry', 'missing', OTHER_REGISTRY],
  ['support-redis-service-registry', 'missing', OTHER_REGISTRY],
  ['support-ldap-service-registry', 'missing', OTHER_REGISTRY],
  ['support-rest-service-registry', 'missing', OTHER_REGISTRY],
  ['support-interrupt-webflow', 'switch', 'logins can be interrupted', 'CasFeatureModule.InterruptNotifications.enabled=true'],
  ['support-interrupt', 'here', 'cas.interrupt.*'],
  ['support-oauth-webflow', 'switch', 'the OAuth server', 'CasFeatureModule.OAuth.enabled=true'],
  ['support-oauth', 'switch', 'the OAuth server', 'CasFeatureModule.OAuth.enabled=true'],
  ['support-oauth-uma', 'missing', 'user-managed access (UMA)'],
  ['support-oidc', 'missing', 'OpenID Connect; its definitions are served as OAuth, without ID tokens'],
  ['support-rest', 'switch', 'the REST protocol', 'CasFeatureModule.RestProtocol.enabled=true'],
  ['support-rest-services', 'here', 'POST /actuator/registeredServices'],
  ['support-throttle', 'here', 'cas.authn.throttle.*'],
  ['support-throttle-bucket4j', 'missing', 'throttling by capacity'],
  ['support-sms-twilio', 'here', 'cas.sms-provider.twilio.*'],
  ['support-sms', 'missing', 'SMS goes out by Twilio, REST or a module'],
  ['support-mfa-simple', 'here', 'cas.authn.mfa.simple.*'],
  ['support-passwordless', 'here', 'cas.authn.passwordless.*'],
  ['support-simple-mfa', 'here', 'cas.authn.mfa.simple.*'],
  ['support-generic', 'here', 'cas.authn.json.*, cas.authn.file.*, cas.authn.reject.*'],
  ['support-reports', 'here', 'endpoints below /actuator (guide "Management endpoints")'],
  ['support-metrics', 'here', 'endpoints metrics and prometheus'],
  ['support-logback', 'not needed', 'the log is set by logging.*'],
  ['support-log4j2', 'not needed', 'the log is set by logging.*'],
  ['support-logging-config', 'not needed', 'the log is set by logging.*'],
  ['support-configuration-cloud', 'missing', 'settings come from files, environment and command line'],
  ['support-configuration-metadata', 'here', 'endpoint configurationMetadata, castellan config search'],
  ['support-themes', 'here', 'cas.view.template-prefixes'],
  ['support-validation', 'here', 'the validation endpoints'],
  ['support-person-directory', 'here', 'cas.authn.attribute-repository.*'],
  ['support-geolocation', 'missing', 'geography of addresses'],
  ['support-events', 'missing', 'audit records tell the same story'],
  ['support-audit', 'missing', 'audit records go to the log and to files'],
  ['support-ldap', 'missing', 'passwords and attributes in LDAP'],
  ['support-jdbc', 'missing', 'passwords and attributes in SQL'],
  ['support-saml', 'missing', 'SAML'],
  ['support-duo', 'missing', 'Duo Security'],
  ['support-gauth', 'missing', 'one-time codes (TOTP)'],
  ['support-webauthn', 'missing', 'passkeys'],
  ['support-trusted-mfa', 'missing', 'trusted devices'],
  ['support-pac4j', 'missing', 'delegated login at other identity providers'],
  ['support-pm', 'missing', 'password management (change and reset)'],
  ['support-aup', 'missing', 'acceptable use policy'],
  ['support-consent', 'missing', 'consent to the release of attributes'],
  ['support-surrogate', 'missing', 'login for another person (surrogate)'],
  ['support-palantir', 'switch', 'a console of its own at /admin', 'CasFeatureModule.Palantir.enabled=true'],
  ['support-redis-ticket-registry', 'missing', OTHER_STORE],
  ['support-hazelcast-ticket-registry', 'missing', OTHER_STORE],
  ['support-jpa-ticket-registry', 'missing', OTHER_STORE],
  ['support-mongo-ticket-registry', 'missing', OTHER_STORE],
  ['support-memcached-ticket-registry', 'missing', OTHER_STORE],
  ['support-ignite-ticket-registry', 'missing', OTHER_STORE],
]

/** The fate of each module that a `build.gradle` names, in its order. */
export function modulesOf(gradle: string): readonly ModuleFate[] {
  const withoutComments = gradle.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const names = [...withoutComments.matchAll(/\bcas-server-([a-z0-9][a-z0-9-]*)/g)].map((match) => match[1] ?? '')
  return [...new Set(names)].map(fateOf)
}

function fateOf(module: string): ModuleFate {
  const fitting = rows.filter(([prefix]) => module === prefix || module.startsWith(`${prefix}-`))
  const best = fitting.reduce<Row | undefined>((longest, row) => (longest && longest[0].length >= row[0].length ? longest : row), undefined)
  if (!best) return { module, fate: 'missing', what: 'has no counterpart here' }
  const [, fate, what, line] = best
  return { module, fate, what, ...(line === undefined ? {} : { line }) }
}
