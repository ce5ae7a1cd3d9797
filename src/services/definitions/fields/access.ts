import {
  choice,
  type Fields,
  flag,
  integer,
  map,
  object,
  objects,
  operator,
  order,
  policyClass,
  type Roles,
  role,
  text,
  texts,
} from './field.ts'

const CLOSED = 'The application is closed: the service that this class asks is not connected here.'

const attributes = (about: string) => map(about, { collection: 'java.util.HashSet' })

const enabled = flag('Whether the application may be used at all.', true)
const strategy: Fields = {
  enabled,
  ssoEnabled: flag('Whether an existing session is enough; else the user logs in each time, and nobody may proxy to it.', true),
  requiredAttributes: attributes(
    'Attributes the user must have: name → patterns, one of which is found in a value. A value may be a script.',
  ),
  rejectedAttributes: attributes('Attributes that keep the user out, in the same form.'),
  requireAllAttributes: flag('Whether all names of a map must match; else one is enough.', true),
  caseInsensitive: flag('Whether values are compared without regard to case.', false),
  unauthorizedRedirectUrl: text('Where the browser of a user who is refused goes after some seconds.'),
  delegatedAuthenticationPolicy: object('delegation', 'Which identity providers may log users in.', {
    noEffect: 'Logins at other identity providers are not built here.',
  }),
  activationCriteria: object('accessActivation', 'When the attribute rules apply at all.'),
  order,
}
const surrogate: Fields = {
  surrogateEnabled: flag('Whether users may act for others.', true, { noEffect: 'Acting for others is not built here.' }),
  surrogateRequiredAttributes: attributes('Attributes of those who act for others.'),
}
const unbuilt = (name: string, about: string, fields: Fields = {}, open = false) =>
  policyClass(name, about, { ...strategy, ...fields }, { unbuilt: CLOSED, open })

export const ACCESS_ROLES: Roles = {
  access: role(
    'Who may use the application.',
    [
      policyClass('DefaultRegisteredServiceAccessStrategy', 'Switches, and attributes that are required or rejected.', strategy),
      policyClass('TimeBasedRegisteredServiceAccessStrategy', 'Open between two moments.', {
        ...strategy,
        startingDateTime: text('First moment; without a zone in `zoneId`.'),
        endingDateTime: text('Last moment.'),
        zoneId: text('Zone of moments that name none.', { fallback: 'UTC' }),
      }),
      policyClass('HttpRequestRegisteredServiceAccessStrategy', 'Open to requests that look as expected.', {
        ...strategy,
        ipAddress: text('Pattern, found in the address of the client.'),
        userAgent: text('Pattern, found in the name of the browser.'),
        headers: map('Header → pattern that is found in it.', { since: '7.0' }),
      }),
      policyClass('RemoteEndpointServiceAccessStrategy', 'Another server is asked about each user.', {
        ...strategy,
        endpointUrl: text('Address that is asked, with `username=` in the query.'),
        acceptableResponseCodes: text('Statuses that let in, separated by commas.'),
        method: choice('How it is asked.', ['GET', 'HEAD', 'POST']),
        headers: map('Headers that are sent along.'),
      }),
      policyClass('GroovyRegisteredServiceAccessStrategy', 'A script decides.', {
        groovyScript: text(
          'Module with `isServiceAccessAllowed`, `isServiceAccessAllowedForSso`, `authorizeRequest`, `getUnauthorizedRedirectUrl`.',
        ),
        order,
      }),
      policyClass('ChainingRegisteredServiceAccessStrategy', 'Several strategies in their order.', {
        strategies: objects('access', 'The strategies.'),
        operator,
        unauthorizedRedirectUrl: strategy['unauthorizedRedirectUrl'] as Fields[string],
        order,
      }),
      unbuilt('SurrogateRegisteredServiceAccessStrategy', 'Who may act for others.', surrogate),
      unbuilt('GroovySurrogateRegisteredServiceAccessStrategy', 'A script says who may act for others.', {
        groovyScript: text('The script.'),
        ...surrogate,
      }),
      unbuilt('GrouperRegisteredServiceAccessStrategy', 'Groups of Grouper.', {
        groupField: text('What is compared.'),
        configProperties: map('How Grouper is reached.'),
      }),
      unbuilt('OpenFGARegisteredServiceAccessStrategy', 'OpenFGA is asked.', {
        ...Object.fromEntries(
          ['apiUrl', 'storeId', 'token', 'relation', 'object', 'userType'].map((name) => [name, text('As OpenFGA has it.')]),
        ),
      }),
      unbuilt('OpenPolicyAgentRegisteredServiceAccessStrategy', 'Open Policy Agent is asked.', {
        ...Object.fromEntries(['apiUrl', 'decision', 'token'].map((name) => [name, text('As Open Policy Agent has it.')])),
        context: map('What it is told.'),
      }),
      ...['Cerbos', 'Permify', 'PermitIo', 'SCIM', 'AmazonVerifiedPermissions'].map((name) =>
        unbuilt(`${name}RegisteredServiceAccessStrategy`, 'A service for permissions is asked.', {}, true),
      ),
    ],
    { usual: true },
  ),
  accessActivation: role('When the attribute rules of an access strategy apply.', [
    policyClass('AttributeBasedRegisteredServiceAccessStrategyActivationCriteria', 'For users with these attributes.', {
      requiredAttributes: map('Name → patterns.'),
      operator,
      allowIfInactive: flag('The answer where the rules do not apply.', true),
      order,
    }),
    policyClass('GroovyRegisteredServiceAccessStrategyActivationCriteria', 'A script says.', {
      groovyScript: text('`run(context, logger)` → true or false.'),
      allowIfInactive: flag('The answer where the rules do not apply.', true),
      order,
    }),
    policyClass('ChainingRegisteredServiceAccessStrategyActivationCriteria', 'Several criteria.', {
      conditions: objects('accessActivation', 'The criteria.'),
      operator,
      allowIfInactive: flag('The answer where the rules do not apply.', true),
      order,
    }),
  ]),
  delegation: role(
    'Which identity providers may log users in.',
    [
      policyClass('DefaultRegisteredServiceDelegatedAuthenticationPolicy', 'By name.', {
        allowedProviders: texts('Names of the providers.'),
        permitUndefined: flag('Whether an empty list allows all.', true),
        exclusive: flag('Whether the form for passwords goes.', false),
        selectionStrategy: text('Script or rule that chooses one.'),
        order,
      }),
      policyClass('ChainingRegisteredServiceDelegatedAuthenticationPolicy', 'Several of them.', {
        strategies: objects('delegation', 'The policies.'),
        operator,
        order,
      }),
    ],
    { usual: true },
  ),
}

