import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../../base/json.ts'
import { classOf, isObject, type Members } from './members.ts'

/**
 * What is not written because it holds anyway (services.md 5, 6.1; CAS leaves it out too). Classes whose defaults are not listed here keep all of their
 * members: what is written twice does no harm, what is lost does.
 */

type Defaults = Readonly<Record<string, Json>>

/** Members of every definition. */
const DEFINITION: Defaults = {
  evaluationOrder: 0,
  logoutType: 'BACK_CHANNEL',
  responseType: 'REDIRECT',
  environments: [],
  contacts: [],
  properties: {},
  requiredHandlers: [],
  bypassApprovalPrompt: false,
  generateRefreshToken: false,
  renewRefreshToken: false,
  jwtAccessToken: false,
  jwtRefreshToken: false,
}

const STRATEGY: Defaults = {
  enabled: true,
  ssoEnabled: true,
  requiredAttributes: {},
  rejectedAttributes: {},
  requireAllAttributes: true,
  caseInsensitive: false,
  order: 0,
}
const RELEASE: Defaults = {
  authorizedToReleaseCredentialPassword: false,
  authorizedToReleaseProxyGrantingTicket: false,
  authorizedToReleaseAuthenticationAttributes: true,
  excludeDefaultAttributes: false,
  canonicalizationMode: 'NONE',
  order: 0,
}
const USERNAME: Defaults = { canonicalizationMode: 'NONE', encryptUsername: false }
const MAPPED_FILTER: Defaults = { patterns: {}, excludeUnmappedAttributes: false, completeMatch: false, caseInsensitive: true, order: 0 }

/** By simple class name. */
const CLASSES: Readonly<Record<string, Defaults>> = {
  DefaultRegisteredServiceExpirationPolicy: { deleteWhenExpired: false, notifyWhenExpired: false, notifyWhenDeleted: false },
  FullRegexRegisteredServiceMatchingStrategy: {},
  LiteralRegisteredServiceMatchingStrategy: { caseInsensitive: false },
  DefaultRegisteredServiceAccessStrategy: STRATEGY,
  TimeBasedRegisteredServiceAccessStrategy: { ...STRATEGY, zoneId: 'UTC' },
  RemoteEndpointServiceAccessStrategy: { ...STRATEGY, method: 'GET' },
  ChainingRegisteredServiceAccessStrategy: { operator: 'AND', order: 0 },
  DefaultRegisteredServiceDelegatedAuthenticationPolicy: { allowedProviders: [], permitUndefined: true, exclusive: false },
  ReturnAllowedAttributeReleasePolicy: { ...RELEASE, allowedAttributes: [] },
  ReturnAllAttributeReleasePolicy: { ...RELEASE, excludedAttributes: [] },
  DenyAllAttributeReleasePolicy: RELEASE,
  ReturnMappedAttributeReleasePolicy: { ...RELEASE, allowedAttributes: {} },
  ReturnStaticAttributeReleasePolicy: { ...RELEASE, allowedAttributes: {} },
  ReturnLinkedAttributeReleasePolicy: { ...RELEASE, allowedAttributes: {} },
  ReturnEncryptedAttributeReleasePolicy: { ...RELEASE, allowedAttributes: [] },
  ChainingAttributeReleasePolicy: { ...RELEASE, mergingPolicy: 'REPLACE' },
  DefaultRegisteredServiceConsentPolicy: { status: 'UNDEFINED', excludedAttributes: [], includeOnlyAttributes: [], order: 0 },
  RegisteredServiceMappedRegexAttributeFilter: MAPPED_FILTER,
  RegisteredServiceReverseMappedRegexAttributeFilter: MAPPED_FILTER,
  DefaultRegisteredServiceUsernameProvider: USERNAME,
  PrincipalAttributeRegisteredServiceUsernameProvider: USERNAME,
  StaticRegisteredServiceUsernameProvider: USERNAME,
  DefaultRegisteredServiceAuthenticationPolicy: { requiredAuthenticationHandlers: [], excludedAuthenticationHandlers: [] },
  DefaultRegisteredServiceMultifactorPolicy: {
    multifactorAuthenticationProviders: [],
    failureMode: 'UNDEFINED',
    bypassEnabled: false,
    forceExecution: false,
    bypassTrustedDeviceEnabled: false,
    bypassIfMissingPrincipalAttribute: false,
  },
  RefuseRegisteredServiceProxyPolicy: {},
  RegexMatchingRegisteredServiceProxyPolicy: { useServiceId: false, exactMatch: false },
  DefaultRegisteredServiceAcceptableUsagePolicy: { enabled: true },
  DefaultRegisteredServiceWebflowInterruptPolicy: { enabled: true, forceExecution: 'UNDEFINED' },
  DefaultRegisteredServiceSurrogatePolicy: { enabled: true },
  DefaultRegisteredServicePasswordlessPolicy: { enabled: true },
}

