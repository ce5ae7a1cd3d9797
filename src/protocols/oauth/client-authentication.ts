import type { Log } from '../../base/log.ts'
import type { Call } from '../../http/index.ts'
import type { OAuthClient } from './client.ts'
import { ASSERTION_TYPE, type ClientAssertions } from './client-assertion.ts'
import type { ClientSecrets } from './client-secrets.ts'
import type { ClientFinding, Clients } from './clients.ts'
import { invalidClient, OAuthError } from './errors.ts'
import type { OAuthParameters } from './parameters.ts'

export interface AuthenticatedClient {
  readonly client: OAuthClient
  /** `none`: it has only said who it is, because it has no secret, or because it may leave it out here. */
  readonly method: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'private_key_jwt' | 'none'
}

export interface ClientAuthenticationWishes {
  /** Where a client that has a secret may leave it out (D1, oauth.md 9.3); a wrong one is refused all the same. */
  readonly mayOmitSecret?: (client: OAuthClient) => boolean
  /** Whether that is as the protocol has it, and no reason for a warning. */
  readonly quietly?: boolean
  /** Only HTTP Basic counts (introspection, as in CAS). */
  readonly basicOnly?: boolean
  /** Status for a client that may not be used now: 400, at introspection 401 as in CAS. */
  readonly closedStatus?: 400 | 401
}

/** Finds out which client asks (oauth.md 3.2, 3.5). @throws {OAuthError} `invalid_client`, `invalid_request`, `unauthorized_client` for one that is closed. */
export type AuthenticateClient = (
  call: Call,
  parameters: OAuthParameters,
  wishes?: ClientAuthenticationWishes,
) => Promise<AuthenticatedClient>

export interface ClientAuthenticationParts {
  readonly clients: Clients
  readonly secrets: ClientSecrets
  readonly assertions: ClientAssertions
  readonly log: Log
}

interface Presented {
  /** Ways to read the id: decoded as the RFC says, and as it came. */
  readonly ids: readonly string[]
  /** The same of the secret; empty when none was presented. */
  readonly secrets: readonly string[]
  readonly method: AuthenticatedClient['method']
  readonly assertion?: string
}

export function clientAuthentication({ clients, secrets, assertions, log }: ClientAuthenticationParts): AuthenticateClient {
  const told = new Set<string>()
  const tellOnce = (client: OAuthClient, message: string) => {
    if (told.has(`${client.id} ${message}`) || told.size > 10_000) return
    told.add(`${client.id} ${message}`)
    log.warn({ client: client.id }, message)
  }

  async function present(call: Call, parameters: OAuthParameters, basicOnly: boolean): Promise<Presented> {
    const basic = readBasic(call.req.header('authorization'))
    if (basic === 'malformed') throw invalidClient('the Basic header is malformed')
    const id = parameters.get('client_id')
    const secret = basicOnly ? undefined : parameters.get('client_secret')
    const assertion = basicOnly ? undefined : parameters.get('client_assertion')
    if (Number(basic?.hasSecret === true) + Number(secret !== undefined) + Number(assertion !== undefined) > 1) {
      throw new OAuthError('invalid_request', 'more than one method of client authentication')
    }
    if (basic) {
      if (id !== undefined && !basic.ids.includes(id)) throw new OAuthError('invalid_request', 'two different clients are named')
      if (basic.hasSecret) return { ids: basic.ids, secrets: basic.secrets, method: 'client_secret_basic' }
    }
    if (assertion !== undefined) {
      if (parameters.get('client_assertion_type') !== ASSERTION_TYPE) throw invalidClient('unknown type of assertion')
      const subject = await assertions.subject(assertion)
      if (subject === undefined || (id !== undefined && id !== subject))
        throw invalidClient('the assertion is about nobody, or another client')
      return { ids: [subject], secrets: [], method: 'private_key_jwt', assertion }
    }
    const ids = basic?.ids ?? (id === undefined || basicOnly ? [] : [id])
    if (secret === undefined) return { ids, secrets: [], method: 'none' }
    if (parameters.inQuery('client_secret')) {
      for (const each of ids) {
        const finding = await clients.find(each)
        if (finding.kind !== 'unknown') tellOnce(finding.client, 'the secret of this client stands in the query, where logs see it')
      }
    }
    return { ids, secrets: [secret, ...formDecoded(secret)], method: 'client_secret_post' }
  }

  return async (call, parameters, { mayOmitSecret, basicOnly = false, quietly = false, closedStatus = 400 } = {}) => {
    const presented = await present(call, parameters, basicOnly)
    let finding: ClientFinding = { kind: 'unknown' }
    for (const id of presented.ids) {
      finding = await clients.find(id)
      if (finding.kind !== 'unknown') break
    }
    if (finding.kind === 'unknown') throw invalidClient(presented.ids.length === 0 ? 'no client is named' : 'unknown client')
    const { client } = finding

    if (!client.rules.secretsInQuery && (parameters.inQuery('client_secret') || parameters.inQuery('client_assertion'))) {
      throw new OAuthError('invalid_request', 'secrets must not stand in the query', { client: client.id })
    }
    const method = await prove(client, presented)
    if (client.authenticationMethod !== undefined && method !== 'omitted' && client.authenticationMethod !== method) {
      throw invalidClient(`${client.id} must not authenticate by ${method}`, client.id)
    }
    if (method === 'omitted') {
      // A definition that names its method means it, also where others may leave out their secret.
      const isNamed = client.authenticationMethod !== undefined && !quietly
      if (basicOnly || isNamed || !mayOmitSecret?.(client)) throw invalidClient(`${client.id} has presented no secret`, client.id)
      if (!quietly) tellOnce(client, 'this client leaves out its secret; castellan.oauth.profile=rfc9700 would refuse it')
    }
    if (finding.kind === 'closed') {
      const about = { detail: client.id, client: client.id, status: closedStatus }
      const challenge = closedStatus === 401 ? { headers: { 'WWW-Authenticate': 'Basic realm="cas"' } } : {}
      throw new OAuthError('unauthorized_client', 'this client may not be used now', { ...about, ...challenge })
    }
    return { client, method: method === 'omitted' ? 'none' : method }
  }

  /** By which method the client has proven itself; `omitted` when it should have and has not tried. */
  async function prove(client: OAuthClient, presented: Presented): Promise<AuthenticatedClient['method'] | 'omitted'> {
    if (presented.assertion !== undefined) return assertions.verify(client, presented.assertion)
    // Whatever a client sends that has no secret proves nothing, and is no mistake either: many send an empty or a dummy one.
    if (client.isPublic) return 'none'
    if (presented.secrets.length === 0) return 'omitted'
    if (await secrets.matches(client, presented.secrets)) return presented.method
    throw invalidClient(`wrong secret for ${client.id}`, client.id)
  }
}

/** User and password of a Basic header (RFC 7617), each decoded as a form field (RFC 6749 section 2.3.1) and as it came. */
function readBasic(header: string | undefined) {
  const token = /^basic(?:\s+(.*))?$/i.exec(header?.trim() ?? '')
  if (!token) return undefined
  const encoded = token[1]?.trim() ?? ''
  if (encoded.length > 8192 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded)) return 'malformed'
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 1) return 'malformed'
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1)]
  return {
    ids: [...formDecoded(user), user],
    secrets: [...formDecoded(password), password],
    hasSecret: password !== '',
  }
}

/** The text with `+` and `%XX` decoded; nothing when that changes nothing, or cannot be done. */
function formDecoded(text: string): readonly string[] {
  if (!/[%+]/.test(text)) return []
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '))
    return decoded === text ? [] : [decoded]
  } catch {
    return []
  }
}
