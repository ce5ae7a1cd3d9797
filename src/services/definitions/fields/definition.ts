import { choice, type Fields, flag, integer, object, objectMap, objects, policyClass, type Roles, role, set, text } from './field.ts'

const OTHER_LOGINS = 'Not built here.'

/** Members of every definition (services.md 5.1). */
export const COMMON: Fields = {
  serviceId: text('Pattern of the addresses of the application; of an OAuth client, of its redirect URIs. Required.'),
  name: text('Name of the application. Required.'),
  id: integer('Number of the definition, 64 bits, unique; -1: one is made.'),
  description: text('Stands on the login page.'),
  informationUrl: text('Link on the login page.'),
  privacyUrl: text('Link on the login page.'),
  logo: text('Picture on the login page: a path or a URL.'),
  theme: text('Name of the theme of its pages.'),
  locale: text('Language of its pages, such as `de`.'),
  templateName: text('Names of templates, separated by commas, that give members which it does not have.'),
  evaluationOrder: integer('Lower ones are asked first when several patterns take an address.', { fallback: 0 }),
  expirationPolicy: object('expiration', 'When the definition ends.'),
  matchingStrategy: object('matching', 'How addresses are compared with the `serviceId`.'),
  accessStrategy: object('access', 'Who may use the application.'),
  attributeReleasePolicy: object('release', 'Which attributes of the user it gets.'),
  usernameAttributeProvider: object('username', 'Under which name it knows the user.'),
  authenticationPolicy: object('authentication', 'How its users have to log in.'),
  multifactorPolicy: object('multifactor', 'Which second factor is asked for.'),
  multifactorAuthenticationPolicy: object('multifactor', 'The same under the name of the field in Java.'),
  logoutType: choice('How it is told that a session has ended.', ['BACK_CHANNEL', 'FRONT_CHANNEL', 'NONE']),
  logoutUrl: text('Where it is told, several separated by commas; absent: at the address of the ticket.'),
  environments: set('The definition counts only where one of these profiles is active.'),
  publicKey: object('publicKey', 'Key of the application, for what is encrypted for it.'),
  properties: objectMap('property', 'Further properties by name.'),
  contacts: objects('contact', 'Who is told when the definition ends.'),
  ticketGrantingTicketExpirationPolicy: object('ticketGrantingTicket', 'How long sessions live that begin here.'),
  requiredHandlers: set('Handlers that must say yes; now in `authenticationPolicy`.', { until: '6.1' }),
  surrogatePolicy: object('surrogate', 'Whether users may act for others.', { noEffect: OTHER_LOGINS }),
  passwordlessPolicy: object('passwordless', 'Whether users may log in without a password.'),
}

/** Members of what is reached by browsers. */
const WEB: Fields = {
  ...COMMON,
  acceptableUsagePolicy: object('acceptableUsage', 'Terms that users accept.', {
    noEffect: 'Pages with terms to accept are not built here.',
  }),
  singleSignOnParticipationPolicy: object('singleSignOn', 'When an existing session is enough.'),
  webflowInterruptPolicy: object('interrupt', 'Whether and when the login pauses.'),
  supportedProtocols: set('Protocols of validation that it may use; empty: all. `CAS10`, `CAS20`, `CAS30`, `SAML1`.'),
  responseType: choice('How the ticket reaches it.', ['REDIRECT', 'POST', 'HEADER']),
  redirectUrl: text('Where the ticket goes in place of the address asked for.'),
  proxyPolicy: object('proxy', 'Whether it may ask for tickets in the name of its users.'),
  proxyTicketExpirationPolicy: object('proxyTicket', 'How long proxy tickets for it live.'),
  proxyGrantingTicketExpirationPolicy: object('proxyGrantingTicket', 'How long its proxy-granting tickets live.'),
  serviceTicketExpirationPolicy: object('serviceTicket', 'How long service tickets for it live.'),
}

export const CAS: Fields = WEB

const MUTUAL_TLS = 'Clients do not prove themselves by a certificate here.'

