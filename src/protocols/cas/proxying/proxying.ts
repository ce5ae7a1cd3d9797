import { type Audit, maskTicketId } from '../../../audit/index.ts'
import type { Authentication } from '../../../authentication/index.ts'
import type { Client } from '../../../base/client.ts'
import type { Clock } from '../../../base/clock.ts'
import type { HttpCaller } from '../../../base/http-call.ts'
import type { Json } from '../../../base/json.ts'
import type { Log } from '../../../base/log.ts'
import type { Multifactor } from '../../../mfa/index.ts'
import type { RegisteredService, ServiceReference, Services } from '../../../services/index.ts'
import { authenticationFromBody, authenticationToBody, type ServiceTicketFacts } from '../../../sso/index.ts'
import { type Ticket, type TicketRegistry, type TicketRules, usePolicy } from '../../../tickets/index.ts'
import { ValidationRefusal } from '../refusal.ts'
import { deliver } from './callback.ts'
import { proxyPolicies } from './policy.ts'

export interface ProxyingParts {
  readonly services: Services
  readonly registry: TicketRegistry
  readonly rules: TicketRules
  /** Whether a login is not enough for an application that wants a second factor. */
  readonly multifactor: Pick<Multifactor, 'lacks'>
  /** A fresh id of a kind: `PGT`, `PGTIOU`, `PT`. */
  readonly newTicketId: (kind: string) => string
  readonly calls: HttpCaller
  /** For the whole answer of a callback. */
  readonly timeoutMs: number
  /** `castellan.proxy.allow-insecure-callbacks`. */
  readonly allowInsecure: boolean
  /** `castellan.proxy.probe-callback`. */
  readonly probe: boolean
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
}

/** A validated ticket whose application wants to proxy. */
export interface ProxyWish {
  readonly pgtUrl: string
  readonly definition: RegisteredService
  readonly service: ServiceReference
  readonly authentication: Authentication
  /** What the validated ticket hung on: the session, or the proxy-granting ticket of the proxy before. */
  readonly parent: Ticket
  /** The proxies that the ticket came through, the most recent first. */
  readonly proxies: readonly string[]
  readonly client: Client
  /** The definition wants the ticket in the answer, encrypted, and not at its callback; `undefined` for a text that cannot be. */
  readonly encrypt?: ((text: string) => string | undefined) | undefined
}

/** How an application gets its proxy-granting ticket. */
export interface Handed {
  /** `PGTIOU-…` */
  readonly iou: string
  /** The ticket itself, encrypted for the application; absent: it was handed to the callback. */
  readonly encrypted?: string | undefined
}

/** What is kept in a proxy-granting ticket beside the authentication. */
interface ProxyFacts {
  /** Callback addresses as given, the most recent first. */
  readonly proxies: readonly string[]
  /** Id of the definition that it belongs to. */
  readonly owner: string
}

/** Proxying (cas-protocol.md 5): the tickets by which one application asks for another in the name of its user. */
export interface Proxying {
  /** Makes a proxy-granting ticket and hands it to its address, or gives it back encrypted. @throws {ValidationRefusal} when it may not, or did not arrive. */
  begin(wish: ProxyWish): Promise<Handed>
  /** `/proxy`: a proxy ticket for another application. @throws {ValidationRefusal} */
  grant(pgt: string, target: ServiceReference, client: Client): Promise<string>
  /** The proxies of a ticket that hangs on this one; none below a session. */
  proxiesOf(parent: Ticket | undefined): readonly string[]
}

const KIND = 'PGT'
const LONGEST_TICKET = 256

