import type { Protocol } from '../registered-service.ts'

/**
 * The classes and members of a definition (services.md 3.3, 5, 11, 12; oauth.md 3.1), so that what is not in these tables is noticed: an unknown class
 * refuses the definition, an unknown member is kept with a warning.
 */

const COMMON =
  'serviceId name id description informationUrl privacyUrl logo theme locale templateName evaluationOrder expirationPolicy=expiration ' +
  'matchingStrategy=matching accessStrategy=access attributeReleasePolicy=release usernameAttributeProvider=username ' +
  'authenticationPolicy=authentication multifactorPolicy=multifactor multifactorAuthenticationPolicy=multifactor logoutType logoutUrl environments ' +
  'publicKey=publicKey properties{}=property contacts[]=contact ticketGrantingTicketExpirationPolicy=ticketGrantingTicket requiredHandlers ' +
  'surrogatePolicy=surrogate passwordlessPolicy=passwordless'
const WEB =
  `${COMMON} acceptableUsagePolicy=acceptableUsage singleSignOnParticipationPolicy=singleSignOn webflowInterruptPolicy=interrupt ` +
  'supportedProtocols responseType redirectUrl proxyPolicy=proxy proxyTicketExpirationPolicy=proxyTicket ' +
  'proxyGrantingTicketExpirationPolicy=proxyGrantingTicket serviceTicketExpirationPolicy=serviceTicket'
const OAUTH =
  `${WEB} clientId clientSecret clientSecrets[]=clientSecret bypassApprovalPrompt generateRefreshToken renewRefreshToken jwtAccessToken jwtRefreshToken ` +
  'jwtAccessTokenSigningAlg audience codeExpirationPolicy=code accessTokenExpirationPolicy=accessToken refreshTokenExpirationPolicy=refreshToken ' +
  'deviceTokenExpirationPolicy=deviceToken tokenExchangePolicy=tokenExchange supportedGrantTypes supportedResponseTypes userProfileViewType scopes ' +
  'responseMode tokenEndpointAuthenticationMethod introspectionSignedResponseAlg introspectionEncryptedResponseAlg ' +
  'introspectionEncryptedResponseEncoding tlsClientAuthSubjectDn tlsClientAuthSanDns tlsClientAuthSanUri tlsClientAuthSanIp tlsClientAuthSanEmail jsonFormat'

export interface DefinitionClass {
  readonly protocol: Protocol
  /** Written back under this name. */
  readonly className: string
  /** Members; `undefined`: a protocol that is not built here, whose members are kept unread. */
  readonly members: string | undefined
}

const CAS = { protocol: 'cas', className: 'org.apereo.cas.services.CasRegisteredService', members: WEB } as const

export const DEFINITION_CLASSES: Readonly<Record<string, DefinitionClass>> = {
  'org.apereo.cas.services.CasRegisteredService': CAS,
  'org.apereo.cas.services.RegexRegisteredService': CAS,
  'org.apereo.cas.support.oauth.services.OAuthRegisteredService': {
    protocol: 'oauth',
    className: 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
    members: OAUTH,
  },
  'org.apereo.cas.services.OidcRegisteredService': {
    protocol: 'oidc',
    className: 'org.apereo.cas.services.OidcRegisteredService',
    members: undefined,
  },
  'org.apereo.cas.support.saml.services.SamlRegisteredService': {
    protocol: 'saml2',
    className: 'org.apereo.cas.support.saml.services.SamlRegisteredService',
    members: undefined,
  },
  'org.apereo.cas.ws.idp.services.WSFederationRegisteredService': {
    protocol: 'ws-fed',
    className: 'org.apereo.cas.ws.idp.services.WSFederationRegisteredService',
    members: undefined,
  },
}

/**
 * What may stand in each role, by simple class name. A member is a plain name, `name=role` for an object of a role, `name[]=role` for a list of them,
 * `name{}=role` for a map of them. `*` stands before the class that is meant when the file names none.
 */
