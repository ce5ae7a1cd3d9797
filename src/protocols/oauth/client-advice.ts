import { setImmediate } from 'node:timers/promises'
import type { Services } from '../../services/index.ts'
import { clientOf, type OAuthClient } from './client.ts'
import { endsSoon, isOver } from './client-secrets.ts'
import type { OAuthConfig } from './config.ts'
import { allowsDevices } from './grants/device-code.ts'

/** What is said of one client. Sentences without a subject: the client is it. */
export interface ClientAdvice {
  readonly clientId: string
  readonly file: string
  /** What an attacker may use, or what will not work: the log has it at the start. */
  readonly risks: readonly string[]
  /** What can be better: for those who ask. */
  readonly remarks: readonly string[]
}

export interface Advice {
  /** About the settings, in the light of the clients. */
  readonly general: readonly string[]
  readonly clients: readonly ClientAdvice[]
}

export interface AdviceParts {
  readonly settings: OAuthConfig
  readonly services: Pick<Services, 'all'>
  readonly nowMs: number
}

const AT_A_TIME = 500
const SHORT_SECRET = 16
const BUILT_METHODS = new Set(['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'])
const NOT_BUILT = [
  'urn:ietf:params:oauth:grant-type:uma-ticket',
  'urn:openid:params:grant-type:ciba',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:pre-authorized_code',
]

/** Looks at every client (oauth.md 17, 19), some at a time: requests go in between. */
export async function adviseOnClients({ settings, services, nowMs }: AdviceParts): Promise<Advice> {
  const { profile } = settings.castellan.oauth
  const clients: ClientAdvice[] = []
  let hasDevices = false
  let seen = 0
  for (const service of services.all()) {
    if (service.protocol !== 'oauth' && service.protocol !== 'oidc') continue
    if (++seen % AT_A_TIME === 0) await setImmediate()
    const client = clientOf(service, profile)
    hasDevices ||= allowsDevices(client)
    const [risks, remarks] = [risksOf(client, nowMs), remarksOn(client, settings.cas.authn.oidc.discovery.scopes)]
    if (risks.length + remarks.length > 0) clients.push({ clientId: client.id, file: service.file, risks, remarks })
  }
  return { general: hasDevices ? deviceAdvice(settings) : [], clients }
}

/** D5: the device is told how long its own code lives; the person has no longer than the user code does. */
function deviceAdvice({ cas }: OAuthConfig): readonly string[] {
  const { deviceToken, deviceUserCode } = cas.authn.oauth
  if (deviceUserCode.maxTimeToLiveInSeconds >= deviceToken.maxTimeToLiveInSeconds) return []
  return [
    `cas.authn.oauth.device-user-code.max-time-to-live-in-seconds (${deviceUserCode.maxTimeToLiveInSeconds}) ends before cas.authn.oauth.device-token.max-time-to-live-in-seconds (${deviceToken.maxTimeToLiveInSeconds}): devices wait longer than people may enter their codes`,
  ]
}

function risksOf(client: OAuthClient, nowMs: number): readonly string[] {
  const { rules, secrets, isPublic, authenticationMethod, keys } = client
  const risks: string[] = []
  if (client.allowsGrant('password', rules.emptyAllowsUnsafe) && (isPublic || rules.passwordWithoutSecret)) {
    risks.push('lets anybody who knows its id try passwords: the password grant is allowed without a secret')
  }
  if (client.allowsResponse('token', rules.emptyAllowsUnsafe)) {
    risks.push('may be given tokens through the browser: the response type token is allowed')
  }
  if (leavesTls(client.service.serviceId)) risks.push('may have its answers sent over plain http')
  const living = secrets.filter((secret) => !isOver(secret, nowMs))
  if (secrets.length > 0 && living.length === 0 && keys.jwks === undefined && keys.jwksUri === undefined) {
    risks.push('cannot authenticate: every secret of it is over')
  } else if (living.length > 0 && living.every((secret) => endsSoon(secret, nowMs))) {
    risks.push('will not be able to authenticate soon: the last of its secrets ends within 14 days')
  }
  if (authenticationMethod !== undefined && !BUILT_METHODS.has(authenticationMethod)) {
    risks.push(`is refused everywhere: its tokenEndpointAuthenticationMethod ${authenticationMethod.slice(0, 60)} is not built here`)
  }
  if (keys.jwks === undefined && keys.jwksUri !== undefined && leavesTls(keys.jwksUri)) {
    risks.push('has its keys fetched over plain http, which is refused')
  }
  return risks
}

function remarksOn(client: OAuthClient, globalScopes: readonly string[] | undefined): readonly string[] {
  const { rules, secrets, isPublic, scopes } = client
  const remarks: string[] = []
  // Nothing listed is what nobody can be told from: a type that no definition would list.
  const listsNothing = (allows: OAuthClient['allowsGrant']) => allows('-', true) && !allows('-', false)
  if (rules.emptyAllowsUnsafe && listsNothing(client.allowsGrant))
    remarks.push('lists no supportedGrantTypes: all but token exchange are allowed')
  if (rules.emptyAllowsUnsafe && listsNothing(client.allowsResponse)) remarks.push('lists no supportedResponseTypes: all are allowed')
  if (!isPublic && !rules.pkceForEveryone) remarks.push('need not use PKCE (the property oauthSecurityProfile with rfc9700 makes it)')
  const clear = secrets.filter(({ value }) => !/^\{cas-(?:cipher|hash)\}|\$\{|#\{/.test(value))
  if (clear.length > 0) remarks.push('has its secret in clear in its definition (castellan hash-password makes a {cas-hash})')
  if (clear.some(({ value }) => value.length < SHORT_SECRET))
    remarks.push(`has a secret of less than ${SHORT_SECRET} characters, which can be guessed`)
  for (const type of NOT_BUILT) if (client.allowsGrant(type, false)) remarks.push(`lists the grant type ${type}, which is not built here`)
  const unknown = globalScopes ? scopes.filter((scope) => !globalScopes.includes(scope)) : []
  if (unknown.length > 0) remarks.push(`lists scopes that cas.authn.oidc.discovery.scopes does not have: ${unknown.slice(0, 5).join(' ')}`)
  return remarks
}

/** Whether an address, or a pattern of addresses, begins with plain http to another machine. */
function leavesTls(pattern: string): boolean {
  const host = /^\^?\(?http(?:\)?:|s\??\)?\?:|\|https\))(?:\\?\/){2}(.*)$/i.exec(pattern)?.[1]
  return host !== undefined && !/^(?:localhost|127\\?\.0\\?\.0\\?\.1|\\?\[::1)/i.test(host)
}
