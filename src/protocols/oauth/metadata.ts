import type { Call } from '../../http/index.ts'
import { grants } from './grants/index.ts'
import { jsonAnswer } from './guard.ts'
import { SECRET_ALGORITHMS } from './introspection-answer.ts'
import type { Room } from './room.ts'
import { SECURITY_RULES } from './security-profile.ts'

/** Authorization server metadata (RFC 8414, oauth.md 18): what is offered as it is configured. What a client may use, its definition says. */
export function metadata(room: Room): (call: Call) => Response {
  const { prefix, settings } = room
  const { discovery } = settings.cas.authn.oidc
  const { oauth } = settings.castellan
  const rules = SECURITY_RULES[oauth.profile]
  const offered = (built: readonly string[], listed: readonly string[] | undefined) => {
    const words = listed?.map((word) => word.toLowerCase())
    return words ? built.filter((word) => words.includes(word.toLowerCase())) : built
  }
  const at = (path: string) => `${prefix}/oauth2.0/${path}`
  const methods = rules.plainPkce && (oauth.pkce.allowPlain ?? true) ? ['S256', 'plain'] : ['S256']
  const clientMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none']
  const algorithms = ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
  const grantTypes = offered(
    grants(room).map(({ type }) => type),
    discovery.grantTypesSupported,
  )
  const responseTypes = offered(['code', 'token'], discovery.responseTypesSupported)
  const document = {
    issuer: prefix,
    authorization_endpoint: at('authorize'),
    token_endpoint: at('accessToken'),
    userinfo_endpoint: at('profile'),
    introspection_endpoint: at('introspect'),
    revocation_endpoint: at('revoke'),
    device_authorization_endpoint: at('device_authorization'),
    ...(room.format.publicKeys.length > 0 ? { jwks_uri: at('jwks') } : {}),
    ...(discovery.scopes ? { scopes_supported: discovery.scopes } : {}),
    response_types_supported: responseTypes,
    response_modes_supported: offered(['query', 'fragment', 'form_post'], discovery.responseModesSupported),
    grant_types_supported: responseTypes.includes('token') ? [...grantTypes, 'implicit'] : grantTypes,
    token_endpoint_auth_methods_supported: clientMethods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_signing_alg_values_supported: [...room.format.statementAlgorithms, ...SECRET_ALGORITHMS],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    revocation_endpoint_auth_methods_supported: clientMethods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    code_challenge_methods_supported: offered(methods, discovery.codeChallengeMethodsSupported),
    authorization_response_iss_parameter_supported: oauth.issInResponse,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  }
  return () => jsonAnswer(document, 200, { 'Cache-Control': 'public, max-age=300', Pragma: '' })
}
