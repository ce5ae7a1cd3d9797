import {
  choice,
  duration,
  type Fields,
  flag,
  integer,
  map,
  object,
  objectMap,
  objects,
  operator,
  order,
  policyClass,
  type Roles,
  role,
  text,
  texts,
} from './field.ts'

const names = (about: string) => texts(about, { collection: 'java.util.LinkedHashSet' })
const canonicalizationMode = choice('Whether values become upper or lower case.', ['NONE', 'UPPER', 'LOWER'])

const release: Fields = {
  attributeFilter: object('filter', 'Looks at the values of what is released.'),
  authorizedToReleaseCredentialPassword: flag(
    'Whether the password goes along as `credential`, encrypted with the `publicKey`; needs `cas.clearpass.cache-credential`.',
    false,
  ),
  authorizedToReleaseProxyGrantingTicket: flag(
    'Whether the proxy-granting ticket goes along as `proxyGrantingTicket`, encrypted with the `publicKey`, in place of the callback.',
    false,
  ),
  authorizedToReleaseAuthenticationAttributes: flag('Whether `authenticationDate` and its like go along.', true),
  excludeDefaultAttributes: flag('Whether `cas.authn.attribute-repository.core.default-attributes-to-release` does not count.', false),
  principalIdAttribute: text('Name of an attribute that has the user name.'),
  consentPolicy: object('consent', 'Which attributes users are asked about.', {
    noEffect: 'Pages that ask for consent to attributes are not built here.',
  }),
  canonicalizationMode,
  activationCriteria: object('releaseActivation', 'When the policy applies at all; else it releases nothing.'),
  principalAttributesRepository: object('attributesRepository', 'Where the attributes come from.'),
  order,
}
const repository: Fields = {
  mergingStrategy: choice('How attributes of the sources and those of the login are put together.', [
    'MULTIVALUED',
    'ADD',
    'REPLACE',
    'NONE',
  ]),
  attributeRepositoryIds: texts('Only these sources are asked.', { collection: 'java.util.HashSet' }),
  ignoreResolvedAttributes: flag('Whether attributes of the login do not count.', false),
}
const mapped: Fields = {
  patterns: map('Attribute → pattern, or several.'),
  excludeUnmappedAttributes: flag('Whether attributes without a pattern are dropped.', false),
  completeMatch: flag('Whether the whole value must match; else part of it.', false),
  caseInsensitive: flag('Whether case does not count.', true),
  order,
}
const username: Fields = {
  canonicalizationMode,
  encryptUsername: flag('Whether the name is encrypted with the `publicKey`.', false),
  removePattern: text('What matches is taken out of the name.', { since: '7.0' }),
  scope: text('`@` and this is put after the name.', { since: '7.0' }),
}

const policy = (name: string, about: string, fields: Fields = {}) => policyClass(name, about, { ...release, ...fields })
const filter = (name: string, about: string, fields: Fields) => policyClass(`org.apereo.cas.services.support.${name}`, about, fields)
const provider = (name: string, about: string, fields: Fields = {}) => policyClass(name, about, { ...username, ...fields })

