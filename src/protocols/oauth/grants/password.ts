import { serviceReference } from '../../../services/index.ts'
import { SessionLimit } from '../../../sso/index.ts'
import { OAuthError } from '../errors.ts'
import type { Grant } from '../grant.ts'
import type { Holder } from '../holder.ts'
import { askedResources } from '../resources.ts'
import type { Room } from '../room.ts'
import { grantedScopes, parseScopes } from '../scopes.ts'
import { serviceOfRequest } from '../service-header.ts'
import { admitUser } from '../user-access.ts'

/** RFC 6749 section 4.3, for applications that still do it: the user's password goes through the same handlers, throttling and audit as the form. */
export function password(room: Room): Grant {
  const { engine, throttle, sso, lifetimes, interrupt, multifactor } = room
  return {
    type: 'password',
    whenNoneAreListed: 'unless-strict',
    mayOmitSecret: ({ rules }) => rules.passwordWithoutSecret,
    async authorize({ client, parameters, call }) {
      const username = parameters.get('username')
      const secret = parameters.get('password')
      if (username === undefined) throw new OAuthError('invalid_request', 'Missing required parameter: [username]')
      if (secret === undefined) throw new OAuthError('invalid_request', 'Missing required parameter: [password]')
      const service = serviceOfRequest(room, client, call)
      const scopes = grantedScopes(parseScopes(parameters.get('scope')), client, room.settings.cas.authn.oidc.discovery.scopes)
      const audience = askedResources(parameters.all('resource'), client)
      const caller = call.get('client')
      const outcome = await engine.authenticate(
        { kind: 'UsernamePasswordCredential', username, password: secret },
        { client: caller, service: client.service },
      )
      // One answer for everything that can be wrong with a name and a password (D6).
      if (outcome.kind === 'failed') throw new OAuthError('invalid_grant', 'the credentials are not valid', { detail: outcome.failure })
      await throttle.succeeded({ address: caller.address, username })
      const { authentication } = outcome
      await admitUser(room, client, { kind: 'free', authentication })
      const reference = serviceReference(service)
      const way = { call, service: reference === 'unusable' ? undefined : reference, registeredService: client.service }
      // Nobody can type a code here.
      if (await multifactor.lacks({ ...way, client: caller }, authentication)) {
        throw new OAuthError('invalid_grant', 'interaction required', { detail: 'a second factor is needed' })
      }
      if (await interrupt.refusesApi(way, authentication)) {
        throw new OAuthError('access_denied', 'something has to be done before this application can be used', { status: 403 })
      }
      const issue = {
        service,
        scopes,
        audience,
        refreshAudience: [],
        grantType: 'password',
        newLogin: true,
        refreshToken: { kind: 'new' },
      } as const
      if (!lifetimes.boundToSession(scopes)) return { ...issue, holder: { kind: 'free', authentication } }
      const session = await sso
        .open({ authentication, call, service: client.service, cookie: false, lasting: true })
        .catch((cause: unknown) => {
          if (!(cause instanceof SessionLimit)) throw cause
          throw new OAuthError('invalid_grant', 'the user has as many sessions as allowed', { cause })
        })
      const holder: Holder = { kind: 'session', sessionId: session.id, authentication: session.authentication }
      return {
        ...issue,
        holder,
        // Nobody else knows this session.
        abandon: async () => void (await room.registry.destroyTree(session.id, 'logout')),
      }
    },
  }
}