const handlers = (about: string) => texts(about, { collection: 'java.util.TreeSet' })

export const LOGIN_ROLES: Roles = {
  authentication: role(
    'How users have to log in.',
    [
      policyClass('DefaultRegisteredServiceAuthenticationPolicy', 'By the names of handlers.', {
        requiredAuthenticationHandlers: handlers('Only these handlers are asked.'),
        excludedAuthenticationHandlers: handlers('These handlers are not asked.'),
        criteria: object('authenticationCriteria', 'When the login is enough; stands in place of the global policy.'),
      }),
    ],
    { natural: true, usual: true },
  ),
  authenticationCriteria: role('When a login is enough.', [
    policyClass('AllowedAuthenticationHandlersRegisteredServiceAuthenticationPolicyCriteria', 'One of the required handlers said yes.', {
      tryAll: flag('Whether all handlers are asked.', false),
    }),
    policyClass('ExcludedAuthenticationHandlersRegisteredServiceAuthenticationPolicyCriteria', 'None of the excluded handlers said yes.'),
    policyClass('AnyAuthenticationHandlerRegisteredServiceAuthenticationPolicyCriteria', 'Any handler said yes.', {
      tryAll: flag('Whether all handlers are asked.', false),
    }),
    policyClass('AllAuthenticationHandlersRegisteredServiceAuthenticationPolicyCriteria', 'All handlers said yes.'),
    policyClass('NotPreventedRegisteredServiceAuthenticationPolicyCriteria', 'One said yes, and none could not answer.'),
    policyClass('GroovyRegisteredServiceAuthenticationPolicyCriteria', 'A script says.', {
      script: text('`run(authentication, principal, logger)`; throws, or answers false, to refuse.'),
    }),
    policyClass('RestfulRegisteredServiceAuthenticationPolicyCriteria', 'Another server says.', {
      url: text('Address.'),
      basicAuthUsername: text('Name there.'),
      basicAuthPassword: text('Password there.'),
    }),
  ]),
  singleSignOn: role('When an existing session is enough.', [
    policyClass('DefaultRegisteredServiceSingleSignOnParticipationPolicy', 'What becomes of the cookie.', {
      createCookieOnRenewedAuthentication: choice('Whether a login that was demanded gives a new session.', ['UNDEFINED', 'TRUE', 'FALSE']),
      order,
    }),
    policyClass('ChainingRegisteredServiceSingleSignOnParticipationPolicy', 'Several policies.', {
      policies: objects('singleSignOn', 'The policies.'),
      operator,
      order,
    }),
    ...(['AuthenticationDate', 'LastUsedTime'] as const).map((name) =>
      policyClass(
        `${name}RegisteredServiceSingleSignOnParticipationPolicy`,
        name === 'LastUsedTime' ? 'The session was used lately.' : 'The login was lately.',
        {
          timeUnit: text('`SECONDS`, `MINUTES`, `HOURS`, `DAYS` …'),
          timeValue: integer('How many of them.'),
          order,
        },
      ),
    ),
    policyClass('AttributeBasedRegisteredServiceSingleSignOnParticipationPolicy', 'For users with these attributes.', {
      attributes: map('Name → patterns.'),
      requireAllAttributes: flag('Whether all names must match.', false),
      order,
    }),
    policyClass('NeverRegisteredServiceSingleSignOnParticipationPolicy', 'Never.', { order }),
    policyClass('GroovyRegisteredServiceSingleSignOnParticipationPolicy', 'A script says.', { groovyScript: text('The script.'), order }),
  ]),
  multifactor: role(
    'Which second factor is asked for.',
    [
      policyClass('DefaultRegisteredServiceMultifactorPolicy', 'By the names of providers.', {
        multifactorAuthenticationProviders: texts('Ids, such as `mfa-simple`.', { collection: 'java.util.LinkedHashSet' }),
        failureMode: choice('What happens when the provider cannot be reached.', ['UNDEFINED', 'OPEN', 'CLOSED', 'PHANTOM', 'NONE']),
        principalAttributeNameTrigger: text('Only for users with an attribute whose whole name matches.'),
        principalAttributeValueToMatch: text('Pattern of its value.'),
        bypassEnabled: flag('Whether no second factor is asked for.', false),
        forceExecution: flag('Whether it is asked for again in a session that has it.', false),
        bypassTrustedDeviceEnabled: flag('Whether trusted devices count as unknown.', false, {
          noEffect: 'Browsers are not remembered here.',
        }),
        bypassPrincipalAttributeName: text('Users with this attribute are not asked.'),
        bypassPrincipalAttributeValue: text('Pattern of its value.'),
        bypassIfMissingPrincipalAttribute: flag('Whether users without the attribute are not asked.', false),
        script: text('Module or `js { … }` that names the provider, or gives `null`.'),
      }),
      policyClass('GroovyRegisteredServiceMultifactorPolicy', 'A script says.', { groovyScript: text('The script.') }),
    ],
    { natural: true, usual: true },
  ),
  interrupt: role(
    'Pauses of the login.',
    [
      policyClass('DefaultRegisteredServiceWebflowInterruptPolicy', 'Whether and when the login pauses.', {
        enabled: flag('Whether it may pause.', true),
        forceExecution: choice('Whether it pauses in spite of an earlier answer.', ['UNDEFINED', 'TRUE', 'FALSE']),
        attributeName: text('Only for users with an attribute whose name matches.'),
        attributeValue: text('Pattern of its value.'),
        groovyScript: text('Script that says whether it pauses.'),
      }),
    ],
    { natural: true, usual: true },
  ),
  proxy: role(
    'Whether the application may ask for tickets in the name of its users.',
    [
      policyClass('RefuseRegisteredServiceProxyPolicy', 'Never.'),
      policyClass('RegexMatchingRegisteredServiceProxyPolicy', 'By the address that is called back.', {
        pattern: text('Pattern, found in the `pgtUrl`.'),
        useServiceId: flag('Whether the `serviceId` is the pattern.', false),
        exactMatch: flag('Whether the pattern is the address itself.', false),
      }),
      policyClass('RestfulRegisteredServiceProxyPolicy', 'Another server says.', {
        endpoint: text('Address that is asked, with `pgtUrl=` in the query.'),
        headers: map('Headers that are sent along.'),
      }),
    ],
    { usual: true },
  ),
}
