import type { Call } from '../../http/index.ts'
import type { OAuthClient, ResponseMode } from './client.ts'
import type { OAuthErrorCode } from './errors.ts'
import { type Challenge, type ChallengeMethod, readChallenge } from './pkce.ts'
import { redirectProblem } from './redirect-uri.ts'
import { askedResources } from './resources.ts'
import type { Room } from './room.ts'
import { grantedScopes, parseScopes } from './scopes.ts'

/** Where an answer goes, once the address is known to be good. */
export interface ReturnTarget {
  readonly client: OAuthClient
  readonly redirectUri: string
  readonly mode: ResponseMode
  readonly state: string | undefined
}

export type Prompt = 'none' | 'login' | 'consent'

/** An authorization request that has been judged (oauth.md 4). */
export interface AuthorizationRequest extends ReturnTarget {
  readonly responseType: 'code' | 'token'
  readonly scopes: readonly string[]
  readonly challenge: Challenge | undefined
  /** What the tokens are for; empty: as the definition says. */
  readonly resources: readonly string[]
  readonly nonce: string | undefined
  readonly prompt: ReadonlySet<Prompt>
  /** Seconds; `undefined`: any age of the login will do. */
  readonly maxAge: number | undefined
}

export type JudgedRequest =
  | { readonly kind: 'good'; readonly request: AuthorizationRequest }
  /** The client is told, at its own address. */
  | { readonly kind: 'refused'; readonly target: ReturnTarget; readonly error: OAuthErrorCode; readonly description: string }
  /** Nobody may be sent anywhere: a page. What is wrong is for the log. */
  | { readonly kind: 'untrusted'; readonly why: string; readonly clientId: string | undefined }

const PROMPTS: readonly Prompt[] = ['none', 'login', 'consent']
/** Longest `state` and `nonce` that go through: they come back in addresses. */
const LONGEST_ECHO = 4096

