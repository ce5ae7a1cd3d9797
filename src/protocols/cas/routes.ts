import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { HttpCaller } from '../../base/http-call.ts'
import type { Log } from '../../base/log.ts'
import { type Metrics, noMetrics } from '../../base/metrics.ts'
import type { Call, Route } from '../../http/index.ts'
import type { Multifactor } from '../../mfa/index.ts'
import type { RegisteredService, Services } from '../../services/index.ts'
import type { SsoConfig } from '../../sso/index.ts'
import type { TicketRegistry, TicketRules } from '../../tickets/index.ts'
import { answerRows, loginFacts } from './attributes.ts'
import type { CasProtocolConfig } from './config.ts'
import type { Format } from './formats/format.ts'
import { jsonFormat } from './formats/json.ts'
import { textFormat } from './formats/text.ts'
import { xmlFormat } from './formats/xml.ts'
import { proxying } from './proxying/proxying.ts'
import { proxyRoute } from './proxying/route.ts'
import { ValidationRefusal } from './refusal.ts'
import { failureAnswer } from './translate.ts'
import { type OpenPassword, readRequest, type ValidationRequest, validate } from './validate.ts'

export interface CasParts {
  readonly settings: CasProtocolConfig & SsoConfig
  readonly services: Services
  readonly registry: TicketRegistry
  readonly rules: TicketRules
  readonly multifactor: Pick<Multifactor, 'lacks' | 'contextAttribute'>
  /** A fresh id of a kind: `PGT`, `PGTIOU`, `PT`. */
  readonly newTicketId: (kind: string) => string
  /** Calls applications: proxy callbacks. */
  readonly calls: HttpCaller
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
  readonly metrics?: Metrics
  /** Opens passwords that are kept for applications; absent: none are. */
  readonly openPassword?: OpenPassword | undefined
}

/** One validation endpoint (cas-protocol.md 1). */
interface Endpoint {
  readonly path: string
  readonly methods: readonly ('GET' | 'POST')[]
  readonly protocol: ValidationRequest['protocol']
  /** Whether a proxy ticket is good here. */
  readonly takesProxyTickets: boolean
  /** Whether its answers carry attributes. */
  readonly attributes: boolean
  /** How it answers if nobody says otherwise. */
  readonly format: Format
  /** Whether the caller or the definition may choose another format, and ask for a proxy-granting ticket. */
  readonly plain: boolean
}

/** Ticket, service and callback fit several times over (cas-protocol.md 1). */
const MOST_BODY_BYTES = 65_536

/** The validation endpoints and `/proxy`. */
export function casRoutes(parts: CasParts): readonly Route[] {
  const { settings, services, registry, audit, calls, clock, rules, multifactor, newTicketId } = parts
  if (!settings.casFeatureModule.cas.enabled) return []
  const { view } = settings.cas
  const { jsonUnwrapSingleValues, strictServiceComparison } = settings.castellan.validation
  const xml = xmlFormat(view.cas3.attributeRendererType === 'INLINE')
  const json = jsonFormat(jsonUnwrapSingleValues)
  const perLine = view.cas1.attributeRendererType === 'VALUES_PER_LINE'
  const mayGoOut = loginFacts(settings)
  const log = parts.log.child({ room: 'protocols/cas' })
  const { connectionTimeout, responseTimeout } = settings.cas.httpClient
  const { allowInsecureCallbacks: allowInsecure, probeCallback: probe } = settings.castellan.proxy
  const timeoutMs = (connectionTimeout + responseTimeout) * 1000
  const proxies = settings.cas.sso.proxyAuthnEnabled
    ? proxying({ services, registry, rules, multifactor, newTicketId, calls, timeoutMs, allowInsecure, probe, clock, log, audit })
    : undefined
  const validation = {
    services,
    registry,
    log,
    audit,
    strict: strictServiceComparison,
    contextAttribute: multifactor.contextAttribute,
    proxying: proxies,
    openPassword: parts.openPassword,
  }

  const both = ['GET', 'POST'] as const
  const text = { format: textFormat(perLine), attributes: perLine, plain: true } as const
  const cas20 = { methods: both, protocol: 'CAS20', attributes: view.cas2.v3ForwardCompatible, format: xml, plain: false } as const
  const cas30 = { methods: both, protocol: 'CAS30', attributes: true, format: xml, plain: false } as const
  const endpoints: readonly Endpoint[] = [
    { path: '/validate', methods: ['GET'], protocol: 'CAS10', takesProxyTickets: false, ...text },
    { path: '/serviceValidate', takesProxyTickets: false, ...cas20 },
    { path: '/proxyValidate', takesProxyTickets: true, ...cas20 },
    { path: '/p3/serviceValidate', takesProxyTickets: false, ...cas30 },
    { path: '/p3/proxyValidate', takesProxyTickets: true, ...cas30 },
  ]

  /** @throws {ValidationRefusal} `INVALID_REQUEST` for a word that is no format. */
  const formatOf = (wish: string, otherwise: Format): Format => {
    switch (wish.trim().toUpperCase()) {
      case '':
        return otherwise
      case 'XML':
        return xml
      case 'JSON':
        return json
    }
    throw new ValidationRefusal('INVALID_REQUEST', '', { detail: 'unknown format' })
  }

  const metrics = parts.metrics ?? noMetrics
  const counterOf = (protocol: string, outcome: string) =>
    metrics.counter('cas.ticket.validations', 'Validations of tickets by protocol and outcome.', { protocol, outcome })
  const answer = (endpoint: Endpoint) => async (call: Call) => {
    let format = endpoint.format
    try {
      const parameters = call.get('parameters')
      if (!endpoint.plain) format = formatOf(parameters.get('format') ?? '', format)
      const request = await readRequest(parameters, services, endpoint)
      if (!endpoint.plain && parameters.get('format') === undefined) format = formatOfService(request, format, json)
      const { release, authentication, fromNewLogin, proxyGrantingTicketIou, proxies, secrets } = await validate(
        endpoint.plain ? { ...request, pgtUrl: undefined } : request,
        call.get('client'),
        validation,
      )
      const attributes = endpoint.attributes ? answerRows(release, authentication, fromNewLogin, mayGoOut, secrets) : undefined
      counterOf(endpoint.protocol, 'success').add()
      const body = format.success({ user: release.username, attributes, proxyGrantingTicketIou, proxies })
      return new Response(body, { headers: { 'Content-Type': format.contentType } })
    } catch (cause) {
      counterOf(endpoint.protocol, cause instanceof ValidationRefusal ? cause.code : 'error').add()
      return failureAnswer(call, format, cause)
    }
  }

  const validations = endpoints.flatMap((endpoint) => {
    const handle = answer(endpoint)
    return endpoint.methods.map((method) => ({
      method,
      path: endpoint.path,
      statuses: [200, 503],
      changesState: true,
      maxBodyBytes: MOST_BODY_BYTES,
      handle,
    }))
  })
  return [...validations, proxyRoute({ proxying: proxies, maxBodyBytes: MOST_BODY_BYTES })]
}

/** A definition may choose JSON for callers that say nothing (property `validationResponseFormat`, ours). */
function formatOfService({ finding }: ValidationRequest, otherwise: Format, json: Format): Format {
  const definition: RegisteredService | undefined = finding.service
  return definition?.property('validationResponseFormat')[0]?.trim().toUpperCase() === 'JSON' ? json : otherwise
}
