import type { Counter } from '../../base/metrics.ts'
import type { Call } from '../../http/index.ts'
import { clientFacts, type OAuthClient } from './client.ts'
import { startDevice } from './device-start.ts'
import { OAuthError } from './errors.ts'
import type { Grant } from './grant.ts'
import { grants as allGrants, deviceCodeIn } from './grants/index.ts'
import { asOAuthError, type Handle, JSON_HEADERS, jsonAnswer, type WriteError, writeJsonError } from './guard.ts'
import { hasSecretInQuery, type OAuthParameters, readParameters } from './parameters.ts'
import type { Room } from './room.ts'
import type { Issue, Minted } from './tokens.ts'
import { weightsOf } from './weights.ts'

/**
 * `POST /oauth2.0/accessToken` and `/token` (RFC 6749 section 3.2, oauth.md 7). The phases are shared; a grant has only the fourth.
 */
export function tokenEndpoint(room: Room): Handle {
  const { audit, authenticateClient, metrics, mint, modules } = room
  const offered = room.settings.cas.authn.oidc.discovery.grantTypesSupported?.map((type) => type.toLowerCase())
  const grants = allGrants(room).filter(({ type }) => !offered || offered.includes(type))
  const byType = new Map(grants.map((grant) => [grant.type, grant]))
  const deviceGrant = grants.find(({ type }) => type.endsWith(':device_code'))

  const counters = new Map<string, Counter>()

  /** CAS begins and asks for devices by `response_type=device_code` at this address. */
  function grantOf(parameters: OAuthParameters): Grant | 'device-start' | undefined {
    const type = parameters.get('grant_type')
    if (type !== undefined) return byType.get(type.toLowerCase())
    if (parameters.get('response_type')?.toLowerCase() !== 'device_code' || !deviceGrant) return undefined
    return deviceCodeIn(parameters) === undefined ? 'device-start' : deviceGrant
  }

  return async (call, asked) => {
    const asksForText = prefersText(call.req.header('accept'))
    let client: OAuthClient | undefined
    const isText = () => client?.jsonFormat === false || (asksForText && client?.jsonFormat !== true)
    let type = 'unknown'
    let offeredType = 'unknown'
    try {
      if (call.req.method === 'HEAD') throw onlyPost('nobody would see the answer')
      // 1. Which grant? Parameters may stand in the body or in the query.
      const parameters = await readParameters(call)
      const grant = grantOf(parameters)
      if (grant === 'device-start') return await startDevice(room, call, parameters, asked)
      type = parameters.get('grant_type')?.slice(0, 100) ?? type

      // 2. Who asks?
      const mayOmitSecret = grant?.mayOmitSecret
      const authenticated = await authenticateClient(call, parameters, mayOmitSecret ? { mayOmitSecret } : {})
      client = authenticated.client
      asked.client = client.id
      refuseUnsafe(call, client, parameters)
      if (!grant) {
        if (parameters.get('grant_type') === undefined) throw new OAuthError('invalid_request', 'Missing required parameter: [grant_type]')
        throw new OAuthError('unsupported_grant_type', 'this grant type is not offered here')
      }
      type = grant.type
      offeredType = grant.type
      asked.grant = grant.type

      // 3. May this client use it? Asked before the grant sees anything.
      if (!isAllowed(grant, client)) {
        throw new OAuthError('unauthorized_client', 'this client may not use this grant type', { detail: `${client.id}: ${grant.type}` })
      }
      audit.record({
        action: 'OAUTH2_ACCESS_TOKEN_REQUEST_CREATED',
        who: client.id,
        what: `{client_id=${client.id}, grant_type=${grant.type}}`,
        client: call.get('client'),
      })

      // 4. What does the grant give?
      const issue = await grant.authorize({ ...authenticated, parameters, call })

      // 5. Mint and answer.
      const minted = await mint(client, issue).catch(async (cause: unknown) => {
        await issue.abandon?.()
        throw cause
      })
      const response = answerOf(minted, issue)
      const added = await modules.customizeTokenResponse?.({ response, client: clientFacts(client), grant: grant.type })
      const answer = isText() ? textAnswer(minted) : jsonAnswer({ ...added, ...response })
      record(call, client, issue.holder.authentication.principal.id, `grant_type=${grant.type}, scopes=[${minted.scopes.join(' ')}]`)
      count(offeredType, 'success')
      return answer
    } catch (cause) {
      const error = asOAuthError(cause, call)
      record(call, client, client?.id ?? 'audit:unknown', `grant_type=${type}, error=${error.code}`)
      count(offeredType, error.code)
      // Written by the guard, which counts it as a failed attempt; its detail is in the log already.
      throw isText()
        ? new TextError(error)
        : new OAuthError(error.code, error.message, { status: error.status, headers: error.headers, client: error.client })
    }
  }

  function count(grant: string, outcome: string): void {
    const key = `${grant} ${outcome}`
    let counter = counters.get(key)
    if (!counter) {
      counter = metrics.counter('cas.oauth.grants', 'Answers of the token endpoint by grant type and outcome.', { grant, outcome })
      counters.set(key, counter)
    }
    counter.add()
  }

  function record(call: Call, client: OAuthClient | undefined, who: string, what: string): void {
    audit.record({
      action: 'OAUTH2_ACCESS_TOKEN_RESPONSE_CREATED',
      who,
      what: `{client_id=${client?.id ?? 'unknown'}, ${what}}`,
      client: call.get('client'),
    })
  }
}