/** Members of OAuth clients (oauth.md 3.1). */
export const OAUTH: Fields = {
  ...WEB,
  clientId: text('Who it is. Required.'),
  clientSecret: text('Its secret: plain, `{cas-cipher}…` or `{cas-hash}…`; blank: a public client.'),
  clientSecrets: objects('clientSecret', 'Several secrets, each with an end.', { since: '8.0' }),
  bypassApprovalPrompt: flag('Whether users are not asked for their approval.', false),
  generateRefreshToken: flag('Whether it gets refresh tokens.', false),
  renewRefreshToken: flag('Whether each refresh gives a new one.', false),
  jwtAccessToken: flag('Whether its access tokens are JWTs.', false),
  jwtRefreshToken: flag('Whether its refresh tokens are JWTs.', false, { since: '7.3' }),
  jwtAccessTokenSigningAlg: text('Algorithm that signs them.', { since: '7.1' }),
  audience: set('`aud` of its JWTs, of which a request may choose by `resource`; empty: its client id.', { since: '7.1' }),
  codeExpirationPolicy: object('code', 'How long its codes live.'),
  accessTokenExpirationPolicy: object('accessToken', 'How long its access tokens live.'),
  refreshTokenExpirationPolicy: object('refreshToken', 'How long its refresh tokens live.'),
  deviceTokenExpirationPolicy: object('deviceToken', 'How long its device codes live.'),
  tokenExchangePolicy: object('tokenExchange', 'What tokens may be exchanged for.', { since: '7.1' }),
  supportedGrantTypes: set('Grants that it may use; empty: as `castellan.oauth.profile` says.'),
  supportedResponseTypes: set('Response types that it may use; empty: likewise.'),
  userProfileViewType: text('Shape of `/profile`: `NESTED` or `FLAT`; absent: as the settings say.'),
  scopes: set('Scopes that it may ask for; empty: any.'),
  responseMode: text('`query`, `fragment` or `form_post`.', { since: '7.0' }),
  tokenEndpointAuthenticationMethod: text('The only way in which it may prove itself; absent: any.', { since: '7.0' }),
  introspectionSignedResponseAlg: text('Algorithm that signs answers of introspection.'),
  introspectionEncryptedResponseAlg: text('Algorithm of the key that encrypts them.'),
  introspectionEncryptedResponseEncoding: text('Algorithm that encrypts them.'),
  tlsClientAuthSubjectDn: text('Subject of its certificate.', { noEffect: MUTUAL_TLS }),
  tlsClientAuthSanDns: text('Host in its certificate.', { noEffect: MUTUAL_TLS }),
  tlsClientAuthSanUri: text('URI in its certificate.', { noEffect: MUTUAL_TLS }),
  tlsClientAuthSanIp: text('Address in its certificate.', { noEffect: MUTUAL_TLS }),
  tlsClientAuthSanEmail: text('Mail address in its certificate.', { noEffect: MUTUAL_TLS }),
  jsonFormat: { type: 'flag', about: 'Whether the token endpoint answers with JSON; absent: as `Accept` asks.', until: '5.3' },
}

export const PLAIN_ROLES: Roles = {
  expiration: role(
    'When a definition ends.',
    [
      policyClass('DefaultRegisteredServiceExpirationPolicy', 'On a date.', {
        expirationDate: text('Date, or date and time; blank: never.'),
        deleteWhenExpired: flag('Whether it is deleted then, its file too.', false),
        notifyWhenExpired: flag('Whether its contacts are told that it has ended.', false),
        notifyWhenDeleted: flag('Whether its contacts are told that it was deleted.', false),
      }),
    ],
    { natural: true, usual: true },
  ),
  matching: role(
    'How addresses are compared with the `serviceId`.',
    [
      policyClass('FullRegexRegisteredServiceMatchingStrategy', 'A pattern of the whole address, case ignored.'),
      policyClass('PartialRegexRegisteredServiceMatchingStrategy', 'A pattern that is found in the address, case ignored.'),
      policyClass('LiteralRegisteredServiceMatchingStrategy', 'The address itself.', {
        caseInsensitive: flag('Whether case does not count.', false),
      }),
      policyClass(
        'StartsWithRegisteredServiceMatchingStrategy',
        'The beginning of the address, case ignored.',
        { expectedUrl: text('What it begins with.') },
        { since: '7.0' },
      ),
    ],
    { usual: true },
  ),
  acceptableUsage: role(
    'Terms that users accept.',
    [
      policyClass('DefaultRegisteredServiceAcceptableUsagePolicy', 'Their text.', {
        enabled: flag('Whether users are asked.', true),
        messageCode: text('Key of the text.'),
        text: text('The text.'),
      }),
    ],
    { natural: true, usual: true },
  ),
  publicKey: role(
    'Key of the application.',
    [
      policyClass('RegisteredServicePublicKeyImpl', 'An X.509 public key, DER or PEM.', {
        location: text('File of the key.'),
        algorithm: text('Kind of the key; only RSA is used here.', { fallback: 'RSA' }),
      }),
    ],
    { natural: true },
  ),
  property: role(
    'One of the further properties.',
    [policyClass('DefaultRegisteredServiceProperty', 'Its values.', { values: set('The values.') })],
    { natural: true },
  ),
  contact: role(
    'Who is told when a definition ends.',
    [
      policyClass('DefaultRegisteredServiceContact', 'A person or a mailbox.', {
        id: integer('A number.', { noEffect: 'Nothing asks for it.' }),
        name: text('Name.'),
        email: text('Mail addresses, separated by commas.'),
        phone: text('Telephone numbers, separated by commas.'),
        department: text('Department.', { noEffect: 'Nothing asks for it.' }),
        type: text('Kind of contact.', { since: '7.0', noEffect: 'Nothing asks for it.' }),
      }),
    ],
    { natural: true },
  ),
  surrogate: role(
    'Whether users may act for others.',
    [policyClass('DefaultRegisteredServiceSurrogatePolicy', 'A switch.', { enabled: flag('Whether they may.', true) })],
    { natural: true, usual: true },
  ),
  passwordless: role(
    'Whether users may log in without a password.',
    [policyClass('DefaultRegisteredServicePasswordlessPolicy', 'A switch.', { enabled: flag('Whether they may.', true) }, { open: true })],
    { natural: true, usual: true },
  ),
}
