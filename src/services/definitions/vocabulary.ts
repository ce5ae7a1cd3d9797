import type { Protocol } from '../registered-service.ts'
import { ACCESS_ROLES, LOGIN_ROLES } from './fields/access.ts'
import { CAS, OAUTH, PLAIN_ROLES } from './fields/definition.ts'
import type { Field, Fields, Role, Roles } from './fields/field.ts'
import { LIFETIME_ROLES, RELEASE_ROLES } from './fields/release.ts'

/**
 * The classes and members of a definition (services.md 3.3, 5, 11, 12; oauth.md 3.1), in `fields/`: what is not there is noticed – an unknown class
 * refuses the definition, an unknown member is kept with a warning. What is written back, the reference page and the JSON Schema are made of it too.
 */
export interface DefinitionClass {
  readonly protocol: Protocol
  /** Written back under this name. */
  readonly className: string
  /** As CAS calls the kind (services.md 3.3). */
  readonly friendlyName: string
  /** Members; `undefined`: a protocol that is not built here, whose members are kept unread. */
  readonly fields: Fields | undefined
  readonly since?: string
  readonly until?: string
}

const CAS_CLIENT = {
  protocol: 'cas',
  className: 'org.apereo.cas.services.CasRegisteredService',
  friendlyName: 'CAS Client',
  fields: CAS,
} as const

export const DEFINITION_CLASSES: Readonly<Record<string, DefinitionClass>> = {
  'org.apereo.cas.services.CasRegisteredService': { ...CAS_CLIENT, since: '6.6' },
  'org.apereo.cas.services.RegexRegisteredService': { ...CAS_CLIENT, until: '6.6' },
  'org.apereo.cas.support.oauth.services.OAuthRegisteredService': {
    protocol: 'oauth',
    className: 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
    friendlyName: 'OAuth2 Client',
    fields: OAUTH,
  },
  'org.apereo.cas.services.OidcRegisteredService': {
    protocol: 'oidc',
    className: 'org.apereo.cas.services.OidcRegisteredService',
    friendlyName: 'OpenID Connect Relying Party',
    fields: undefined,
  },
  'org.apereo.cas.support.saml.services.SamlRegisteredService': {
    protocol: 'saml2',
    className: 'org.apereo.cas.support.saml.services.SamlRegisteredService',
    friendlyName: 'SAML2 Service Provider',
    fields: undefined,
  },
  'org.apereo.cas.ws.idp.services.WSFederationRegisteredService': {
    protocol: 'ws-fed',
    className: 'org.apereo.cas.ws.idp.services.WSFederationRegisteredService',
    friendlyName: 'WS Federation Relying Party',
    fields: undefined,
  },
}

/** What may stand in each role. */
export const ROLES: Roles = { ...PLAIN_ROLES, ...ACCESS_ROLES, ...LOGIN_ROLES, ...RELEASE_ROLES, ...LIFETIME_ROLES }

export const roleOf = (field: Field): Role | undefined =>
  field.role !== undefined && Object.hasOwn(ROLES, field.role) ? ROLES[field.role] : undefined

/** Members of any definition that are known: of classes whose own members are kept unread, too. */
export const DEFINITION_FIELDS: Fields = OAUTH

/** Every table of members, with the class that it belongs to. */
export const allFields = (): readonly (readonly [className: string, fields: Fields])[] => [
  ...Object.entries(DEFINITION_CLASSES).flatMap(([name, { fields }]): [string, Fields][] => (fields ? [[name, fields]] : [])),
  ...Object.values(ROLES).flatMap(({ classes }) =>
    Object.values(classes).map(({ className, fields }): [string, Fields] => [className, fields]),
  ),
]
