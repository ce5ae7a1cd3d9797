/** One of the well-known `properties` of a definition (services.md 5.5; names compare without case). */
export interface KnownProperty {
  readonly fallback?: string
  readonly about: string
  /** A name of ours, that CAS keeps and does not know. */
  readonly ours?: true
  readonly noEffect?: string
}

const HEADER = { fallback: 'true' }
const header = (name: string): KnownProperty => ({ ...HEADER, about: `Whether answers of the login have the header ${name}.` })
const none =
  (noEffect: string) =>
  (about: string, fallback?: string): KnownProperty => ({
    about,
    noEffect,
    ...(fallback === undefined ? {} : { fallback }),
  })

const jwtTicket = none('Service tickets are no JWTs here.')
const oidc = none('OpenID Connect is not built here.')
const jwtLogin = none('Nobody logs in with a JWT here.')
const cors = none('Only the settings decide about other origins.')
const delegated = none('Logins at other identity providers are not built here.')
const captcha = none('There are no captchas here.')
const scim = none('Users are not provisioned anywhere.')

export const KNOWN_PROPERTIES: Readonly<Record<string, KnownProperty>> = {
  skipInterrupt: { fallback: 'false', about: 'Whether the login does not pause.' },
  wildcardedServiceDefinition: { fallback: 'false', about: 'Whether it is one for everything; its name does not stand on the login page.' },
  skipRequiredServiceCheck: { fallback: 'false', about: 'Whether `cas.sso.services.required-service-pattern` does not count for it.' },
  internalServiceDefinition: { fallback: 'false', about: 'Whether the server made it for itself; then the endpoints leave it out.' },
  accessTokenAsJwtSigningKey: { about: 'Key that signs its access tokens.' },
  accessTokenAsJwtEncryptionKey: { about: 'Key that encrypts them.' },
  accessTokenAsJwtEncryptionAlg: { about: 'Algorithm that encrypts them.' },
  accessTokenAsJwtCipherStrategyType: { fallback: 'ENCRYPT_AND_SIGN', about: 'What comes first; or `SIGN_AND_ENCRYPT`.' },
  accessTokenAsJwtSigningEnabled: { fallback: 'true', about: 'Whether they are signed.' },
  accessTokenAsJwtEncryptionEnabled: { fallback: 'false', about: 'Whether they are encrypted.' },
  httpHeaderEnableCacheControl: header('Cache-Control'),
  httpHeaderEnableXContentOptions: header('X-Content-Type-Options'),
  httpHeaderEnableStrictTransportSecurity: header('Strict-Transport-Security'),
  httpHeaderEnableXFrameOptions: header('X-Frame-Options'),
  httpHeaderEnableContentSecurityPolicy: header('Content-Security-Policy'),
  httpHeaderEnableXSSProtection: header('X-XSS-Protection'),
  httpHeaderStrictTransportSecurity: { about: 'Value of that header.' },
  httpHeaderXFrameOptions: { fallback: 'DENY', about: 'Value of that header.' },
  oauthSecurityProfile: { ours: true, about: '`castellan.oauth.profile` of this client.' },
  oauthIssInResponse: { ours: true, fallback: 'true', about: 'Whether it gets `iss` in answers.' },
  oauthAccessTokenInQuery: { ours: true, fallback: 'false', about: 'Whether it may send access tokens in addresses.' },
  jwks: { ours: true, about: 'Its public keys.' },
  jwksUri: { ours: true, about: 'Where its public keys are.' },
  validationResponseFormat: { ours: true, about: '`JSON`: what validation answers when the request does not say.' },
  jwtAsServiceTicket: jwtTicket('Whether its tickets are JWTs.', 'false'),
  jwtAsServiceTicketSigningKey: jwtTicket('Key that signs them.'),
  jwtAsServiceTicketEncryptionKey: jwtTicket('Key that encrypts them.'),
  jwtAsServiceTicketEncryptionAlg: jwtTicket('Algorithm that encrypts them.'),
  jwtAsServiceTicketCipherStrategyType: jwtTicket('What comes first.', 'ENCRYPT_AND_SIGN'),
  jwtAsServiceTicketSigningEnabled: jwtTicket('Whether they are signed.', 'true'),
  jwtAsServiceTicketEncryptionEnabled: jwtTicket('Whether they are encrypted.', 'true'),
  oidcDynamicClientRegistration: oidc('Whether the client registered itself.', 'false'),
  oidcDynamicClientRegistrationDate: oidc('When.'),
  oidcResponseModeAsJwtCipherStrategyType: oidc('What comes first in answers that are JWTs.'),
  oidcResponseModeAsJwtCipherSigningEnabled: oidc('Whether they are signed.', 'true'),
  oidcResponseModeAsJwtCipherEncryptionEnabled: oidc('Whether they are encrypted.', 'true'),
  jwtSigningSecret: jwtLogin('Secret of JWTs that log in.'),
  jwtSigningSecretAlg: jwtLogin('Algorithm of it.', 'HS256'),
  jwtEncryptionSecret: jwtLogin('Secret that encrypts them.'),
  jwtEncryptionSecretAlg: jwtLogin('Algorithm of its key.'),
  jwtEncryptionSecretMethod: jwtLogin('Algorithm that encrypts them.', 'A192CBC-HS384'),
  jwtSecretsAreBase64Encoded: jwtLogin('Whether the secrets are base64.', 'false'),
  corsAllowCredentials: cors('Whether scripts of other origins send cookies.', 'false'),
  corsMaxAge: cors('How long browsers remember the answer.'),
  corsAllowedOrigins: cors('Origins.'),
  corsAllowedOriginPatterns: cors('Patterns of origins.'),
  corsAllowedMethods: cors('Methods.'),
  corsAllowedHeaders: cors('Headers of requests.'),
  corsExposedHeaders: cors('Headers of answers.'),
  ...Object.fromEntries(
    [
      ...['forceAuthn', 'passiveAuthn', 'AuthnRequestBindingType', 'AssertionConsumerServiceIndex', 'AttributeConsumingServiceIndex'],
      ...['ComparisonType', 'NameIdPolicyFormat', 'NameIdPolicyAllowCreate', 'ProviderName', 'IssuerFormat', 'UseNameQualifier'],
      ...['AuthnContextClassRefs', 'NameIdAttribute', 'WantsAssertionsSigned', 'WantsResponsesSigned', 'MaximumAuthenticationLifetime'],
      ...['max_age', 'scope', 'response_type', 'response_mode', 'wsfed.relyingPartyIdentifier'],
    ].map((name) => [name, delegated('Of the request to an identity provider.')]),
  ),
  captchaEnabled: captcha('Whether the login page has one.', 'true'),
  captchaIPAddressPattern: captcha('For which addresses.'),
  scimOAuthToken: scim('Token.'),
  scimUsername: scim('Name there.'),
  scimPassword: scim('Password there.'),
  scimTarget: scim('Address.'),
}
