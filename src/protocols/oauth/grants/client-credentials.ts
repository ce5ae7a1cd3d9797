import { OAuthError } from '../errors.ts'
import type { Grant } from '../grant.ts'
import { ofProgram } from '../program.ts'
import { askedResources } from '../resources.ts'
import type { Room } from '../room.ts'
import { grantedScopes, parseScopes } from '../scopes.ts'
import { serviceOfRequest } from '../service-header.ts'

/** RFC 6749 section 4.4: the client is its own principal. Refreshable as in CAS; the profile `rfc9700` says no (section 4.4.3). */
export function clientCredentials(room: Room): Grant {
  return {
    type: 'client_credentials',
    whenNoneAreListed: 'yes',
    async authorize({ client, parameters, call }) {
      if (client.isPublic) throw new OAuthError('unauthorized_client', 'a client without a secret may not use this grant')
      return {
        holder: { kind: 'free', authentication: ofProgram(client.id, room.clock()) },
        service: serviceOfRequest(room, client, call),
        scopes: grantedScopes(parseScopes(parameters.get('scope')), client, room.settings.cas.authn.oidc.discovery.scopes),
        grantType: 'client_credentials',
        audience: askedResources(parameters.all('resource'), client),
        refreshAudience: [],
        newLogin: false,
        refreshToken: { kind: client.rules.refreshTokenForClientCredentials ? 'new' : 'none' },
      }
    },
  }
}