/** @param detail For the log. */
const onlyPost = (detail?: string) =>
  new OAuthError('invalid_request', 'only POST is allowed here', {
    status: 405,
    headers: { Allow: 'POST' },
    ...(detail === undefined ? {} : { detail }),
  })

function isAllowed(grant: Grant, client: OAuthClient): boolean {
  const whenEmpty = grant.whenNoneAreListed === 'yes' || (grant.whenNoneAreListed === 'unless-strict' && client.rules.emptyAllowsUnsafe)
  return grant.allows ? grant.allows(client) : client.allowsGrant(grant.type, whenEmpty)
}

/** @throws {OAuthError} for what the client's security profile does not allow any more. */
function refuseUnsafe(call: Call, { rules }: OAuthClient, parameters: OAuthParameters): void {
  if (call.req.method !== 'POST' && !rules.getAtTokenEndpoint) {
    throw onlyPost()
  }
  if (!rules.secretsInQuery && hasSecretInQuery(parameters)) {
    throw new OAuthError('invalid_request', 'secrets must not stand in the query')
  }
}

function answerOf({ accessToken, refreshToken, expiresInSeconds, scopes }: Minted, issue: Issue): object {
  return {
    ...(accessToken === undefined ? {} : { access_token: accessToken }),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    token_type: 'Bearer',
    ...(accessToken === undefined || expiresInSeconds === undefined ? {} : { expires_in: expiresInSeconds }),
    ...(scopes.length > 0 ? { scope: [...scopes].sort().join(' ') } : {}),
    ...issue.answer,
  }
}

/** The form of CAS up to 5.3 (oauth.md 7.3). */
function textAnswer({ accessToken, refreshToken, expiresInSeconds }: Minted): Response {
  const fields = new URLSearchParams()
  if (accessToken !== undefined) fields.set('access_token', accessToken)
  if (expiresInSeconds !== undefined) fields.set('expires_in', String(expiresInSeconds))
  if (refreshToken !== undefined) fields.set('refresh_token', refreshToken)
  return new Response(fields.toString(), { headers: { ...JSON_HEADERS, 'Content-Type': 'text/plain;charset=UTF-8' } })
}

/** An error that goes out as a line of text, because the client gets its answers so. */
class TextError extends OAuthError {
  constructor(error: OAuthError) {
    super(error.code, error.message, { status: error.status, headers: error.headers, client: error.client, cause: error.cause })
  }
}

export const writeTokenError: WriteError = (error, call) => {
  if (!(error instanceof TextError)) return writeJsonError(error, call)
  const headers = { ...JSON_HEADERS, 'Content-Type': 'text/plain;charset=UTF-8', ...error.headers }
  return new Response(`error=${error.code}`, { status: error.status, headers })
}

/** Whether `Accept` names `text/plain`, and neither JSON nor everything with the same or a higher weight (D4). */
export function prefersText(accept: string | undefined): boolean {
  if (!accept?.includes('text/plain')) return false
  const weights = weightsOf(accept)
  const text = weights.get('text/plain') ?? 0
  return text > 0 && ['application/json', 'application/*', '*/*'].every((type) => (weights.get(type) ?? 0) < text)
}