export const ROLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  expiration: { '*DefaultRegisteredServiceExpirationPolicy': 'deleteWhenExpired notifyWhenExpired notifyWhenDeleted expirationDate' },
  matching: {
    FullRegexRegisteredServiceMatchingStrategy: '',
    PartialRegexRegisteredServiceMatchingStrategy: '',
    LiteralRegisteredServiceMatchingStrategy: 'caseInsensitive',
    StartsWithRegisteredServiceMatchingStrategy: 'expectedUrl',
  },
  access: {
    DefaultRegisteredServiceAccessStrategy: strategy(),
    TimeBasedRegisteredServiceAccessStrategy: strategy('startingDateTime endingDateTime zoneId'),
    HttpRequestRegisteredServiceAccessStrategy: strategy('ipAddress userAgent headers'),
    RemoteEndpointServiceAccessStrategy: strategy('endpointUrl acceptableResponseCodes method headers'),
    ChainingRegisteredServiceAccessStrategy: 'strategies[]=access operator order unauthorizedRedirectUrl',
    GroovyRegisteredServiceAccessStrategy: 'groovyScript order',
    SurrogateRegisteredServiceAccessStrategy: strategy('surrogateEnabled surrogateRequiredAttributes'),
    GroovySurrogateRegisteredServiceAccessStrategy: strategy('groovyScript surrogateEnabled surrogateRequiredAttributes'),
    GrouperRegisteredServiceAccessStrategy: strategy('groupField configProperties'),
    OpenFGARegisteredServiceAccessStrategy: strategy('apiUrl storeId token relation object userType'),
    OpenPolicyAgentRegisteredServiceAccessStrategy: strategy('apiUrl decision token context'),
    CerbosRegisteredServiceAccessStrategy: strategy('?'),
    PermifyRegisteredServiceAccessStrategy: strategy('?'),
    PermitIoRegisteredServiceAccessStrategy: strategy('?'),
    SCIMRegisteredServiceAccessStrategy: strategy('?'),
    AmazonVerifiedPermissionsRegisteredServiceAccessStrategy: strategy('?'),
  },
  accessActivation: {
    AttributeBasedRegisteredServiceAccessStrategyActivationCriteria: 'requiredAttributes operator allowIfInactive order',
    GroovyRegisteredServiceAccessStrategyActivationCriteria: 'groovyScript allowIfInactive order',
    ChainingRegisteredServiceAccessStrategyActivationCriteria: 'conditions[]=accessActivation operator allowIfInactive order',
  },
  delegation: {
    DefaultRegisteredServiceDelegatedAuthenticationPolicy: 'allowedProviders permitUndefined exclusive selectionStrategy order',
    ChainingRegisteredServiceDelegatedAuthenticationPolicy: 'strategies[]=delegation operator order',
  },
  release: {
    ReturnAllowedAttributeReleasePolicy: release('allowedAttributes'),
    ReturnAllAttributeReleasePolicy: release('excludedAttributes'),
    DenyAllAttributeReleasePolicy: release(),
    ReturnMappedAttributeReleasePolicy: release('allowedAttributes'),
    ReturnStaticAttributeReleasePolicy: release('allowedAttributes'),
    ReturnLinkedAttributeReleasePolicy: release('allowedAttributes'),
    ReturnEncryptedAttributeReleasePolicy: release('allowedAttributes'),
    ReturnEnvironmentAttributeReleasePolicy: release('environmentVariables systemProperties'),
    ReturnRestfulAttributeReleasePolicy: release('endpoint method headers allowedAttributes'),
    PatternMatchingAttributeReleasePolicy: release('allowedAttributes{}=patternRule'),
    GroovyScriptAttributeReleasePolicy: release('groovyScript'),
    ScriptedRegisteredServiceAttributeReleasePolicy: release('scriptFile'),
    ChainingAttributeReleasePolicy: release('policies[]=release mergingPolicy'),
  },
  patternRule: { '*PatternMatchingAttributeReleasePolicy$Rule': 'pattern transform' },
  releaseActivation: {
    AttributeBasedRegisteredServiceAttributeReleaseActivationCriteria: 'requiredAttributes operator reverseMatch order',
    GroovyRegisteredServiceAttributeReleaseActivationCriteria: 'groovyScript order',
    ChainingRegisteredServiceAttributeReleaseActivationCriteria: 'conditions[]=releaseActivation operator order',
  },
  consent: {
    '*DefaultRegisteredServiceConsentPolicy': 'status excludedAttributes includeOnlyAttributes excludedServices order',
    ChainingRegisteredServiceConsentPolicy: 'policies[]=consent order',
  },
  attributesRepository: {
    '*DefaultPrincipalAttributesRepository': repository(),
    CachingPrincipalAttributesRepository: repository('timeUnit expiration'),
  },
  filter: {
    RegisteredServiceRegexAttributeFilter: 'pattern order',
    RegisteredServiceMappedRegexAttributeFilter: mappedFilter(),
    RegisteredServiceReverseMappedRegexAttributeFilter: mappedFilter(),
    RegisteredServiceMutantRegexAttributeFilter: mappedFilter(),
    RegisteredServiceScriptedAttributeFilter: 'script order',
    RegisteredServiceChainingAttributeFilter: 'filters[]=filter policies[]=filter order',
  },
  username: {
    DefaultRegisteredServiceUsernameProvider: username(),
    PrincipalAttributeRegisteredServiceUsernameProvider: username('usernameAttribute'),
    AnonymousRegisteredServiceUsernameAttributeProvider: username('persistentIdGenerator=persistentId'),
    StaticRegisteredServiceUsernameProvider: username('value'),
    GroovyRegisteredServiceUsernameProvider: username('groovyScript'),
    ScriptedRegisteredServiceUsernameProvider: username('script'),
  },
  persistentId: {
    ShibbolethCompatiblePersistentIdGenerator: 'salt attribute',
    OidcPairwisePersistentIdGenerator: 'salt attribute',
  },
  authentication: {
    '*DefaultRegisteredServiceAuthenticationPolicy':
      'requiredAuthenticationHandlers excludedAuthenticationHandlers criteria=authenticationCriteria',
  },
  authenticationCriteria: {
    AllowedAuthenticationHandlersRegisteredServiceAuthenticationPolicyCriteria: 'tryAll',
    ExcludedAuthenticationHandlersRegisteredServiceAuthenticationPolicyCriteria: '',
    AnyAuthenticationHandlerRegisteredServiceAuthenticationPolicyCriteria: 'tryAll',
    AllAuthenticationHandlersRegisteredServiceAuthenticationPolicyCriteria: '',
    NotPreventedRegisteredServiceAuthenticationPolicyCriteria: '',
    GroovyRegisteredServiceAuthenticationPolicyCriteria: 'script',
    RestfulRegisteredServiceAuthenticationPolicyCriteria: 'url basicAuthUsername basicAuthPassword',
  },
  multifactor: {
    '*DefaultRegisteredServiceMultifactorPolicy':
      'multifactorAuthenticationProviders failureMode principalAttributeNameTrigger principalAttributeValueToMatch bypassEnabled forceExecution ' +
      'bypassTrustedDeviceEnabled bypassPrincipalAttributeName bypassPrincipalAttributeValue bypassIfMissingPrincipalAttribute script',
    GroovyRegisteredServiceMultifactorPolicy: 'groovyScript',
  },
  proxy: {
    RefuseRegisteredServiceProxyPolicy: '',
    RegexMatchingRegisteredServiceProxyPolicy: 'pattern useServiceId exactMatch',
    RestfulRegisteredServiceProxyPolicy: 'endpoint headers',
  },
  singleSignOn: {
    DefaultRegisteredServiceSingleSignOnParticipationPolicy: 'createCookieOnRenewedAuthentication order',
    ChainingRegisteredServiceSingleSignOnParticipationPolicy: 'policies[]=singleSignOn operator order',
    AuthenticationDateRegisteredServiceSingleSignOnParticipationPolicy: 'timeUnit timeValue order',
    LastUsedTimeRegisteredServiceSingleSignOnParticipationPolicy: 'timeUnit timeValue order',
    AttributeBasedRegisteredServiceSingleSignOnParticipationPolicy: 'attributes requireAllAttributes order',
    NeverRegisteredServiceSingleSignOnParticipationPolicy: 'order',
    GroovyRegisteredServiceSingleSignOnParticipationPolicy: 'groovyScript order',
  },
  interrupt: {
    '*DefaultRegisteredServiceWebflowInterruptPolicy': 'enabled forceExecution attributeName attributeValue groovyScript',
  },
  acceptableUsage: { '*DefaultRegisteredServiceAcceptableUsagePolicy': 'enabled messageCode text' },
  publicKey: { '*RegisteredServicePublicKeyImpl': 'location algorithm' },
  property: { '*DefaultRegisteredServiceProperty': 'values' },
  contact: { '*DefaultRegisteredServiceContact': 'id name email phone department type' },
  surrogate: { '*DefaultRegisteredServiceSurrogatePolicy': 'enabled' },
  passwordless: { '*DefaultRegisteredServicePasswordlessPolicy': 'enabled ?' },
  ticketGrantingTicket: {
    '*DefaultRegisteredServiceTicketGrantingTicketExpirationPolicy': 'maxTimeToLiveInSeconds userAgents ipAddresses',
  },
  proxyTicket: { '*DefaultRegisteredServiceProxyTicketExpirationPolicy': 'numberOfUses timeToLive' },
  serviceTicket: { '*DefaultRegisteredServiceServiceTicketExpirationPolicy': 'numberOfUses timeToLive' },
  proxyGrantingTicket: { '*DefaultRegisteredServiceProxyGrantingTicketExpirationPolicy': 'maxTimeToLiveInSeconds' },
  clientSecret: { '*OAuthRegisteredServiceClientSecret': 'value expiration' },
  code: { '*DefaultRegisteredServiceOAuthCodeExpirationPolicy': '?' },
  accessToken: { '*DefaultRegisteredServiceOAuthAccessTokenExpirationPolicy': '?' },
  refreshToken: { '*DefaultRegisteredServiceOAuthRefreshTokenExpirationPolicy': '?' },
  deviceToken: { '*DefaultRegisteredServiceOAuthDeviceTokenExpirationPolicy': '?' },
  tokenExchange: { '*DefaultRegisteredServiceOAuthTokenExchangePolicy': '?' },
}

/** `?` among the members: not all of them are known here, none is reported as unknown. */
export const OPEN = '?'

function strategy(more = ''): string {
  return `enabled ssoEnabled requiredAttributes rejectedAttributes requireAllAttributes caseInsensitive unauthorizedRedirectUrl order
    delegatedAuthenticationPolicy=delegation activationCriteria=accessActivation ${more}`
}

function release(more = ''): string {
  return `attributeFilter=filter authorizedToReleaseCredentialPassword authorizedToReleaseProxyGrantingTicket
    authorizedToReleaseAuthenticationAttributes excludeDefaultAttributes principalIdAttribute consentPolicy=consent canonicalizationMode
    activationCriteria=releaseActivation principalAttributesRepository=attributesRepository order ${more}`
}

function repository(more = ''): string {
  return `mergingStrategy attributeRepositoryIds ignoreResolvedAttributes ${more}`
}

function mappedFilter(): string {
  return 'patterns excludeUnmappedAttributes completeMatch caseInsensitive order'
}

function username(more = ''): string {
  return `canonicalizationMode encryptUsername removePattern scope ${more}`
}