export function proxying(parts: ProxyingParts): Proxying {
  const { services, registry, rules, multifactor, newTicketId, calls, timeoutMs, allowInsecure, probe, clock, log, audit } = parts
  const policyOf = proxyPolicies({
    async ask(url, headers) {
      const outcome = await calls.call({ method: 'GET', url, headers, timeoutMs, maxAnswerBytes: LONGEST_TICKET })
      return outcome.kind === 'answer' ? outcome.status : undefined
    },
    unusable(service, reason) {
      log.warn({ service: service.id, file: service.file, reason }, 'the proxyPolicy of a definition cannot be used: it refuses everything')
    },
  })
  const mayNot = (who: string, detail: string) =>
    new ValidationRefusal('UNAUTHORIZED_SERVICE_PROXY', 'The service is not allowed to proxy', { who, detail })

  async function allowedCallback({ pgtUrl, definition, authentication }: ProxyWish): Promise<URL> {
    const who = authentication.principal.id
    const policy = policyOf(definition)
    if (!policy.mayProxy) throw mayNot(who, definition.id)
    const refused = (detail: string) =>
      new ValidationRefusal('INVALID_PROXY_CALLBACK', 'The proxy callback address is not allowed', { who, detail })
    // Characters that the parser of addresses drops or turns into others: what is judged has to be what is called.
    const url = /[\s\\]/.test(pgtUrl) ? undefined : URL.parse(pgtUrl)
    if (url?.hash !== '' || url.username !== '' || url.password !== '') throw refused('no usable address')
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowInsecure)) throw refused('must be https')
    if (!(await policy.allowsCallback(pgtUrl))) throw refused('not admitted by the proxyPolicy')
    return url
  }

  return {
    proxiesOf: (parent) => (parent?.kind === KIND ? (factsOf(parent.body)?.proxies ?? []) : []),

    async begin(wish) {
      const { pgtUrl, definition, authentication, parent, client } = wish
      const who = authentication.principal.id
      const callback = await allowedCallback(wish)
      const pgtId = newTicketId(KIND)
      const pgtIou = newTicketId('PGTIOU')
      const facts: ProxyFacts = { proxies: [pgtUrl, ...wish.proxies], owner: definition.id }
      const { timeToLiveInSeconds } = definition.proxyGrantingTicket
      await registry.add({
        id: pgtId,
        kind: KIND,
        createdAtMs: clock(),
        // Without a limit of its own it lives as long as the session that it hangs on.
        policy: timeToLiveInSeconds === undefined ? {} : { timeToLiveInSeconds },
        parentHandle: parent.handle,
        body: { authentication: authenticationToBody(authentication), ...facts } as unknown as Json,
      })
      const encrypted = wish.encrypt?.(pgtId)
      const lost = encrypted === undefined ? await deliver({ callback, pgtId, pgtIou }, { calls, timeoutMs, probe }) : undefined
      if (lost !== undefined) {
        await registry.destroyTree(pgtId, 'replaced')
        log.warn({ service: definition.id, host: callback.host, reason: lost }, 'a proxy callback did not take its ticket')
        throw new ValidationRefusal('INVALID_PROXY_CALLBACK', 'The proxy callback did not accept the ticket', { who, detail: lost })
      }
      audit.record({ action: 'PROXY_GRANTING_TICKET_CREATED', who, what: `${maskTicketId(pgtId)} for ${callback.origin}`, client })
      return { iou: pgtIou, encrypted }
    },

    async grant(pgt, target, client) {
      const gone = () => new ValidationRefusal('INVALID_TICKET', `Ticket '${pgt.slice(0, LONGEST_TICKET)}' not recognized`)
      const found = pgt.length <= LONGEST_TICKET ? await registry.get(pgt) : undefined
      const facts = found?.kind === KIND ? factsOf(found.body) : undefined
      const authentication = found && facts ? authenticationOf(found.body) : undefined
      if (!found || !facts || !authentication) throw gone()
      const { principal } = authentication
      const owner = services.byId(facts.owner)
      if (!owner || !policyOf(owner).mayProxy) throw mayNot(principal.id, facts.owner)
      const finding = await services.find(target, client)
      const definition = finding.kind === 'found' || finding.reason === 'client-not-allowed' ? finding.service : undefined
      const admitted = definition?.ssoEnabled === true && (await services.authorize(definition, principal)).kind === 'allowed'
      if (!definition || !admitted) {
        throw new ValidationRefusal('UNAUTHORIZED_SERVICE_PROXY', 'The application asked for may not be used', {
          who: principal.id,
          detail: target.id,
        })
      }
      // Not by a proxy either: the user has passed no more than the session that it all hangs on.
      if (await multifactor.lacks({ service: target, registeredService: definition }, authentication)) {
        const detail = `${target.id} wants a second factor`
        throw new ValidationRefusal('UNAUTHORIZED_SERVICE_PROXY', 'The application asked for may not be used', {
          who: principal.id,
          detail,
        })
      }
      const id = newTicketId('PT')
      const now = clock()
      const body: ServiceTicketFacts = { service: target.id, renewed: false, fromNewLogin: false }
      const { numberOfUses, timeToLiveInSeconds } = definition.proxyTicket
      const granted = await registry.grantChild(
        pgt,
        {
          id,
          kind: 'PT',
          createdAtMs: now,
          policy: usePolicy(rules.proxyTicket, { numberOfUses, timeToLive: timeToLiveInSeconds }),
          parentId: pgt,
          body: { ...body },
        },
        { service: { service: target.id, ticketId: id, grantedAtMs: now }, mode: 'all' },
      )
      if (granted.kind !== 'granted') throw gone()
      audit.record({ action: 'PROXY_TICKET_CREATED', who: principal.id, what: `${maskTicketId(id)} for ${target.id}`, client })
      return id
    },
  }
}

function factsOf(body: Json): ProxyFacts | undefined {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return undefined
  const { proxies, owner } = body as Readonly<Record<string, Json>>
  if (!Array.isArray(proxies) || !proxies.every((each) => typeof each === 'string') || typeof owner !== 'string') return undefined
  return { proxies, owner }
}

/** Who the user of a proxy-granting ticket is. */
export function authenticationOf(body: Json): Authentication | undefined {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return undefined
  return authenticationFromBody((body as Readonly<Record<string, Json>>).authentication ?? null)
}