export const RELEASE_ROLES: Roles = {
  release: role(
    'Which attributes of the user the application gets.',
    [
      policy('ReturnAllowedAttributeReleasePolicy', 'Those that are named.', { allowedAttributes: texts('Names.') }),
      policy('ReturnAllAttributeReleasePolicy', 'All, but those that are excluded.', { excludedAttributes: names('Names.') }),
      policy('DenyAllAttributeReleasePolicy', 'None, nor anything else about the login.'),
      policy('ReturnMappedAttributeReleasePolicy', 'Under other names.', {
        allowedAttributes: map('Attribute → name, several names, or a script that gives the values.'),
      }),
      policy('ReturnStaticAttributeReleasePolicy', 'The same for everybody.', { allowedAttributes: map('Name → values.') }),
      policy('ReturnLinkedAttributeReleasePolicy', 'From the first source that has a value.', {
        allowedAttributes: map('Name → attributes.'),
      }),
      policy('ReturnEncryptedAttributeReleasePolicy', 'Encrypted with the `publicKey`.', { allowedAttributes: texts('Names.') }),
      policy('ReturnEnvironmentAttributeReleasePolicy', 'From the environment of the server.', {
        environmentVariables: map('Variable → name.'),
        systemProperties: map('Property → name.', { noEffect: 'There is no Java here that would have any.' }),
      }),
      policy('ReturnRestfulAttributeReleasePolicy', 'What another server says.', {
        endpoint: text('Address that is asked, with `principal=` and `service=` in the query.'),
        method: choice('How it is asked; `POST` sends the attributes.', ['GET', 'POST']),
        headers: map('Headers that are sent along.'),
        allowedAttributes: map('Attribute of the answer → name; empty: all as they are.'),
      }),
      policy('PatternMatchingAttributeReleasePolicy', 'Parts of values.', {
        allowedAttributes: objectMap('patternRule', 'Attribute → rule.'),
      }),
      policy('GroovyScriptAttributeReleasePolicy', 'A script gives them.', {
        groovyScript: text('`run(attributes, logger, principal, registeredService)` → names with values.'),
      }),
      policyClass('ScriptedRegisteredServiceAttributeReleasePolicy', 'A script gives them; the name of CAS 6.', {
        ...release,
        scriptFile: text('The script.', { until: '6.6' }),
      }),
      policy('ChainingAttributeReleasePolicy', 'Several policies; later ones see what earlier ones released.', {
        policies: objects('release', 'The policies.'),
        mergingPolicy: choice('What happens to an attribute that two of them release.', ['REPLACE', 'ADD', 'MULTIVALUED', 'NONE']),
      }),
    ],
    { usual: true },
  ),
  patternRule: role(
    'A rule for the values of one attribute.',
    [
      policyClass('PatternMatchingAttributeReleasePolicy$Rule', 'What is found, and what it becomes.', {
        pattern: text('Pattern; other values are dropped.'),
        transform: text('What is released; a dollar sign and the number of a group in braces stand for the group.'),
      }),
    ],
    { natural: true },
  ),
  releaseActivation: role('When a release policy applies.', [
    policyClass('AttributeBasedRegisteredServiceAttributeReleaseActivationCriteria', 'For users with these attributes.', {
      requiredAttributes: map('Name → patterns.'),
      operator,
      reverseMatch: flag('Whether it applies to all others.', false),
      order,
    }),
    policyClass('GroovyRegisteredServiceAttributeReleaseActivationCriteria', 'A script says.', {
      groovyScript: text('`run(context, logger)` → true or false.'),
      order,
    }),
    policyClass('ChainingRegisteredServiceAttributeReleaseActivationCriteria', 'Several criteria.', {
      conditions: objects('releaseActivation', 'The criteria.'),
      operator,
      order,
    }),
  ]),
  consent: role(
    'Which attributes users are asked about.',
    [
      policyClass('org.apereo.cas.services.consent.DefaultRegisteredServiceConsentPolicy', 'By name.', {
        status: choice('Whether they are asked.', ['UNDEFINED', 'TRUE', 'FALSE']),
        excludedAttributes: names('These are not asked about.'),
        includeOnlyAttributes: names('Only these are asked about.'),
        excludedServices: texts('Patterns of addresses that are not asked for.', { collection: 'java.util.LinkedHashSet' }),
        order,
      }),
      policyClass('org.apereo.cas.services.consent.ChainingRegisteredServiceConsentPolicy', 'Several policies.', {
        policies: objects('consent', 'The policies.'),
        order,
      }),
    ],
    { natural: true, usual: true },
  ),
  attributesRepository: role(
    'Where the attributes of a release come from.',
    [
      policyClass('org.apereo.cas.authentication.principal.DefaultPrincipalAttributesRepository', 'From the login.', repository),
      policyClass(
        'org.apereo.cas.authentication.principal.cache.CachingPrincipalAttributesRepository',
        'From the sources, asked anew now and then.',
        {
          ...repository,
          timeUnit: text('`SECONDS`, `MINUTES`, `HOURS`, `DAYS` …', { fallback: 'HOURS' }),
          expiration: integer('After how many of them the sources are asked again.', { fallback: 2 }),
        },
      ),
    ],
    { natural: true, usual: true },
  ),
  filter: role('Looks at the values of what is released.', [
    filter('RegisteredServiceRegexAttributeFilter', 'Values that match as a whole stay.', { pattern: text('Pattern.'), order }),
    filter('RegisteredServiceMappedRegexAttributeFilter', 'Values that match stay.', mapped),
    filter('RegisteredServiceReverseMappedRegexAttributeFilter', 'Values that do not match stay.', mapped),
    filter('RegisteredServiceMutantRegexAttributeFilter', 'Values that match stay, rewritten by `pattern -> replacement`.', mapped),
    filter('RegisteredServiceScriptedAttributeFilter', 'A script says what stays.', {
      script: text('`run(attributes, logger)` → names with values.'),
      order,
    }),
    filter('RegisteredServiceChainingAttributeFilter', 'Several filters in their order.', {
      filters: objects('filter', 'The filters.'),
      policies: objects('filter', 'The same, as manuals have it.'),
      order,
    }),
  ]),
  username: role(
    'Under which name the application knows the user.',
    [
      provider('DefaultRegisteredServiceUsernameProvider', 'The id of the principal.'),
      provider('PrincipalAttributeRegisteredServiceUsernameProvider', 'An attribute; without one the id of the principal.', {
        usernameAttribute: text('Name of the attribute.'),
      }),
      provider('AnonymousRegisteredServiceUsernameAttributeProvider', 'An opaque id, another for each application.', {
        persistentIdGenerator: object('persistentId', 'How it is made.'),
      }),
      provider('StaticRegisteredServiceUsernameProvider', 'The same for everybody.', { value: text('The name.') }),
      provider('GroovyRegisteredServiceUsernameProvider', 'A script gives it.', {
        groovyScript: text('`run(attributes, id, service, logger)` → text.'),
      }),
      provider('ScriptedRegisteredServiceUsernameProvider', 'A script gives it; the name of CAS 6.', {
        script: text('The script.', { until: '6.6' }),
      }),
    ],
    { usual: true },
  ),
  persistentId: role('How an opaque id is made.', [
    ...(['ShibbolethCompatiblePersistentIdGenerator', 'OidcPairwisePersistentIdGenerator'] as const).map((name) =>
      policyClass(`org.apereo.cas.authentication.principal.${name}`, 'Base64 of SHA-1 over `service!principal!salt`.', {
        salt: text('Secret that nobody else may know.'),
        attribute: text('Attribute that takes the place of the principal.'),
      }),
    ),
  ]),
}

