import type { Clock } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import type { Attributes } from '../../services/index.ts'
import type { Exchange, ExchangeResult, NewTicket, TicketLimit, TicketRegistry } from '../../tickets/index.ts'
import { TicketRefusal } from '../../tickets/index.ts'
import type { OAuthClient } from './client.ts'
import { OAuthError } from './errors.ts'
import type { Families } from './families.ts'
import type { Holder, Holders } from './holder.ts'
import { ACCESS_TOKEN, AUTHORIZATION, REFRESH_TOKEN } from './kinds.ts'
import type { Lifetimes } from './lifetimes.ts'
import { type TokenFacts, tokenBody } from './token-body.ts'
import type { MintedToken, TokenFormat } from './token-format.ts'

/** What is to be issued: the answer of a grant, or of an authorization request with `response_type=token`. */
export interface Issue {
  readonly holder: Holder
  readonly service: string
  /** Of the access token. */
  readonly scopes: readonly string[]
  /** Of a new refresh token, where they differ: narrowing an access token narrows nothing else. */
  readonly refreshScopes?: readonly string[]
  readonly grantType: string
  readonly newLogin: boolean
  /** `new`: if the client has refresh tokens at all. `successor`: in the place of this one. */
  readonly refreshToken:
    | { readonly kind: 'none' }
    | { readonly kind: 'new' }
    | { readonly kind: 'successor'; readonly id: string; readonly family: string }
    /** The same again: somebody asks a second time within the grace. */
    | { readonly kind: 'again'; readonly id: string; readonly family: string }
  /** The authorization to which the access token belongs, where one exists already. */
  readonly family?: string | undefined
  /** The code that begins the authorization. */
  readonly codeId?: string | undefined
  /** What is given for it, in the same step. */
  readonly consume?: Exchange['consume']
  /** What it means that this could not be given any more. */
  readonly notConsumed?: (reason: Extract<ExchangeResult, { kind: 'not-consumed' }>['reason']) => Promise<OAuthError>
  readonly nonce?: string | undefined
  readonly state?: string | undefined
  readonly audience?: readonly string[]
  /** Of a new refresh token, where they differ. */
  readonly refreshAudience?: readonly string[]
  readonly act?: Json | undefined
  /** It must not live longer than that. */
  readonly notAfterMs?: number
  readonly asJwt?: boolean
  /** Takes back what was made for this issue, when nothing comes of it. */
  readonly abandon?: () => Promise<void>
  /** Further members of the answer, e.g. `issued_token_type`. */
  readonly answer?: Readonly<Record<string, string>>
}

export interface Minted {
  /** `undefined` where access tokens have no life at all. */
  readonly accessToken: string | undefined
  readonly refreshToken: string | undefined
  /** Whole seconds until the hard end; `undefined` for none. */
  readonly expiresInSeconds: number | undefined
  readonly scopes: readonly string[]
}

export interface TokensParts {
  readonly registry: TicketRegistry
  readonly families: Families
  readonly holders: Holders
  readonly lifetimes: Lifetimes
  readonly format: TokenFormat
  readonly issuer: string
  readonly newTicketId: (kind: string) => string
  /** `castellan.oauth.max-active-tokens`. */
  readonly limitRules: { readonly scope: 'client' | 'client-and-user'; readonly onExceed: 'deny' | 'evict-oldest' }
  readonly trackAccessTokens: boolean
  readonly successorsAreRepeatable: boolean
  /** Whether a replayed code ends what it bought: then that has to hang together. */
  readonly removesRelated: (client: OAuthClient) => boolean
  /** What /profile shows of a token's holder, for formats that carry it. */
  readonly describe: (
    client: OAuthClient,
    holder: Holder,
    facts: TokenFacts,
  ) => {
    readonly subject: () => Promise<string>
    readonly attributes: () => Promise<Attributes>
    readonly released: () => Promise<Attributes>
  }
  readonly clock: Clock
}

/** Makes tokens. @throws {OAuthError} `invalid_grant` for a session that has ended, a limit, or something that was given already. */
export type MintTokens = (client: OAuthClient, issue: Issue) => Promise<Minted>

