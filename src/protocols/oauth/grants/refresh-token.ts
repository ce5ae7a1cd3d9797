import type { Call } from '../../../http/index.ts'
import { OAuthError } from '../errors.ts'
import type { Grant } from '../grant.ts'
import type { Holder } from '../holder.ts'
import { REFRESH_TOKEN } from '../kinds.ts'
import { askedResources } from '../resources.ts'
import type { Room } from '../room.ts'
import { narrowedScopes } from '../scopes.ts'
import { tokenFacts } from '../token-body.ts'
import { admitUser } from '../user-access.ts'

/** Longest grace (oauth.md 8.4). */
const LONGEST_GRACE_SECONDS = 30

const notValid = (detail: string) => new OAuthError('invalid_grant', 'the refresh token is not valid', { detail })

/** RFC 6749 section 6, with rotation as RFC 9700 section 4.14.2 wants it: a refresh token that was rotated out ends its family when it comes again. */
export function refreshToken(room: Room): Grant {
  const { registry, families, holders, format, clock } = room
  const graceMs = Math.min(LONGEST_GRACE_SECONDS, room.settings.castellan.oauth.refreshToken.reuseGrace) * 1000
  const { refreshAttributes } = room.settings.castellan.oauth.refreshToken

  /** The token does not live. If it was rotated out, somebody has a copy of it that they should not have. */
  async function dead(clientId: string, id: string, call: Call): Promise<never> {
    const family = families.nameIn(id)
    if (family === undefined) throw notValid(`${clientId}: no refresh token`)
    const use = await registry.consume(id, [REFRESH_TOKEN])
    if (!use.ok && use.reason === 'used') {
      await families.end(family)
      room.log.warn({ client: clientId }, 'a refresh token that was rotated out came again; its family has been ended')
      room.audit.record({
        action: 'OAUTH2_REFRESH_TOKEN_REUSED',
        who: 'audit:unknown',
        what: `{client_id=${clientId}}`,
        client: call.get('client'),
      })
    }
    throw notValid(`${clientId}: ${use.ok ? 'died meanwhile' : use.reason}`)
  }

  /** The same holder, as the sources know them today. */
  async function renewed(clientId: string, holder: Holder): Promise<Holder> {
    const { authentication } = holder
    const today = await room.engine.renew(authentication)
    if (today.kind === 'refused') throw notValid(`${clientId}: the account may not be used: ${today.failure}`)
    const known = { ...authentication, principal: today.principal }
    if (holder.kind === 'free') return { kind: 'free', authentication: known }
    return { kind: 'session', sessionId: holder.sessionId, authentication: known, renewed: true }
  }

  /** The successor that a token was rotated into a moment ago, if that is to be given again. */
  async function successorWithinGrace(id: string) {
    const family = graceMs > 0 ? families.nameIn(id) : undefined
    if (family === undefined) return undefined
    const successorId = families.successor(id, family)
    const successor = await registry.getWithSession(successorId)
    return successor && clock() - successor.ticket.createdAtMs <= graceMs ? { ...successor, family, id: successorId } : undefined
  }

  return {
    type: 'refresh_token',
    whenNoneAreListed: 'yes',
    async authorize({ client, parameters, call }) {
      const text = parameters.get('refresh_token')
      if (text === undefined) throw new OAuthError('invalid_request', 'Missing required parameter: [refresh_token]')
      const resolved = await format.resolve(text)
      if (resolved.kind === 'forged' || !resolved.id.startsWith(`${REFRESH_TOKEN}-`)) throw notValid(`${client.id}: no refresh token`)
      const { id } = resolved
      const living = await registry.getWithSession(id)
      const again = living ? undefined : await successorWithinGrace(id)
      const found = living ?? again
      if (!found) return dead(client.id, id, call)
      const facts = tokenFacts(found.ticket.body)
      if (facts?.clientId !== client.id) throw notValid(`${client.id}: refresh token of another client`)
      const scopes = narrowedScopes(parameters.get('scope'), facts.scopes, room.settings.cas.authn.oidc.discovery.scopes)
      const audience = askedResources(parameters.all('resource'), client, facts.audience)
      const kept = await holders.open(facts.holder, found.session)
      if (!kept) throw notValid(`${client.id}: the session has ended`)
      const holder = refreshAttributes ? await renewed(client.id, kept) : kept
      if (facts.grantType !== 'client_credentials') await admitUser(room, client, holder)
      const family = families.nameIn(id)
      const issue = {
        holder,
        // As in CAS, whatever the service of the first token was.
        service: client.id,
        scopes,
        refreshScopes: facts.scopes,
        audience,
        refreshAudience: facts.audience ?? [],
        grantType: 'refresh_token',
        newLogin: false,
        family,
        nonce: facts.nonce,
        state: facts.state,
        act: facts.act,
      } as const
      if (again) return { ...issue, refreshToken: { kind: 'again', id: again.id, family: again.family } }
      if (!client.rotateRefreshToken || family === undefined) return { ...issue, refreshToken: { kind: 'none' } }
      return {
        ...issue,
        refreshToken: { kind: 'successor', id, family },
        consume: { id, kinds: [REFRESH_TOKEN] },
        // It lived a moment ago: of two that came at once this is the second, and no thief yet.
        notConsumed: async (reason) => notValid(`${client.id}: ${reason}, at the same moment`),
      }
    },
  }
}
