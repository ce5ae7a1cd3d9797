import type { RegisteredService } from '../../services/index.ts'
import { flagOf, integerOf, type Members, objectOf, objectsOf, secondsOf, textOf, textsOf } from './definition-members.ts'
import { SECURITY_RULES, type SecurityProfile, type SecurityRules } from './security-profile.ts'

/** A secret as the definition has it: clear, `{cas-cipher}…` or `{cas-hash}…`. Never logged, never sent. */
export interface StoredSecret {
  readonly value: string
  /** When it ends, as written: seconds since the epoch, or a date; `undefined`: never. */
  readonly expiration: string | undefined
}

/** Limits of tokens that a definition sets for itself (oauth.md 14.5). Absent: the settings. */
export interface ClientLimits {
  readonly code: { readonly numberOfUses?: number | undefined; readonly timeToLive?: number | undefined }
  readonly accessToken: {
    readonly maxTimeToLive?: number | undefined
    readonly timeToKill?: number | undefined
    readonly maxActiveTokens?: number | undefined
  }
  readonly refreshToken: { readonly timeToKill?: number | undefined; readonly maxActiveTokens?: number | undefined }
  readonly deviceToken: { readonly timeToKill?: number | undefined }
}

/** What `tokenExchangePolicy` allows; absent members allow everything (oauth.md 8.6). Patterns in Java's syntax. */
export interface ExchangePolicy {
  readonly allowedResources: readonly string[]
  readonly allowedAudience: readonly string[]
  readonly allowedTokenTypes: readonly string[]
  readonly allowedActorTokenTypes: readonly string[]
  readonly requiredActorTokenAttributes: Readonly<Record<string, readonly string[]>>
}

export type ResponseMode = 'query' | 'fragment' | 'form_post'

/** An OAuth client: a service definition as this room reads it (oauth.md 3). */
export interface OAuthClient {
  readonly id: string
  readonly service: RegisteredService
  readonly rules: SecurityRules
  readonly secrets: readonly StoredSecret[]
  /** Public keys for signed assertions: a JWK set, or where it is found. */
  readonly keys: { readonly jwks: string | undefined; readonly jwksUri: string | undefined }
  /** Has nothing to authenticate with: it proves itself by PKCE or by the refresh token. */
  readonly isPublic: boolean
  readonly bypassApproval: boolean
  readonly generateRefreshToken: boolean
  readonly rotateRefreshToken: boolean
  /** Empty: no filter. */
  readonly scopes: readonly string[]
  readonly responseMode: ResponseMode | undefined
  readonly profileView: 'NESTED' | 'FLAT' | undefined
  /** The only method of client authentication that counts; `undefined`: any. */
  readonly authenticationMethod: string | undefined
  /** The legacy field: `false` asks for plain text answers. */
  readonly jsonFormat: boolean | undefined
  readonly issInResponse: boolean
  readonly audience: readonly string[]
  readonly limits: ClientLimits
  readonly exchange: ExchangePolicy | undefined
  /** By the set of the definition, or by what an empty one means (D3). Compared without case. */
  allowsGrant(type: string, whenEmpty: boolean): boolean
  allowsResponse(type: string, whenEmpty: boolean): boolean
}

/** What modules are told of a client. */
export const clientFacts = ({ id, service }: OAuthClient) => ({ clientId: id, name: service.name, serviceId: service.serviceId })

const known = new WeakMap<RegisteredService, OAuthClient>()

/** Reads the client of a definition; each is read once. @param profile Of the settings; the definition may have its own. */
export function clientOf(service: RegisteredService, profile: SecurityProfile): OAuthClient {
  const read = known.get(service) ?? readClient(service, profile)
  known.set(service, read)
  return read
}

