import { systemClock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { LoadedConfiguration } from '../../../config/index.ts'
import type { AccessDecision, Principal, RegisteredService, Release, ServiceReference, Services } from '../../../services/index.ts'
import { ticketRules } from '../../../tickets/index.ts'
import { printable } from './open.ts'

/** What follows from a definition, for an address and, if one is named, a user. Durations in seconds. */
export interface Consequences {
  readonly sso: boolean
  readonly answer: { readonly how: RegisteredService['responseType']; readonly to: string }
  readonly tickets: {
    readonly serviceTicket: { readonly numberOfUses: number; readonly timeToLiveInSeconds: number }
    readonly sessionInSeconds?: number
  }
  readonly logout: { readonly type: RegisteredService['logoutType']; readonly urls: readonly string[] }
  readonly supportedProtocols: readonly string[]
  /** ISO; absent: never. */
  readonly expiresAt?: string
  readonly access?: { readonly allowed: boolean; readonly reason?: string; readonly unauthorizedRedirectUrl?: string }
  readonly release?: Omit<Release, 'sealed'>
  /** Secrets of the login that go along, encrypted for the application. */
  readonly secrets?: readonly string[]
  /** Why there is no name, and therefore nothing to release. */
  readonly releaseFails?: string
  /** What a login of the user is asked for besides the password. */
  readonly secondFactor?: string
  readonly interrupt?: { readonly outcome: string; readonly why?: string }
}

export interface ConsequencesParts {
  readonly service: RegisteredService
  readonly reference: ServiceReference
  readonly principal: Principal | undefined
  readonly services: Services
  readonly configuration: LoadedConfiguration
  readonly tell: (line: string) => void
}

export async function consequencesOf(parts: ConsequencesParts): Promise<Consequences> {
  const { service, reference, configuration } = parts
  const rules = ticketRules(configuration.settings)
  const own = service.serviceTicket
  const session = service.ticketGrantingTicket.timeToLiveInSeconds
  return {
    sso: service.ssoEnabled,
    answer: { how: service.responseType, to: service.redirectUrl ?? reference.originalUrl },
    tickets: {
      serviceTicket: {
        numberOfUses: own.numberOfUses ?? rules.serviceTicket.numberOfUses,
        timeToLiveInSeconds: own.timeToLiveInSeconds ?? rules.serviceTicket.timeToLiveInSeconds,
      },
      ...(session === undefined ? {} : { sessionInSeconds: session }),
    },
    logout: { type: service.logoutType, urls: service.logoutUrls },
    supportedProtocols: service.supportedProtocols,
    ...(Number.isFinite(service.expiresAtMs) ? { expiresAt: new Date(service.expiresAtMs).toISOString() } : {}),
    ...(parts.principal ? await forUser(parts, parts.principal) : {}),
  }
}

async function forUser({ service, reference, services, configuration, tell }: ConsequencesParts, principal: Principal) {
  const decision = await services.authorize(service, principal, reference)
  const access = accessOf(decision)
  if (!access.allowed) return { access }
  const released = await services.release(service, principal, reference).then(
    ({ sealed, ...release }) => ({ release, ...(sealed ? { secrets: secretsOf(sealed) } : {}) }),
    (error: Error) => ({ releaseFails: error.message }),
  )
  const secondFactor = await factorOf({ service, reference, configuration, tell }, principal)
  const { explainInterrupt } = await import('../../../explain-interrupt.ts')
  const attributes = Object.fromEntries(Object.entries(principal.attributes).map(([name, values]) => [name, values.map(String)]))
  const explanation = await explainInterrupt({
    configuration,
    username: principal.id,
    attributes,
    service: reference.originalUrl,
    locale: undefined,
    services,
    onLog: tell,
  })
  if (explanation === 'no such service') return { access, ...released, secondFactor }
  const { outcome, why } = explanation
  return { access, ...released, secondFactor, interrupt: { outcome, ...(why === undefined ? {} : { why }) } }
}

const secretsOf = ({ password, proxyGrantingTicket }: NonNullable<Release['sealed']>): readonly string[] => [
  ...(password ? ['credential'] : []),
  ...(proxyGrantingTicket ? ['proxyGrantingTicket'] : []),
]

async function factorOf(
  { service, reference, configuration, tell }: Pick<ConsequencesParts, 'service' | 'reference' | 'configuration' | 'tell'>,
  { id, attributes }: Principal,
): Promise<string> {
  const { explainMultifactor } = await import('../../../mfa/index.ts')
  const say = (_fields: object, message: string) => tell(message)
  const log: Log = { debug() {}, info() {}, warn: say, error: say, child: () => log }
  const { settings, configurationDirectory = process.cwd() } = configuration
  const scriptTimeoutMs = settings.castellan.scripts.timeout * 1000
  return explainMultifactor(
    { settings, configurationDirectory, scriptTimeoutMs, clock: systemClock, log },
    { username: id, attributes, service: reference, registeredService: service },
  )
}

function accessOf(decision: AccessDecision): NonNullable<Consequences['access']> {
  if (decision.kind === 'allowed') return { allowed: true }
  const { kind: _, ...why } = decision
  return { allowed: false, ...why }
}

export function consequenceLines(follows: Consequences): readonly string[] {
  const { sso, answer, tickets, logout, supportedProtocols, expiresAt, access, release, secrets, releaseFails, secondFactor, interrupt } =
    follows
  const { numberOfUses, timeToLiveInSeconds } = tickets.serviceTicket
  const rows: [string, string][] = [
    ['sign-on', sso ? 'an existing session counts' : 'credentials are asked for every time'],
    ['answer', `${answer.how} to ${answer.to}`],
    ['ticket', `${numberOfUses} ${numberOfUses === 1 ? 'use' : 'uses'} within ${timeToLiveInSeconds} s`],
    ['logout', logout.type + (logout.urls.length > 0 ? ` to ${logout.urls.join(', ')}` : '')],
  ]
  if (tickets.sessionInSeconds !== undefined) rows.push(['session', `at most ${tickets.sessionInSeconds} s old`])
  if (supportedProtocols.length > 0) rows.push(['protocols', supportedProtocols.join(', ')])
  rows.push(['expires', expiresAt ?? 'never'])
  if (access) rows.push(['access', access.allowed ? 'allowed' : `denied: ${access.reason ?? ''}`])
  if (access?.unauthorizedRedirectUrl !== undefined) rows.push(['sent to', access.unauthorizedRedirectUrl])
  if (release) {
    rows.push(['user', release.username])
    for (const [name, values] of Object.entries(release.attributes)) rows.push(['attribute', `${name} = ${values.join(', ')}`])
    if (Object.keys(release.attributes).length === 0) rows.push(['attributes', 'none'])
  }
  for (const name of secrets ?? []) rows.push(['secret', `${name}, encrypted with the publicKey`])
  if (releaseFails !== undefined) rows.push(['user', `cannot be named: ${releaseFails}`])
  if (secondFactor !== undefined) rows.push(['second step', secondFactor])
  if (interrupt) rows.push(['interrupt', interrupt.outcome + (interrupt.why === undefined ? '' : ` (${interrupt.why})`)])
  return ['', 'What follows:', ...rows.map(([name, value]) => printable(`  ${name.padEnd(11)} ${value}`))]
}
