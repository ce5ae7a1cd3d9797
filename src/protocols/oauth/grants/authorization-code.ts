import { OAuthError } from '../errors.ts'
import type { Grant, GrantRequest } from '../grant.ts'
import { CODE } from '../kinds.ts'
import { verifies } from '../pkce.ts'
import { askedResources } from '../resources.ts'
import type { Room } from '../room.ts'
import { narrowedScopes } from '../scopes.ts'
import { type TokenFacts, tokenFacts } from '../token-body.ts'
import { admitUser } from '../user-access.ts'

const MOST_FAILURES = 5
const FAILURES_COUNT_MS = 3_600_000

const notValid = (detail: string) => new OAuthError('invalid_grant', 'the code is not valid', { detail })

/** RFC 6749 section 4.1.3, RFC 7636 section 4.6: a code for tokens. It is used up in the step that makes them, so a failed try costs nothing. */
export function authorizationCode(room: Room): Grant {
  const { registry, families, holders, clock } = room

  /** An authenticated client presents a code that has been used, or never was: what it bought ends, where that is wanted (oauth.md 8.1). */
  async function replayed({ client, parameters }: GrantRequest, code: string, reason: string): Promise<OAuthError> {
    const removes = room.settings.cas.authn.oauth.code.removeRelatedAccessTokens ?? client.rules.removeRelatedAccessTokens
    if (removes && room.services.acceptsRedirect(client.service, parameters.get('redirect_uri') ?? '')) {
      const family = families.begin(code)
      const node = await registry.get(families.node(family))
      // The tokens of another client are none of its business.
      if (node && (node.body as { c?: unknown }).c === client.id) {
        await families.end(family)
        room.log.warn({ client: client.id }, 'a code came again; the tokens that it bought have been ended')
      }
    }
    return notValid(`${client.id}: ${reason}`)
  }

  /** A code that is tried in vain again and again is being guessed at, with something else that was stolen. */
  async function failed(code: string, error: OAuthError): Promise<never> {
    const now = clock()
    const key = `oauth-code ${code}`
    await registry.addHit(key, now, now + FAILURES_COUNT_MS)
    if ((await registry.hitsSince(key, now - FAILURES_COUNT_MS)) >= MOST_FAILURES) await registry.delete(code)
    throw error
  }

  return {
    type: 'authorization_code',
    whenNoneAreListed: 'yes',
    async authorize(request) {
      const { client, method, parameters } = request
      const code = parameters.get('code')
      const redirectUri = parameters.get('redirect_uri')
      if (code === undefined) throw new OAuthError('invalid_request', 'Missing required parameter: [code]')
      if (redirectUri === undefined) throw new OAuthError('invalid_request', 'Missing required parameter: [redirect_uri]')
      const isCode = code.startsWith(`${CODE}-`) && code.length <= 512
      const found = isCode ? await registry.getWithSession(code) : undefined
      if (!found) throw isCode ? await replayed(request, code, 'unknown, expired or used code') : notValid(`${client.id}: no code`)
      const facts = tokenFacts(found.ticket.body)
      if (!facts) throw notValid(`${client.id}: unreadable code`)
      if (facts.clientId !== client.id) return failed(code, notValid(`${client.id}: code of another client`))
      if (facts.redirectUri !== redirectUri) return failed(code, notValid(`${client.id}: another redirect_uri`))
      const doubt = proofKeyDoubt(facts, parameters.get('code_verifier'), client.isPublic && method === 'none')
      if (doubt) return failed(code, doubt)
      const scopes = narrowedScopes(parameters.get('scope'), facts.scopes, room.settings.cas.authn.oidc.discovery.scopes)
      const audience = askedResources(parameters.all('resource'), client, facts.audience)
      const holder = await holders.open(facts.holder, found.session)
      if (!holder) throw notValid(`${client.id}: the session has ended`)
      await admitUser(room, client, holder)
      return {
        holder,
        service: redirectUri,
        scopes,
        refreshScopes: facts.scopes,
        audience,
        refreshAudience: facts.audience ?? [],
        grantType: 'authorization_code',
        newLogin: facts.newLogin,
        refreshToken: { kind: 'new' },
        codeId: code,
        consume: { id: code, kinds: [CODE] },
        notConsumed: (reason) => replayed(request, code, reason),
        nonce: facts.nonce,
        state: facts.state,
      }
    },
  }
}

/** PKCE (oauth.md 4.6): a verifier where there was a challenge, and none where there was none. */
function proofKeyDoubt(facts: TokenFacts, verifier: string | undefined, provesNothingElse: boolean): OAuthError | undefined {
  const { challenge } = facts
  if (!challenge) {
    if (verifier !== undefined) return new OAuthError('invalid_grant', 'the code was asked for without code_challenge')
    return provesNothingElse ? new OAuthError('invalid_grant', 'code_challenge required') : undefined
  }
  if (verifier === undefined) {
    if (!provesNothingElse) return new OAuthError('invalid_grant', 'Missing required parameter: [code_verifier]')
    return new OAuthError('invalid_client', 'the client could not be authenticated', {
      detail: 'neither secret nor verifier',
      headers: { 'WWW-Authenticate': 'Basic realm="cas"' },
    })
  }
  return verifies(verifier, challenge) ? undefined : new OAuthError('invalid_grant', 'the code_verifier does not fit')
}