/** The class that a member has when it is absent; with nothing but defaults in it, it is left out (services.md 5.1). */
const USUAL_CLASS: Readonly<Record<string, string>> = {
  expirationPolicy: 'DefaultRegisteredServiceExpirationPolicy',
  matchingStrategy: 'FullRegexRegisteredServiceMatchingStrategy',
  accessStrategy: 'DefaultRegisteredServiceAccessStrategy',
  delegatedAuthenticationPolicy: 'DefaultRegisteredServiceDelegatedAuthenticationPolicy',
  attributeReleasePolicy: 'ReturnAllowedAttributeReleasePolicy',
  consentPolicy: 'DefaultRegisteredServiceConsentPolicy',
  usernameAttributeProvider: 'DefaultRegisteredServiceUsernameProvider',
  authenticationPolicy: 'DefaultRegisteredServiceAuthenticationPolicy',
  multifactorPolicy: 'DefaultRegisteredServiceMultifactorPolicy',
  multifactorAuthenticationPolicy: 'DefaultRegisteredServiceMultifactorPolicy',
  proxyPolicy: 'RefuseRegisteredServiceProxyPolicy',
  acceptableUsagePolicy: 'DefaultRegisteredServiceAcceptableUsagePolicy',
  webflowInterruptPolicy: 'DefaultRegisteredServiceWebflowInterruptPolicy',
  surrogatePolicy: 'DefaultRegisteredServiceSurrogatePolicy',
  passwordlessPolicy: 'DefaultRegisteredServicePasswordlessPolicy',
}

const ofCas = (name: string) => `org.apereo.cas.services.DefaultRegisteredService${name}`
const ofOAuth = (name: string) => `org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuth${name}`

/** The class of what has only one, by member (services.md 3.2); `contacts` and `property` for each of them. */
const NATURAL_CLASS: Readonly<Record<string, string>> = {
  expirationPolicy: ofCas('ExpirationPolicy'),
  authenticationPolicy: ofCas('AuthenticationPolicy'),
  multifactorPolicy: ofCas('MultifactorPolicy'),
  multifactorAuthenticationPolicy: ofCas('MultifactorPolicy'),
  acceptableUsagePolicy: ofCas('AcceptableUsagePolicy'),
  webflowInterruptPolicy: ofCas('WebflowInterruptPolicy'),
  ticketGrantingTicketExpirationPolicy: ofCas('TicketGrantingTicketExpirationPolicy'),
  serviceTicketExpirationPolicy: ofCas('ServiceTicketExpirationPolicy'),
  proxyTicketExpirationPolicy: ofCas('ProxyTicketExpirationPolicy'),
  proxyGrantingTicketExpirationPolicy: ofCas('ProxyGrantingTicketExpirationPolicy'),
  publicKey: 'org.apereo.cas.services.RegisteredServicePublicKeyImpl',
  codeExpirationPolicy: ofOAuth('CodeExpirationPolicy'),
  accessTokenExpirationPolicy: ofOAuth('AccessTokenExpirationPolicy'),
  refreshTokenExpirationPolicy: ofOAuth('RefreshTokenExpirationPolicy'),
  deviceTokenExpirationPolicy: ofOAuth('DeviceTokenExpirationPolicy'),
  contacts: ofCas('Contact'),
  property: ofCas('Property'),
}

/** @param className Complete name, as it is written back. */
export function withoutDefaults(definition: Members, className: string): Members {
  return { ...reduced(definition, DEFINITION), '@class': className }
}

function reduced(members: Members, defaults: Defaults): Members {
  const kept = Object.entries(members)
    .map(([name, value]): [string, Json | undefined] => [name, withoutDefaultsIn(name, value)])
    .filter((entry): entry is [string, Json] => entry[1] !== undefined && !isDefault(entry[1], defaults[entry[0]]))
  return Object.fromEntries(kept)
}

/** @returns `undefined` for what need not be written at all. */
function withoutDefaultsIn(name: string, value: Json): Json | undefined {
  if (value === null) return undefined
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((element) => (isObject(element) ? named(withoutDefaultsOf(element), name) : element))
  }
  if (!isObject(value)) return value
  if (name === 'properties' && !('@class' in value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, isObject(each) ? named(each, 'property') : each]))
  }
  const small = withoutDefaultsOf(value)
  const usual = Object.hasOwn(USUAL_CLASS, name) ? USUAL_CLASS[name] : undefined
  const isUsual = usual !== undefined && [usual, ''].includes(classOf(small))
  return isUsual && Object.keys(small).every((key) => key === '@class') ? undefined : named(small, name)
}

/** With the class that is meant where none stands, which CAS cannot guess. */
function named(value: Members, name: string): Members {
  const className = Object.hasOwn(NATURAL_CLASS, name) ? NATURAL_CLASS[name] : undefined
  if (className === undefined || classOf(value).trim() !== '') return value
  const { '@class': _blank, ...members } = value
  return { '@class': className, ...members }
}

function withoutDefaultsOf(value: Members): Members {
  const className = classOf(value)
  return reduced(value, Object.hasOwn(CLASSES, className) ? (CLASSES[className] ?? {}) : {})
}

/** Files may have numbers and flags as texts, and words in any case. */
function isDefault(value: Json, usual: Json | undefined): boolean {
  if (usual === undefined) return false
  if (typeof value === 'object') return isDeepStrictEqual(value, usual)
  return String(value).trim().toLowerCase() === String(usual).toLowerCase()
}
