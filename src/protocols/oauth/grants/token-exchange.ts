import { compileJavaRegex } from '../../../base/java-regex.ts'
import type { Json } from '../../../base/json.ts'
import type { ExchangePolicy, OAuthClient } from '../client.ts'
import { OAuthError } from '../errors.ts'
import type { Grant } from '../grant.ts'
import type { Holder } from '../holder.ts'
import { ACCESS_TOKEN } from '../kinds.ts'
import type { OAuthParameters } from '../parameters.ts'
import { ofProgram } from '../program.ts'
import type { Room } from '../room.ts'
import { grantedScopes, parseScopes } from '../scopes.ts'
import { type TokenFacts, tokenFacts } from '../token-body.ts'
import { admitUser } from '../user-access.ts'

const TYPE = 'urn:ietf:params:oauth:token-type:'
const ACCESS = `${TYPE}access_token`
const JWT = `${TYPE}jwt`

interface Presented {
  readonly facts: TokenFacts
  readonly holder: Holder
  /** Its hard end. */
  readonly endsAtMs: number
}

/** RFC 8693: a token for another one, for another audience or on behalf of its holder. Only for definitions that list it (oauth.md 8.6). */
export function tokenExchange(room: Room): Grant {
  const { registry, holders, format } = room

  /** @throws {OAuthError} `invalid_request` for a token that does not live, as RFC 8693 section 2.2.2 has it. */
  async function presented(parameters: OAuthParameters, name: 'subject_token' | 'actor_token'): Promise<Presented> {
    const text = parameters.get(name)
    const type = parameters.get(`${name}_type`)
    if (text === undefined) throw new OAuthError('invalid_request', `Missing required parameter: [${name}]`)
    if (type === undefined) throw new OAuthError('invalid_request', `Missing required parameter: [${name}_type]`)
    if (type !== ACCESS && type !== JWT) throw new OAuthError('invalid_request', `this ${name}_type is not supported`)
    const refused = (detail: string) => new OAuthError('invalid_request', `the ${name} is not valid`, { detail })
    if (type === JWT) {
      const stated = await statementOfClient(text)
      if (stated) return stated
    }
    const resolved = await format.resolve(text)
    if (resolved.kind === 'forged' || !resolved.id.startsWith(`${ACCESS_TOKEN}-`)) throw refused('no access token')
    const found = await registry.getWithSession(resolved.id)
    const facts = found && tokenFacts(found.ticket.body)
    const holder = facts && (await holders.open(facts.holder, found.session))
    if (!found || !holder) throw refused('unknown or expired')
    const { ticket } = found
    const { timeToLiveInSeconds = Number.POSITIVE_INFINITY } = ticket.policy
    return { facts, holder, endsAtMs: ticket.createdAtMs + timeToLiveInSeconds * 1000 }
  }

  /** What a client says of itself, signed with its own key: the client is the subject, as in the grant `client_credentials`. */
  async function statementOfClient(text: string): Promise<Presented | undefined> {
    const clientId = await room.assertions.subject(text)
    const finding = clientId === undefined ? undefined : await room.clients.find(clientId)
    if (finding?.kind !== 'found' || finding.client.isPublic) return undefined
    const { client } = finding
    const endsAtMs = await room.assertions.statement(client, text)
    if (endsAtMs === undefined) return undefined
    const authentication = ofProgram(client.id, room.clock())
    const holder = { kind: 'free', authentication } as const
    const stored = holders.pack(holder, false)
    const facts = { clientId: client.id, service: client.id, scopes: [], grantType: 'none', holder: stored, newLogin: false }
    return { facts, holder, endsAtMs }
  }

  return {
    type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    whenNoneAreListed: 'no',
    async authorize({ client, parameters }) {
      const subject = await presented(parameters, 'subject_token')
      await admitSubject(room, client, subject)
      if (parameters.get('actor_token') === undefined && parameters.get('actor_token_type') !== undefined) {
        throw new OAuthError('invalid_request', 'Missing required parameter: [actor_token]')
      }
      const actor = parameters.get('actor_token') === undefined ? undefined : await presented(parameters, 'actor_token')
      const requested = parameters.get('requested_token_type') ?? ACCESS
      if (requested !== ACCESS && !(requested === JWT && format.makesJwt)) {
        throw new OAuthError('invalid_request', 'this requested_token_type is not supported')
      }
      const resources = parameters.all('resource')
      const audience = parameters.all('audience')
      checkPolicy(client, { requested, resources, audience, actor, actorType: parameters.get('actor_token_type') })
      return {
        holder: subject.holder,
        service: client.id,
        scopes: scopesOf(client, parameters, subject.facts),
        grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
        newLogin: false,
        refreshToken: { kind: 'none' },
        audience: audience.length > 0 ? audience : resources,
        act: actor ? acting(actor, subject.facts.act) : subject.facts.act,
        notAfterMs: subject.endsAtMs,
        asJwt: requested === JWT,
        answer: { issued_token_type: requested },
      }
    },
  }

  /** Never more than the subject token allows. */
  function scopesOf(client: OAuthClient, parameters: OAuthParameters, subject: TokenFacts): readonly string[] {
    const asked = parseScopes(parameters.get('scope'))
    const globalList = room.settings.cas.authn.oidc.discovery.scopes
    if (subject.scopes.length > 0) {
      const wanted = asked.length > 0 ? asked.filter((scope) => subject.scopes.includes(scope)) : subject.scopes
      return grantedScopes(wanted, client, globalList)
    }
    return client.scopes.length > 0 ? grantedScopes(asked, client, globalList) : []
  }
}

