import type { Audit } from '../../audit/index.ts'
import { type AuthenticationEngine, storedHashCheck, type Throttle } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import { deriveKey, sealer } from '../../base/crypto.ts'
import type { Log } from '../../base/log.ts'
import { type Metrics, noMetrics } from '../../base/metrics.ts'
import type { Answer, AskPassage, Interrupt } from '../../flow/index.ts'
import type { Route } from '../../http/index.ts'
import type { Multifactor } from '../../mfa/index.ts'
import type { Services } from '../../services/index.ts'
import type { Sso, SsoConfig } from '../../sso/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import { approvals } from './approvals.ts'
import { approvalsPage } from './approvals-page.ts'
import { authorize } from './authorize.ts'
import { callback } from './callback.ts'
import { casCipher } from './cas-cipher.ts'
import { adviseOnClients } from './client-advice.ts'
import { clientAssertions } from './client-assertion.ts'
import { clientAuthentication } from './client-authentication.ts'
import { clientKeySets } from './client-key-sets.ts'
import { clientSecrets, type ExpandSecret } from './client-secrets.ts'
import { createClients } from './clients.ts'
import type { OAuthConfig } from './config.ts'
import { deviceCodes } from './device-codes.ts'
import { devicePage } from './device-page.ts'
import { startDevice } from './device-start.ts'
import { families } from './families.ts'
import { oauthFigures } from './figures.ts'
import { guarded, type Handle, writeJsonError } from './guard.ts'
import { holders } from './holder.ts'
import { holderProfiles, type ReleaseSettings } from './holder-profile.ts'
import { introspect } from './introspect.ts'
import type { JwtConfig } from './jwt/config.ts'
import { jwksRoutes } from './jwt/jwks.ts'
import { type JwtTokensParts, jwtTokens } from './jwt/jwt-tokens.ts'
import type { ApprovalOffice } from './lasting-approvals.ts'
import { lifetimes } from './lifetimes.ts'
import { metadata } from './metadata.ts'
import { type OAuthModulesParts, oauthModules } from './modules.ts'
import { readParameters } from './parameters.ts'
import { revoke } from './revoke.ts'
import type { Room } from './room.ts'
import { secretRemoval } from './secret-removal.ts'
import { type SecretRotation, secretRotation } from './secret-rotation.ts'
import { tokenEndpoint, writeTokenError } from './token-endpoint.ts'
import { type TokenOffice, tokenOffice } from './token-office.ts'
import { tokens } from './tokens.ts'
import { transactions } from './transaction.ts'
import { transactionCookie } from './transaction-cookie.ts'
import { userProfile } from './user-profile.ts'
import { writeBudget } from './write-budget.ts'

export interface OAuthParts {
  readonly settings: OAuthConfig & JwtConfig & SsoConfig & ReleaseSettings & OAuthModulesParts['settings']
  /** `cas.server.prefix`. */
  readonly prefix: string
  readonly contextPath: string
  readonly services: Services
  readonly registry: TicketRegistry
  readonly sso: Sso
  readonly engine: AuthenticationEngine
  readonly throttle: Throttle
  /** Whether a session may go on to a client without being shown anything. */
  readonly passage: AskPassage
  /** Whether an interrupt keeps somebody out where no page can be shown. */
  readonly interrupt: Pick<Interrupt, 'refusesApi'>
  /** Whether a login is not enough for a client that wants a second factor. */
  readonly multifactor: Pick<Multifactor, 'lacks'>
  readonly answer: Answer
  /** 32 bytes each, derived from `cas.tgc.crypto` for the purpose `oauth`; the first writes, all read. */
  readonly keys: readonly Buffer[]
  /** Encryption and signing keys of `cas.authn.oauth.crypto`, as configured. */
  readonly secretKeys: readonly (readonly [encryption: string, signing: string])[]
  /** Those of `cas.authn.oauth.access-token.crypto`. */
  readonly tokenKeys: JwtTokensParts['keys']
  /** Fills what stands in `${…}` in a secret of a definition. */
  readonly expandSecret: ExpandSecret
  readonly configurationDirectory: string
  readonly newTicketId: (kind: string) => string
  readonly audit: Audit
  readonly metrics?: Metrics
  readonly clock: Clock
  readonly log: Log
}

