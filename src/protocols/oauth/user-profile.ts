import type { Call } from '../../http/index.ts'
import type { AttributeValue } from '../../services/index.ts'
import { clientFacts, type OAuthClient } from './client.ts'
import { OAuthError } from './errors.ts'
import { type Handle, jsonAnswer } from './guard.ts'
import type { HolderProfile } from './holder-profile.ts'
import { ACCESS_TOKEN } from './kinds.ts'
import { readParameters } from './parameters.ts'
import type { Room } from './room.ts'
import { type TokenFacts, tokenFacts } from './token-body.ts'

type Code = 'missing_accessToken' | 'expired_accessToken' | 'invalid_request'

/** The error names are those of CAS; the challenge is that of RFC 6750. */
function refused(code: Code, detail?: string): OAuthError {
  const challenge = code === 'missing_accessToken' ? '' : ', error="invalid_token", error_description="the access token is not valid"'
  return new OAuthError(code, 'Unauthorized', {
    status: 401,
    headers: { 'WWW-Authenticate': `Bearer realm="cas"${challenge}` },
    ...(detail === undefined ? {} : { detail }),
  })
}

/** `GET` and `POST /oauth2.0/profile`: who the holder of an access token is (oauth.md 10). */
export function userProfile(room: Room): Handle {
  const { registry, clients, holders, format, settings, audit, modules } = room
  const { userProfileViewType } = settings.cas.authn.oauth.core
  const { alwaysArrays } = settings.castellan.oauth.userProfile

  async function read(call: Call) {
    const { text, inQuery } = await tokenOf(call)
    const resolved = await format.resolve(text)
    if (resolved.kind === 'forged') throw refused('invalid_request', 'forged')
    if (!resolved.id.startsWith(`${ACCESS_TOKEN}-`) || resolved.id.length > 512) throw refused('expired_accessToken', 'no access token')
    const found = await registry.getWithSession(resolved.id)
    const facts = found && tokenFacts(found.ticket.body)
    if (!facts) throw refused('expired_accessToken')
    const finding = await clients.find(facts.clientId)
    if (finding.kind !== 'found') throw refused('expired_accessToken', `the client ${facts.clientId} is ${finding.kind}`)
    const { client } = finding
    if (inQuery && !client.rules.tokenInQuery && !client.service.flag('oauthAccessTokenInQuery', false)) {
      throw refused('invalid_request', `${client.id}: the token stands in the query`)
    }
    const holder = await holders.open(facts.holder, found.session)
    if (!holder) throw refused('expired_accessToken', 'the session has ended')
    // A use: the idle time of the token, and of the session it hangs on, begins again.
    if (!(await registry.touch(resolved.id))) throw refused('expired_accessToken', 'ended meanwhile')
    return { client, facts, profile: await room.describe(client, holder, facts) }
  }

  return async (call, asked) => {
    const who = (id: string, what: string) =>
      audit.record({ action: 'OAUTH2_USER_PROFILE_CREATED', who: id, what: `{${what}}`, client: call.get('client') })
    try {
      const { client, facts, profile } = await read(call)
      asked.client = client.id
      who(profile.id, `client_id=${client.id}`)
      return jsonAnswer(await rendered(client, facts, profile))
    } catch (cause) {
      who('audit:unknown', `error=${cause instanceof OAuthError ? cause.code : 'server_error'}`)
      throw cause
    }
  }

  async function rendered(client: OAuthClient, facts: TokenFacts, profile: HolderProfile): Promise<object> {
    const model = view(client, facts, profile)
    if (!modules.renderProfile) return model
    const { clientId, scopes, grantType, service } = facts
    return modules.renderProfile({ model, accessToken: { clientId, scopes, grantType, service }, service: clientFacts(client) })
  }

  function view(client: OAuthClient, facts: TokenFacts, { id, attributes }: HolderProfile): object {
    const flat = (client.profileView ?? userProfileViewType) === 'FLAT'
    const lists = alwaysArrays === 'both' || alwaysArrays === (flat ? 'flat' : 'nested')
    const shown = Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, shownAs(values, lists)]))
    const { service } = facts
    // The server's own members win over an attribute of their name.
    return flat ? { ...shown, client_id: client.id, service, id } : { service, attributes: shown, id, client_id: client.id }
  }
}

function shownAs(values: readonly AttributeValue[], lists: boolean): AttributeValue | readonly AttributeValue[] {
  const [only] = values
  return values.length === 1 && only !== undefined && !lists ? only : values
}

/**
 * The token of a request: parameter `access_token`, else `token`, else the header.
 *
 * @throws {OAuthError} `missing_accessToken`; `invalid_request` for two different ones.
 */
async function tokenOf(call: Call): Promise<{ readonly text: string; readonly inQuery: boolean }> {
  const parameters = await readParameters(call)
  const header = /^(?:bearer)\s+(\S+)\s*$/i.exec(call.req.header('authorization') ?? '')?.[1]
  const given = [parameters.get('access_token'), parameters.get('token'), header].filter((text) => text !== undefined)
  const [text] = given
  if (text === undefined) throw refused('missing_accessToken')
  if (given.some((other) => other !== text)) throw new OAuthError('invalid_request', 'two different access tokens')
  return { text, inQuery: parameters.inQuery('access_token') || parameters.inQuery('token') }
}