/** Whose token it is must be one who may use this client. A program that has got a token in its own name is no user. */
async function admitSubject(room: Room, client: OAuthClient, { holder }: Presented): Promise<void> {
  if (holder.authentication.successes.length === 0) return
  await admitUser(room, client, holder)
  if (await room.multifactor.lacks({ service: undefined, registeredService: client.service }, holder.authentication)) {
    throw new OAuthError('invalid_request', 'the subject_token is not valid', { detail: 'the client wants a second factor' })
  }
}

/** The one who acts, and who acted before (RFC 8693 section 4.1). */
function acting(actor: Presented, before: Json | undefined): Json {
  const sub = actor.holder.authentication.principal.id
  return before === undefined ? { sub } : { sub, act: before }
}

interface Wanted {
  readonly requested: string
  readonly resources: readonly string[]
  readonly audience: readonly string[]
  readonly actor: Presented | undefined
  readonly actorType: string | undefined
}

/** @throws {OAuthError} `invalid_target` for a resource or audience, `invalid_request` for a kind of token, that the definition does not allow. */
function checkPolicy({ exchange }: OAuthClient, { requested, resources, audience, actor, actorType }: Wanted): void {
  if (resources.some((each) => URL.parse(each) === null || each.includes('#'))) {
    throw new OAuthError('invalid_target', 'a resource must be an absolute address')
  }
  if (!exchange) return
  const policy: ExchangePolicy = exchange
  if (
    !resources.every((each) => allowed(policy.allowedResources, each)) ||
    !audience.every((each) => allowed(policy.allowedAudience, each))
  ) {
    throw new OAuthError('invalid_target', 'tokens for this target are not allowed')
  }
  if (!allowed(policy.allowedTokenTypes, requested)) throw new OAuthError('invalid_request', 'this requested_token_type is not allowed')
  if (!actor) return
  if (!allowed(policy.allowedActorTokenTypes, actorType ?? ''))
    throw new OAuthError('invalid_request', 'this actor_token_type is not allowed')
  const { attributes } = actor.holder.authentication.principal
  for (const [name, patterns] of Object.entries(policy.requiredActorTokenAttributes)) {
    const values = Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : []
    if (!values.some((value) => allowed(patterns, String(value)))) throw new OAuthError('invalid_request', 'the actor may not act')
  }
}

const compiled = new Map<string, ReturnType<typeof compileJavaRegex>>()

/** Whether one of the patterns takes the whole text; an empty list takes everything, a pattern that is none takes nothing. */
function allowed(patterns: readonly string[], text: string): boolean {
  return (
    patterns.length === 0 ||
    patterns.some((pattern) => {
      const regex = compiled.get(pattern) ?? compileJavaRegex(pattern, { match: 'full' })
      if (compiled.size < 1000) compiled.set(pattern, regex)
      return regex.kind === 'ok' && regex.test(text)
    })
  )
}