const MAX_BODY_BYTES = 65_536
/** Lines about risky clients at one start. */
const MOST_WARNINGS = 25
/** Devices of one address that begin within a minute without a secret. */
const MOST_DEVICES = 600
const LONGEST_TRANSACTION_SECONDS = 86_400

/** The OAuth server: its addresses, and what operators may do. */
export interface OAuth {
  /** Every address (oauth.md 2); none of them when the feature is switched off. */
  readonly routes: readonly Route[]
  readonly tokens: TokenOffice
  readonly secrets: SecretRotation
  readonly approvals: ApprovalOffice
  close(): Promise<void>
}

/** @throws {StartRefusal} for keys of JWTs that do not fit, and for JWTs that would go out unsigned. */
export function createOAuth(parts: OAuthParts): OAuth {
  const room = furnish(parts)
  if (parts.settings.casFeatureModule.oauth.enabled)
    void warnOfClients(room).catch((error: unknown) => room.log.error({ err: error }, 'OAuth clients could not be looked at'))
  return {
    routes: parts.settings.casFeatureModule.oauth.enabled ? routesOf(room) : [],
    tokens: tokenOffice(room),
    secrets: secretRotation(room),
    approvals: room.approvals.lasting,
    async close() {
      room.keySets.close()
      await room.modules.close()
    },
  }
}

/** One line for each client that takes risks, once for each configuration; what comes later is told by `castellan check`. */
async function warnOfClients({ settings, services, clock, log }: Room): Promise<void> {
  const { general, clients } = await adviseOnClients({ settings, services, nowMs: clock() })
  for (const message of general) log.warn({}, message)
  const risky = clients.filter(({ risks }) => risks.length > 0)
  for (const { clientId, file, risks } of risky.slice(0, MOST_WARNINGS))
    log.warn({ client: clientId, file, risks }, 'an OAuth client takes risks')
  if (risky.length > MOST_WARNINGS) {
    log.warn({ clients: risky.length - MOST_WARNINGS }, 'more OAuth clients take risks: castellan check --all names them')
  }
}

function routesOf(room: Room): readonly Route[] {
  const programs = (endpoint: string, handle: Handle, triesSecrets = false) =>
    guarded(room, endpoint, endpoint === 'token' ? writeTokenError : writeJsonError, handle, triesSecrets)
  const token = programs('token', tokenEndpoint(room), true)
  const device = devicePage(room)
  const describeServer = metadata(room)
  const returned = callback(room)
  const asked = authorize(room)
  const startsDevice = programs('device_authorization', async (call, asked) => startDevice(room, call, await readParameters(call), asked))

  const both = ['GET', 'POST'] as const
  const post = ['POST'] as const
  const get = ['GET'] as const
  const PROGRAM = [200, 400, 401, 413, 414, 423, 429, 500, 503]
  const BROWSER = [200, 302, 400, 401, 403, 423, 429, 503]
  const table: readonly [readonly ('GET' | 'POST')[], string, readonly number[], Route['handle']][] = [
    [both, '/oauth2.0/authorize', BROWSER, asked],
    [both, '/oauth2.0/callbackAuthorize', BROWSER, returned],
    [both, '/oauth2.0/accessToken', [...PROGRAM, 405], token],
    [both, '/oauth2.0/token', [...PROGRAM, 405], token],
    [both, '/oauth2.0/profile', PROGRAM, programs('profile', userProfile(room))],
    [both, '/oauth2.0/introspect', [...PROGRAM, 406], programs('introspect', introspect(room), true)],
    [post, '/oauth2.0/revoke', PROGRAM, programs('revoke', revoke(room))],
    [post, '/oauth2.0/device_authorization', PROGRAM, startsDevice],
    [both, '/oauth2.0/device', BROWSER, device],
    [both, '/oauth2.0/approvals', BROWSER, approvalsPage(room)],
    [get, '/.well-known/oauth-authorization-server', [200], describeServer],
    [get, '/oauth2.0/.well-known/oauth-authorization-server', [200], describeServer],
  ]
  const common = table.flatMap(([methods, path, statuses, handle]) =>
    methods.map((method): Route => {
      const changesState = path !== '/oauth2.0/introspect'
      return { method, path, statuses, changesState, maxBodyBytes: MAX_BODY_BYTES, handle }
    }),
  )
  const routes = [...common, ...jwksRoutes(room.format)]
  if (room.contextPath === '') return routes
  // Where RFC 8414 section 3.1 looks for the metadata of an issuer that has a path.
  const path = `/.well-known/oauth-authorization-server${room.contextPath}`
  return [...routes, { method: 'GET', path, atHostRoot: true, statuses: [200], changesState: false, handle: describeServer }]
}