/** Judges authorization requests in the order of oauth.md 4.2: first whether the client may be told at all, then what there is to tell. */
export function authorizationRequests(room: Room): (call: Call, parameters: URLSearchParams) => Promise<JudgedRequest> {
  const { settings, services, clients } = room
  const { discovery } = settings.cas.authn.oidc
  const redirectRules = { acceptsRedirect: services.acceptsRedirect, loopbackAnyPort: settings.castellan.oauth.loopbackAnyPort }
  const lowered = (list: readonly string[] | undefined) => list?.map((word) => word.toLowerCase())
  const offered = {
    responseTypes: lowered(discovery.responseTypesSupported),
    responseModes: lowered(discovery.responseModesSupported),
    prompts: lowered(discovery.promptValuesSupported),
  }

  function challengeMethods(client: OAuthClient): readonly ChallengeMethod[] {
    const plain = settings.castellan.oauth.pkce.allowPlain ?? client.rules.plainPkce
    const allowed: readonly ChallengeMethod[] = client.rules.plainPkce && plain ? ['plain', 'S256'] : ['S256']
    const listed = discovery.codeChallengeMethodsSupported
    return listed ? allowed.filter((method) => listed.includes(method)) : allowed
  }

  return async (call, parameters) => {
    const given = (name: string) => parameters.get(name) || undefined
    const doubled = (name: string) => new Set(parameters.getAll(name)).size > 1
    const untrusted = (why: string): JudgedRequest => ({ kind: 'untrusted', why, clientId: given('client_id') })

    // 1. Whom may anything be told?
    const clientId = given('client_id')
    if (clientId === undefined || doubled('client_id')) return untrusted('no client_id, or two')
    const finding = await clients.find(clientId, call.get('client'))
    if (finding.kind !== 'found') return untrusted(`the client is ${finding.kind}`)
    const { client } = finding
    const redirectUri = given('redirect_uri')
    if (redirectUri === undefined || doubled('redirect_uri')) return untrusted('no redirect_uri, or two')
    const problem = redirectProblem(redirectUri, client.service, redirectRules)
    if (problem !== undefined) return untrusted(`redirect_uri: ${problem}`)

    // 2. How?
    const typeWord = given('response_type')?.trim().toLowerCase()
    const wish = given('response_mode')?.trim().toLowerCase()
    const natural: ResponseMode = typeWord === 'token' ? 'fragment' : 'query'
    const own = client.responseMode === 'query' && typeWord === 'token' ? undefined : client.responseMode
    const state = given('state')
    const asked = wish === 'query' || wish === 'fragment' || wish === 'form_post' ? wish : undefined
    const mode = asked === 'query' && typeWord === 'token' ? natural : (asked ?? own ?? natural)
    const target: ReturnTarget = { client, redirectUri, mode, state: doubled('state') ? undefined : state }
    const refused = (error: OAuthErrorCode, description: string): JudgedRequest => ({ kind: 'refused', target, error, description })

    // 3. What is asked for?
    const twice = [...new Set(parameters.keys())].find((name) => name !== 'resource' && doubled(name))
    if (twice !== undefined) return refused('invalid_request', 'a parameter is given twice with different values')
    if (typeWord === undefined) return refused('unsupported_response_type', 'Missing required parameter: [response_type]')
    if ((typeWord !== 'code' && typeWord !== 'token') || (offered.responseTypes && !offered.responseTypes.includes(typeWord))) {
      return refused('unsupported_response_type', `Unsupported response_type: [${shownWord(given('response_type') ?? '')}]`)
    }
    if (!client.allowsResponse(typeWord, typeWord === 'code' || client.rules.emptyAllowsUnsafe)) {
      return refused('unauthorized_client', `Client is not allowed to use the [${typeWord}] response type`)
    }
    if (wish !== undefined && (asked === undefined || (offered.responseModes && !offered.responseModes.includes(wish)))) {
      return refused('invalid_request', 'this response_mode is not offered here')
    }
    if (wish === 'query' && typeWord === 'token') return refused('invalid_request', 'a token is not given in a query')
    if (given('request') !== undefined || given('request_uri') !== undefined) {
      return refused('request_not_supported', 'request objects are not supported')
    }
    if ((state?.length ?? 0) > LONGEST_ECHO || (given('nonce')?.length ?? 0) > LONGEST_ECHO) {
      return refused('invalid_request', 'state or nonce is too long')
    }
    const prompt = promptOf(given('prompt'), offered.prompts)
    if (!prompt) return refused('invalid_request', 'Unsupported prompt parameter value')
    const maxAgeText = given('max_age')
    if (maxAgeText !== undefined && !/^\d{1,10}$/.test(maxAgeText)) return refused('invalid_request', 'max_age must be a number of seconds')
    const challenge =
      typeWord === 'code' ? readChallenge(given('code_challenge'), given('code_challenge_method'), challengeMethods(client)) : undefined
    if (typeof challenge === 'string') return refused('invalid_request', challenge)
    if (typeWord === 'code' && !challenge && (client.isPublic || client.rules.pkceForEveryone)) {
      return refused('invalid_request', 'code_challenge required')
    }
    const scopes = scopesOf(given('scope'), client, discovery.scopes)
    if (!scopes) return refused('invalid_scope', 'none of the scopes is known, or allowed for this client')
    const resources = resourcesOf(parameters.getAll('resource'), client)
    if (!resources) return refused('invalid_target', 'tokens for this resource are not allowed')
    return {
      kind: 'good',
      request: {
        ...target,
        responseType: typeWord,
        scopes,
        resources,
        challenge,
        nonce: given('nonce'),
        prompt,
        maxAge: maxAgeText === undefined ? undefined : Number(maxAgeText),
      },
    }
  }
}

/** A word of the caller in a description: RFC 6749 section 4.1.2.1 allows few characters there. */
const shownWord = (word: string) => word.slice(0, 60).replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')

/** `undefined` for a word that is not known, and for `none` together with another. */
function promptOf(text: string | undefined, offered: readonly string[] | undefined): ReadonlySet<Prompt> | undefined {
  const words = (text ?? '')
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const known = words.filter((word): word is Prompt => PROMPTS.some((prompt) => prompt === word) && (!offered || offered.includes(word)))
  if (known.length < words.length || (known.includes('none') && known.length > 1)) return undefined
  return new Set(known)
}

/** `undefined` for one that the client may not have tokens for. */
function resourcesOf(asked: readonly string[], client: OAuthClient): readonly string[] | undefined {
  try {
    return askedResources([...new Set(asked.filter((resource) => resource !== ''))], client)
  } catch {
    return undefined
  }
}

/** `undefined` when something was asked for and nothing of it remains. */
function scopesOf(text: string | undefined, client: OAuthClient, globalList: readonly string[] | undefined): readonly string[] | undefined {
  let asked: readonly string[]
  try {
    asked = parseScopes(text)
  } catch {
    return undefined
  }
  const granted = grantedScopes(asked, client, globalList)
  return asked.length > 0 && granted.length === 0 ? undefined : granted
}
