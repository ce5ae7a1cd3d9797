import type { Ticket } from '../../tickets/index.ts'
import type { OAuthClient } from './client.ts'
import { invalidClient, OAuthError } from './errors.ts'
import type { Handle } from './guard.ts'
import type { Holder } from './holder.ts'
import { introspectionAnswers } from './introspection-answer.ts'
import { ACCESS_TOKEN, REFRESH_TOKEN } from './kinds.ts'
import { readParameters } from './parameters.ts'
import type { Room } from './room.ts'
import { type TokenFacts, tokenFacts } from './token-body.ts'

/** The word that CAS has in place of the scopes. */
const CAS_SCOPE = 'CAS'

/** `GET` and `POST /oauth2.0/introspect` (RFC 7662, oauth.md 11), by HTTP Basic alone. Asking is no use of the token. */
export function introspect(room: Room): Handle {
  const { registry, holders, format, authenticateClient, clients } = room
  const { scopeAsCas } = room.settings.castellan.oauth.introspection
  const inactive = { active: false, scope: CAS_SCOPE, cnf: {} }
  const answer = introspectionAnswers(room)

  return async (call, asked) => {
    const parameters = await readParameters(call)
    const { client: caller, method } = await authenticateClient(call, parameters, { basicOnly: true, closedStatus: 401 })
    asked.client = caller.id
    // A name that everybody knows is no authorization (RFC 7662 section 2.1).
    if (method === 'none' && !caller.rules.introspectForeignTokens)
      throw invalidClient(`${caller.id} has nothing to authenticate with`, caller.id)
    const text = parameters.get('token') ?? parameters.get('access_token')
    if (text === undefined) throw new OAuthError('missing_accessToken', 'Missing required parameter: [token]', { status: 400 })
    return answer(call, caller, await what(caller, text))
  }

  /** What the caller gets to know of a token. */
  async function what(caller: OAuthClient, text: string): Promise<object> {
    const resolved = await format.resolve(text)
    if (resolved.kind === 'forged') return inactive
    const kind = resolved.id.slice(0, 3)
    if ((kind !== `${ACCESS_TOKEN}-` && kind !== `${REFRESH_TOKEN}-`) || resolved.id.length > 512) return inactive
    const found = await registry.getWithSession(resolved.id)
    const facts = found && tokenFacts(found.ticket.body)
    if (!facts || !mayKnow(caller, facts)) return inactive
    const holder = await holders.open(facts.holder, found.session)
    const finding = await clients.find(facts.clientId)
    if (!holder || finding.kind !== 'found') return inactive
    const name = await room.describe.nameOf(finding.client, holder, facts)
    return active(text, resolved.id, found.ticket, facts, holder, name)
  }

  function mayKnow({ id, rules }: OAuthClient, facts: TokenFacts): boolean {
    return rules.introspectForeignTokens || facts.clientId === id || facts.audience?.includes(id) === true
  }

  function active(token: string, jti: string, ticket: Ticket, facts: TokenFacts, holder: Holder, subject: string): object {
    const { successes } = holder.authentication
    const { timeToLiveInSeconds } = ticket.policy
    const issuedAt = Math.floor(ticket.createdAtMs / 1000)
    const { audience = [], scopes } = facts
    return {
      token,
      active: true,
      sub: subject,
      scope: scopes.length === 0 || scopeAsCas ? CAS_SCOPE : [...scopes].sort().join(' '),
      iat: issuedAt,
      ...(timeToLiveInSeconds === undefined ? {} : { exp: issuedAt + Math.floor(timeToLiveInSeconds) }),
      ...(successes.length === 0 ? {} : { realmName: successes.join(',') }),
      uniqueSecurityName: subject,
      tokenType: 'Bearer',
      aud: audience.length === 0 ? facts.service : audience.length === 1 ? audience[0] : audience,
      client_id: facts.clientId,
      ...(ticket.kind === ACCESS_TOKEN ? { grant_type: facts.grantType } : {}),
      cnf: {},
      token_type: 'Bearer',
      username: subject,
      jti,
      nbf: issuedAt,
      ...(facts.act === undefined ? {} : { act: facts.act }),
    }
  }
}