function furnish(parts: OAuthParts): Room {
  const { settings, registry, services, sso, clock, newTicketId } = parts
  const log = parts.log.child({ room: 'protocols/oauth' })
  const { oauth } = settings.castellan
  const { sessionReplication } = settings.cas.authn.oauth
  const transactionKeys = oauth.transaction.key.length > 0 ? oauth.transaction.key : sessionReplication.cookie.crypto.encryption.key
  const own = transactionKeys.map((key) => deriveKey([key], 'oauth-transaction'))
  const seal = sealer(parts.keys)
  const proofKey = parts.keys[0] ?? Buffer.alloc(0)
  const clients = createClients(services, oauth.profile)
  const secrets = clientSecrets({
    openCipher: casCipher(parts.secretKeys),
    matchesHash: storedHashCheck({ log, clock }),
    expand: parts.expandSecret,
    ...(oauth.removeExpiredClientSecrets ? { onOver: secretRemoval({ services, clock, log }) } : {}),
    clock,
    log,
  })
  const at = (path: string) => `${parts.prefix}/oauth2.0/${path}`
  const audiences = [parts.prefix, ...['accessToken', 'token', 'introspect', 'revoke', 'device_authorization'].map(at)]
  const keySets = clientKeySets(clock)
  const assertions = clientAssertions({ secrets, keySets, registry, audiences, clock })
  const describe = holderProfiles(services, settings, settings.cas.authn.oauth.accessToken.releaseProtocolAttributes)
  const modules = oauthModules({ ...parts, log })
  const format = jwtTokens({
    settings,
    keys: parts.tokenKeys,
    serviceById: (id) => services.byId(id),
    moreClaims: modules.accessTokenClaims,
    log,
  })
  const tree = families({ key: proofKey, registry, newTicketId })
  const lives = lifetimes(settings)
  const keepers = holders(seal, sso)
  const { csrfCookie, deviceToken, deviceUserCode, refreshToken, code } = settings.cas.authn.oauth
  return {
    ...parts,
    log,
    clients,
    assertions,
    keySets,
    secrets,
    authenticateClient: clientAuthentication({ clients, secrets, assertions, log }),
    families: tree,
    holders: keepers,
    lifetimes: lives,
    format,
    describe,
    proofKey,
    modules,
    approvals: approvals({ registry, proofKey, clock, settings }),
    deviceBudget: writeBudget(clock, MOST_DEVICES),
    devices: deviceCodes({
      registry,
      sealer: seal,
      newTicketId,
      userCodeLength: deviceUserCode.userCodeLength,
      userCodeLifeInSeconds: lives.userCode,
      intervalInSeconds: deviceToken.refreshInterval,
      clock,
    }),
    transactions: transactions({
      sealer: own.length > 0 ? sealer(own) : seal,
      registry,
      newTicketId,
      cookie: transactionCookie(settings, parts.contextPath, log),
      lifeInSeconds: Math.min(LONGEST_TRANSACTION_SECONDS, csrfCookie.maxAge),
      clock,
    }),
    metrics: parts.metrics ?? noMetrics,
    figures: oauthFigures(parts.metrics ?? noMetrics),
    mint: tokens({
      registry,
      families: tree,
      holders: keepers,
      lifetimes: lives,
      format,
      issuer: parts.prefix,
      newTicketId,
      limitRules: oauth.maxActiveTokens,
      trackAccessTokens: refreshToken.trackAccessTokens,
      successorsAreRepeatable: oauth.refreshToken.reuseGrace > 0,
      removesRelated: ({ rules }) => code.removeRelatedAccessTokens ?? rules.removeRelatedAccessTokens,
      describe: (client, holder, facts) => {
        let profile: ReturnType<typeof describe> | undefined
        const once = () => (profile ??= describe(client, holder, facts))
        return {
          subject: () => describe.nameOf(client, holder, facts),
          attributes: async () => (await once()).attributes,
          released: async () => (await once()).released,
        }
      },
      clock,
    }),
  }
}