/** A ticket that grants lives at least an hour longer than what hangs on it. */
const MARGIN_SECONDS = 3600

export function tokens(parts: TokensParts): MintTokens {
  const { registry, families, holders, lifetimes, format, newTicketId, limitRules, clock } = parts

  return async (client, issue) => {
    const now = clock()
    const { holder } = issue
    const sessionBound = holder.kind === 'session' && lifetimes.boundToSession(issue.refreshScopes ?? issue.scopes)
    const stored = holders.pack(holder, sessionBound)
    const facts: TokenFacts = {
      clientId: client.id,
      service: issue.service,
      scopes: issue.scopes,
      grantType: issue.grantType,
      holder: stored,
      newLogin: issue.newLogin,
      nonce: issue.nonce,
      state: issue.state,
      audience: issue.audience,
      act: issue.act,
    }
    // Opened only where a ticket hangs on it directly.
    const underSession = () => (sessionBound && holder.kind === 'session' ? { parentId: holder.sessionId } : {})
    const under = (parentId: string | undefined) => (parentId === undefined ? {} : { parentId })

    // 1. Which tickets?
    const accessPolicy = bounded(lifetimes.accessToken(client), now, issue.notAfterMs)
    const refreshPolicy = lifetimes.refreshToken(client)
    const wantsRefresh = issue.refreshToken.kind === 'new' && client.generateRefreshToken
    const begins = wantsRefresh || (issue.codeId !== undefined && parts.removesRelated(client))
    const family =
      issue.refreshToken.kind === 'successor' || issue.refreshToken.kind === 'again'
        ? issue.refreshToken.family
        : (issue.family ?? (begins ? families.begin(issue.codeId) : undefined))
    const node = family === undefined ? undefined : families.node(family)
    const refreshId =
      issue.refreshToken.kind === 'successor'
        ? parts.successorsAreRepeatable
          ? families.successor(issue.refreshToken.id, issue.refreshToken.family)
          : families.refreshToken(issue.refreshToken.family)
        : wantsRefresh && family !== undefined
          ? families.refreshToken(family)
          : undefined
    const accessId = accessPolicy && newTicketId(ACCESS_TOKEN)
    const accessParent = parts.trackAccessTokens || parts.removesRelated(client) ? node : undefined
    const nodeTicket: NewTicket | undefined =
      begins && node !== undefined
        ? {
            id: node,
            kind: AUTHORIZATION,
            createdAtMs: now,
            policy: nodePolicy(sessionBound, accessPolicy?.timeToLiveInSeconds, refreshPolicy.timeToLiveInSeconds),
            ...underSession(),
            body: { c: client.id },
          }
        : undefined
    const made: NewTicket[] = []
    if (accessId !== undefined && accessPolicy) {
      const parent = accessParent === undefined ? underSession() : { parentId: accessParent }
      made.push({ id: accessId, kind: ACCESS_TOKEN, createdAtMs: now, policy: accessPolicy, ...parent, body: tokenBody(facts) })
    }
    if (refreshId !== undefined) {
      const body = tokenBody({ ...facts, scopes: issue.refreshScopes ?? issue.scopes, audience: issue.refreshAudience ?? issue.audience })
      made.push({ id: refreshId, kind: REFRESH_TOKEN, createdAtMs: now, policy: refreshPolicy, ...under(node), body })
    }

    // 2. All of them in one step, with what is given for them.
    const limits = limitsFor(client, holder, accessId, refreshId)
    const result = await exchange(nodeTicket, made, issue, limits)
    if (result.kind === 'not-consumed') {
      throw (await issue.notConsumed?.(result.reason)) ?? new OAuthError('invalid_grant', 'this grant is not valid any more')
    }
    if (result.kind === 'parent-gone')
      throw new OAuthError('invalid_grant', 'this grant is not valid any more', { detail: 'session ended' })
    if (result.kind === 'limit') {
      const what = result.scope.startsWith(ACCESS_TOKEN) ? 'access tokens' : 'refresh tokens'
      throw new OAuthError('invalid_grant', `the limit of active ${what} is reached`, { detail: client.id })
    }

    if (node !== undefined && !nodeTicket && !sessionBound) await registry.touch(node)

    // 3. Their texts.
    const text = (kind: MintedToken['kind'], ticketId: string, ttl: number | undefined, scopes: readonly string[]) =>
      format.mint({
        kind,
        ticketId,
        client,
        issuer: parts.issuer,
        issuedAtMs: now,
        expiresAtMs: ttl === undefined ? Number.POSITIVE_INFINITY : now + ttl * 1000,
        scopes,
        grantType: issue.grantType,
        service: issue.service,
        audience: (kind === 'refresh_token' ? issue.refreshAudience : undefined) ?? issue.audience ?? [],
        nonce: issue.nonce,
        state: issue.state,
        act: issue.act,
        asJwt: issue.asJwt === true,
        ...parts.describe(client, holder, facts),
      })
    const shownRefreshId = issue.refreshToken.kind === 'again' ? issue.refreshToken.id : refreshId
    return {
      accessToken:
        accessId === undefined ? undefined : await text('access_token', accessId, accessPolicy?.timeToLiveInSeconds, issue.scopes),
      refreshToken:
        shownRefreshId === undefined
          ? undefined
          : await text('refresh_token', shownRefreshId, refreshPolicy.timeToLiveInSeconds, issue.refreshScopes ?? issue.scopes),
      expiresInSeconds: accessPolicy?.timeToLiveInSeconds === undefined ? undefined : Math.floor(accessPolicy.timeToLiveInSeconds),
      scopes: issue.scopes,
    }
  }

  async function exchange(
    node: NewTicket | undefined,
    made: readonly NewTicket[],
    { consume }: Issue,
    limits: readonly TicketLimit[],
  ): Promise<ExchangeResult> {
    const attempt = (withNode: boolean) =>
      registry.exchange({ ...(consume ? { consume } : {}), add: node && withNode ? [node, ...made] : made, limits })
    try {
      return await attempt(true)
    } catch (cause) {
      // A code that may be used more than once has begun its family before.
      if (!node || !(cause instanceof TicketRefusal) || cause.code !== 'duplicate') throw cause
      return attempt(false)
    }
  }

  /** Ends with the session where there is one; else it slides with its refresh tokens. */
  function nodePolicy(hasSession: boolean, access: number | undefined, refresh: number | undefined) {
    const max = lifetimes.family.max === undefined ? {} : { timeToLiveInSeconds: lifetimes.family.max }
    if (hasSession || access === undefined || refresh === undefined) return max
    return { ...max, timeToIdleInSeconds: Math.max(access, refresh) + MARGIN_SECONDS }
  }

  function limitsFor(client: OAuthClient, holder: Holder, accessId: string | undefined, refreshId: string | undefined) {
    const { accessTokens, refreshTokens } = lifetimes.limits(client)
    const whose = limitRules.scope === 'client' ? client.id : `${client.id}\u0000${holder.authentication.principal.id.toLowerCase()}`
    const limit = (kind: string, max: number, ticketId: string | undefined): TicketLimit[] =>
      max > 0 && ticketId !== undefined ? [{ scope: `${kind} ${whose}`, max, ticketId, onExceed: limitRules.onExceed }] : []
    return [...limit(ACCESS_TOKEN, accessTokens, accessId), ...limit(REFRESH_TOKEN, refreshTokens, refreshId)]
  }
}

/** A policy that ends no later than that. */
function bounded<P extends { readonly timeToLiveInSeconds?: number }>(
  policy: P | undefined,
  nowMs: number,
  notAfterMs: number | undefined,
) {
  if (!policy || notAfterMs === undefined || notAfterMs === Number.POSITIVE_INFINITY) return policy
  const left = Math.max(0, (notAfterMs - nowMs) / 1000)
  return { ...policy, timeToLiveInSeconds: Math.min(policy.timeToLiveInSeconds ?? Number.POSITIVE_INFINITY, left) }
}