const seconds = (about: string) => duration(about)
const oauth = (name: string) => `org.apereo.cas.support.oauth.services.${name}`
const uses = integer('How often one may be used.')
const patterns = (about: string) => texts(about, { collection: 'java.util.HashSet' })

/** How long tickets and tokens of the application live; absent members: as the settings say. */
export const LIFETIME_ROLES: Roles = {
  ticketGrantingTicket: role(
    'How long sessions live that begin at the application.',
    [
      policyClass('DefaultRegisteredServiceTicketGrantingTicketExpirationPolicy', 'From the login on.', {
        maxTimeToLiveInSeconds: seconds('Longest time.'),
        userAgents: map('Pattern of the name of the browser → seconds.', { since: '7.0' }),
        ipAddresses: map('Pattern of the address → seconds.', { since: '7.0' }),
      }),
    ],
    { natural: true },
  ),
  serviceTicket: role(
    'How long service tickets live.',
    [
      policyClass('DefaultRegisteredServiceServiceTicketExpirationPolicy', 'By uses and time.', {
        numberOfUses: uses,
        timeToLive: seconds('Longest time.'),
      }),
    ],
    { natural: true },
  ),
  proxyTicket: role(
    'How long proxy tickets live.',
    [
      policyClass('DefaultRegisteredServiceProxyTicketExpirationPolicy', 'By uses and time.', {
        numberOfUses: uses,
        timeToLive: seconds('Longest time.'),
      }),
    ],
    { natural: true },
  ),
  proxyGrantingTicket: role(
    'How long proxy-granting tickets live.',
    [
      policyClass('DefaultRegisteredServiceProxyGrantingTicketExpirationPolicy', 'By time.', {
        maxTimeToLiveInSeconds: seconds('Longest time.'),
      }),
    ],
    { natural: true },
  ),
  code: role(
    'How long authorization codes live.',
    [
      policyClass(oauth('DefaultRegisteredServiceOAuthCodeExpirationPolicy'), 'By uses and time.', {
        numberOfUses: uses,
        timeToLive: seconds('Longest time.'),
      }),
    ],
    { natural: true },
  ),
  accessToken: role(
    'How long access tokens live.',
    [
      policyClass(oauth('DefaultRegisteredServiceOAuthAccessTokenExpirationPolicy'), 'By time and use.', {
        maxTimeToLive: seconds('Longest time.'),
        timeToKill: seconds('Longest time without use.'),
        maxActiveTokens: integer('How many may live at a time; 0: any number.', { since: '7.0' }),
      }),
    ],
    { natural: true },
  ),
  refreshToken: role(
    'How long refresh tokens live.',
    [
      policyClass(oauth('DefaultRegisteredServiceOAuthRefreshTokenExpirationPolicy'), 'By time.', {
        timeToKill: seconds('Longest time.'),
        maxActiveTokens: integer('How many may live at a time; 0: any number.', { since: '6.3' }),
      }),
    ],
    { natural: true },
  ),
  deviceToken: role(
    'How long device codes live.',
    [policyClass(oauth('DefaultRegisteredServiceOAuthDeviceTokenExpirationPolicy'), 'By time.', { timeToKill: seconds('Longest time.') })],
    { natural: true },
  ),
  tokenExchange: role(
    'What tokens may be exchanged for.',
    [
      policyClass(
        oauth('DefaultRegisteredServiceOAuthTokenExchangePolicy'),
        'By patterns.',
        {
          allowedResources: patterns('Patterns of resources.'),
          allowedAudience: patterns('Patterns of audiences.'),
          allowedTokenTypes: patterns('Patterns of types of tokens that come out.'),
          allowedActorTokenTypes: patterns('Patterns of types of tokens of actors.'),
          requiredActorTokenAttributes: map('Attribute of the actor → patterns.', { collection: 'java.util.HashSet' }),
        },
        { since: '7.1' },
      ),
    ],
    { natural: true },
  ),
  clientSecret: role(
    'One of several secrets.',
    [
      policyClass(
        oauth('OAuthRegisteredServiceClientSecret'),
        'With an end, if it has one.',
        {
          value: text('The secret: plain, `{cas-cipher}…`, `{cas-hash}…`.'),
          expiration: text('When it ends.'),
        },
        { since: '8.0' },
      ),
    ],
    { natural: true },
  ),
}
