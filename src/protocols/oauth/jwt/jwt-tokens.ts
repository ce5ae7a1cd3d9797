import type { Log } from '../../../base/log.ts'
import type { RegisteredService } from '../../../services/index.ts'
import { clientFacts } from '../client.ts'
import { flagOf } from '../definition-members.ts'
import { ACCESS_TOKEN, REFRESH_TOKEN } from '../kinds.ts'
import type { OAuthModules } from '../modules.ts'
import type { MintedToken, TokenFormat } from '../token-format.ts'
import { type Cipher, headerOf, open, type SigningKey, seal } from './cipher.ts'
import { cipherOf, configuredCipher, type KeyPairs } from './ciphers.ts'
import { claimsOf, withoutRegistered } from './claims.ts'
import type { JwtConfig } from './config.ts'
import { algorithmsOfKey, keyFor, UnfitKey } from './keys.ts'
import { signStatement, statementAlgorithms } from './statement.ts'

export interface JwtTokensParts {
  readonly settings: JwtConfig
  /** Keys of `cas.authn.oauth.access-token.crypto`; the first writes, all read. */
  readonly keys: KeyPairs
  /** The definition of this id, whose keys a token names. */
  readonly serviceById: (id: string) => RegisteredService | undefined
  /** Adds claims to access tokens; those of the server stay. */
  readonly moreClaims?: OAuthModules['accessTokenClaims']
  readonly log: Log
}

/** The header by which CAS says whose keys a token was made with. */
const SERVICE_HEADER = 'org.apereo.cas.services.RegisteredService'
/** Longest token that is made or looked at; a body of the endpoints has no more. */
const MAX_CHARACTERS = 60_000
const MAX_ID_CHARACTERS = 512
/** How a JSON object begins in base64url. */
const JSON_BEGINS = 'ey'

/**
 * Tokens that are JWTs where settings, a definition or a request want them, and the id of their ticket elsewhere (oauth.md 13). A JWT is accepted as long as
 * it is signed by us and its ticket lives.
 *
 * @throws {StartRefusal} for keys that do not fit, and for JWTs that would go out unsigned.
 */
export function jwtTokens({ settings, keys, serviceById, moreClaims, log }: JwtTokensParts): TokenFormat {
  const { accessToken, refreshToken } = settings.cas.authn.oauth
  const { allowUnsignedJwt } = settings.castellan.oauth
  const { rfc9068 } = settings.castellan.oauth.accessToken
  const configured = configuredCipher(settings, keys, log)
  const ofServices = new WeakMap<RegisteredService, Cipher | 'none'>()

  function cipherFor(service: RegisteredService): Cipher | undefined {
    const known = ofServices.get(service) ?? find(service)
    ofServices.set(service, known)
    return known === 'none' ? undefined : known
  }

  function find(service: RegisteredService): Cipher | 'none' {
    const cannot = (reason: string) => {
      log.error({ service: service.name, reason }, 'no JWT can be made for this definition; its tokens are opaque')
      return 'none' as const
    }
    try {
      return cipherOf(service, configured, allowUnsignedJwt) ?? cannot('crypto is off, and castellan.oauth.allow-unsigned-jwt is not set')
    } catch (cause) {
      if (cause instanceof UnfitKey) return cannot(cause.message)
      throw cause
    }
  }

  function wantsJwt({ kind, client, asJwt }: MintedToken): boolean {
    const { definition } = client.service
    if (kind === 'refresh_token') return refreshToken.createAsJwt || flagOf(definition, 'jwtRefreshToken', false)
    return asJwt || accessToken.createAsJwt || flagOf(definition, 'jwtAccessToken', false)
  }

  return {
    makesJwt: configured !== undefined,
    publicKeys: (configured?.signing ?? []).flatMap((key) =>
      key.verify instanceof Uint8Array ? [] : algorithmsOfKey(key).flatMap((alg) => publicJwks(keyFor(key, alg))),
    ),
    statementAlgorithms: statementAlgorithms(configured?.signing ?? []),
    sign: (claims, wanted) => signStatement(configured?.signing ?? [], claims, wanted),
    async mint(token) {
      if (!wantsJwt(token)) return token.ticketId
      const { service, id } = token.client
      const cipher = cipherFor(service)
      if (!cipher) return token.ticketId
      const standard = rfc9068 && token.kind === 'access_token'
      const own = await claimsOf(token, { withAttributes: accessToken.includeClaimsInJwt, standard })
      const more =
        token.kind === 'access_token'
          ? await moreClaims?.({ claims: own, principal: own.sub, client: clientFacts(token.client), grant: token.grantType })
          : undefined
      const claims = { ...withoutRegistered(more), ...own }
      const text = await seal(cipher, claims, {
        ...(cipher === configured ? {} : { [SERVICE_HEADER]: service.id }),
        ...(standard ? { typ: 'at+jwt' } : {}),
      })
      if (text.length <= MAX_CHARACTERS) return text
      log.error({ client: id, characters: text.length }, 'a JWT became too long for its attributes; the token is opaque')
      return token.ticketId
    },
    async resolve(text) {
      if (!text.startsWith(JSON_BEGINS)) return { kind: 'ticket', id: text }
      // Decoders drop what is no base64url: one token must not have several spellings.
      if (text.length > MAX_CHARACTERS || !/^[\w.-]+$/.test(text)) return { kind: 'forged' }
      const named = headerOf(text)?.[SERVICE_HEADER]
      const service = typeof named === 'string' && named.length <= 20 ? serviceById(named) : undefined
      const cipher = named === undefined ? configured : service && cipherFor(service)
      const id = cipher && (await open(cipher, text))
      return id !== undefined && isOfTokens(id) ? { kind: 'ticket', id } : { kind: 'forged' }
    },
  }
}

const isOfTokens = (id: string) =>
  id.length <= MAX_ID_CHARACTERS && (id.startsWith(`${ACCESS_TOKEN}-`) || id.startsWith(`${REFRESH_TOKEN}-`))

const publicJwks = (key: SigningKey | undefined) =>
  key === undefined || key.verify instanceof Uint8Array
    ? []
    : [{ ...key.verify.export({ format: 'jwk' }), alg: key.alg, kid: key.kid, use: 'sig' }]
