import { choice, flag, group, type Infer, mapOf, optional, regex, resource, text, texts } from '../base/schema.ts'
import { simpleConfig } from './providers/simple/config.ts'

const MODES = ['CLOSED', 'OPEN', 'PHANTOM', 'NONE', 'UNDEFINED'] as const

/** When somebody is asked for a second factor, and for which (authentication.md 13.1). */
const rulesConfig = group({
  cas: group({
    authn: group({
      mfa: group({
        core: group({
          authenticationContextAttribute: text(
            'authnContextClass',
            'Attribute of the authentication that names the providers that a login has passed; applications get it.',
            { formerly: ['cas.authn.mfa.authentication-context-attribute'] },
          ),
          globalFailureMode: choice(
            MODES,
            'CLOSED',
            'What happens when a provider cannot be used: CLOSED refuses, OPEN goes on without it, PHANTOM goes on and says it was passed, NONE does not look.',
            { formerly: ['cas.authn.mfa.global-failure-mode'] },
          ),
        }),
        triggers: group({
          global: group({
            globalProviderId: texts([], 'Providers of which one is asked for at every login, e.g. `mfa-simple`.', {
              formerly: ['cas.authn.mfa.global-provider-id'],
            }),
          }),
          http: group({
            requestParameter: texts(['authn_method'], 'Parameters of a request to `/login` that may name a provider.', {
              formerly: ['cas.authn.mfa.request-parameter'],
            }),
            requestHeader: texts(['authn_method'], 'Headers of a request to `/login` that may name a provider.', {
              formerly: ['cas.authn.mfa.request-header'],
            }),
          }),
          principal: group({
            globalPrincipalAttributeNameTriggers: texts([], 'Attributes of users that ask for a provider by their values.', {
              formerly: ['cas.authn.mfa.global-principal-attribute-name-triggers'],
            }),
            globalPrincipalAttributeValueRegex: optional(
              regex('', 'Which values ask for the provider; without it, or with several providers, the value has to name one.', {
                formerly: ['cas.authn.mfa.global-principal-attribute-value-regex'],
              }),
            ),
            reverseMatch: flag(false, 'Whether users are asked whose values do not match.'),
            denyIfUnmatched: flag(false, 'Whether a login is refused that no value of these attributes fits.'),
            globalPrincipalAttributePredicate: group({
              location: optional(
                resource('', 'JavaScript or TypeScript module that says whether the attributes of a user ask for a provider.', {
                  formerly: ['cas.authn.mfa.global-principal-attribute-predicate'],
                }),
              ),
            }),
          }),
          authentication: group({
            globalAuthenticationAttributeNameTriggers: texts(
              [],
              'Attributes of the authentication that ask for a provider by their values.',
              {
                formerly: ['cas.authn.mfa.global-authentication-attribute-name-triggers'],
              },
            ),
            globalAuthenticationAttributeValueRegex: optional(
              regex('', 'Which values ask for the provider.', { formerly: ['cas.authn.mfa.global-authentication-attribute-value-regex'] }),
            ),
          }),
          rest: group({
            url: optional(
              text('', 'Address that is asked which provider a login needs.', {
                formerly: ['cas.authn.mfa.rest-endpoint', 'cas.authn.mfa.rest.url'],
              }),
            ),
            method: text('GET', 'Method of the request; the question is its body.'),
            basicAuthUsername: optional(text('', 'User name for HTTP Basic.')),
            basicAuthPassword: optional(text('', 'Password for HTTP Basic.', { secret: true })),
            headers: mapOf(text('', 'Value of the header.', { secret: true }), 'Further headers of the request, by name.'),
          }),
        }),
        groovyScript: group({
          location: optional(
            resource('', 'JavaScript or TypeScript module that says which provider a login needs.', {
              formerly: ['cas.authn.mfa.groovy-script'],
            }),
          ),
        }),
      }),
    }),
  }),
})

/** The settings of this room: the rules, and those of each provider. */
export const multifactorConfig = rulesConfig
export { simpleConfig }
export type MultifactorConfig = Infer<typeof rulesConfig> & Infer<typeof simpleConfig>