function readClient(service: RegisteredService, profile: SecurityProfile): OAuthClient {
  const { definition } = service
  const own = service.property('oauthSecurityProfile')[0]?.trim().toLowerCase() ?? ''
  const rules = Object.hasOwn(SECURITY_RULES, own) ? SECURITY_RULES[own as SecurityProfile] : SECURITY_RULES[profile]
  const secrets = secretsOf(definition)
  const grants = setOf(definition, 'supportedGrantTypes')
  const responses = setOf(definition, 'supportedResponseTypes')
  const keys = { jwks: blankless(service.property('jwks')[0]), jwksUri: blankless(service.property('jwksUri')[0]) }
  const authenticationMethod = textOf(definition, 'tokenEndpointAuthenticationMethod')?.trim().toLowerCase()
  // Whoever meant to have a secret is no public client because it cannot be read.
  const hasSecret = secrets.length > 0 || objectsOf(definition, 'clientSecrets').length > 0
  const hasMeans = hasSecret || keys.jwks !== undefined || keys.jwksUri !== undefined || (authenticationMethod ?? '').includes('tls')
  const isPublic = !hasMeans || authenticationMethod === 'none'
  const generateRefreshToken = flagOf(definition, 'generateRefreshToken', false)
  const json = textOf(definition, 'jsonFormat')
  return {
    id: textOf(definition, 'clientId') ?? '',
    service,
    rules,
    secrets,
    keys,
    isPublic,
    bypassApproval: flagOf(definition, 'bypassApprovalPrompt', false),
    generateRefreshToken,
    rotateRefreshToken:
      generateRefreshToken && (flagOf(definition, 'renewRefreshToken', false) || (isPublic && rules.rotationForPublicClients)),
    scopes: textsOf(definition, 'scopes'),
    responseMode: responseModeOf(definition),
    profileView: viewOf(definition),
    authenticationMethod,
    jsonFormat: json === undefined ? undefined : flagOf(definition, 'jsonFormat', true),
    issInResponse: service.flag('oauthIssInResponse', true),
    audience: textsOf(definition, 'audience'),
    limits: limitsOf(definition),
    exchange: exchangeOf(definition),
    allowsGrant: (type, whenEmpty) => grants?.has(type.toLowerCase()) ?? whenEmpty,
    allowsResponse: (type, whenEmpty) => responses?.has(type.toLowerCase()) ?? whenEmpty,
  }
}

const blankless = (text: string | undefined) => (text === undefined || text.trim() === '' ? undefined : text.trim())

/** `undefined` for an empty one. One with blanks alone is not empty, as in CAS: it has nothing that anybody could ask for. */
function setOf(definition: Members, name: string): ReadonlySet<string> | undefined {
  const value = definition[name]
  const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0)
  return isEmpty ? undefined : new Set(textsOf(definition, name).map((word) => word.toLowerCase()))
}

function secretsOf(definition: Members): readonly StoredSecret[] {
  const single = textOf(definition, 'clientSecret')
  const more = objectsOf(definition, 'clientSecrets').flatMap((entry): StoredSecret[] => {
    const value = textOf(entry, 'value')
    return value === undefined ? [] : [{ value, expiration: textOf(entry, 'expiration') }]
  })
  return single === undefined ? more : [{ value: single, expiration: undefined }, ...more]
}

function responseModeOf(definition: Members): ResponseMode | undefined {
  const mode = textOf(definition, 'responseMode')?.trim().toLowerCase()
  if (mode === 'post' || textOf(definition, 'responseType')?.trim().toLowerCase() === 'post') return 'form_post'
  return mode === 'query' || mode === 'fragment' || mode === 'form_post' ? mode : undefined
}

function viewOf(definition: Members): OAuthClient['profileView'] {
  const view = textOf(definition, 'userProfileViewType')?.trim().toUpperCase()
  return view === 'FLAT' || view === 'NESTED' ? view : undefined
}

function limitsOf(definition: Members): ClientLimits {
  const code = objectOf(definition, 'codeExpirationPolicy') ?? {}
  const accessToken = objectOf(definition, 'accessTokenExpirationPolicy') ?? {}
  const refreshToken = objectOf(definition, 'refreshTokenExpirationPolicy') ?? {}
  const deviceToken = objectOf(definition, 'deviceTokenExpirationPolicy') ?? {}
  const uses = integerOf(code, 'numberOfUses')
  return {
    code: { numberOfUses: uses !== undefined && uses > 0 ? uses : undefined, timeToLive: secondsOf(code, 'timeToLive') },
    accessToken: {
      maxTimeToLive: secondsOf(accessToken, 'maxTimeToLive'),
      timeToKill: secondsOf(accessToken, 'timeToKill'),
      maxActiveTokens: integerOf(accessToken, 'maxActiveTokens'),
    },
    refreshToken: { timeToKill: secondsOf(refreshToken, 'timeToKill'), maxActiveTokens: integerOf(refreshToken, 'maxActiveTokens') },
    deviceToken: { timeToKill: secondsOf(deviceToken, 'timeToKill') },
  }
}

function exchangeOf(definition: Members): ExchangePolicy | undefined {
  const policy = objectOf(definition, 'tokenExchangePolicy')
  if (!policy) return undefined
  const attributes = objectOf(policy, 'requiredActorTokenAttributes') ?? {}
  return {
    allowedResources: textsOf(policy, 'allowedResources'),
    allowedAudience: textsOf(policy, 'allowedAudience'),
    allowedTokenTypes: textsOf(policy, 'allowedTokenTypes'),
    allowedActorTokenTypes: textsOf(policy, 'allowedActorTokenTypes'),
    requiredActorTokenAttributes: Object.fromEntries(
      Object.keys(attributes)
        .filter((name) => name !== '@class')
        .map((name) => [name, textsOf(attributes, name)]),
    ),
  }
}
