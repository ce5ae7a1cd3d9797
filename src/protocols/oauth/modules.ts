import { existsSync } from 'node:fs'
import { type IsolatedModule, isolatedModule } from '../../base/isolated-module.ts'
import type { Json } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import { scriptPath } from '../../base/operator-script.ts'
import { resourceAt } from '../../base/resource.ts'
import type { OAuthConfig } from './config.ts'
import { isObject, type Members } from './definition-members.ts'

/** Whether the page of approval is shown, as a module decides. */
export type ConsentDecision = 'skip' | 'ask' | 'deny'

/** What a client is told of itself in the inputs. */
export interface ClientFacts {
  readonly clientId: string
  readonly name: string
  readonly serviceId: string
}

/**
 * What operators may do in modules of their own (oauth.md 20), each absent where no module is named. All of them throw when the module fails, takes too long or
 * answers with something else: what was asked for is refused then.
 */
export interface OAuthModules {
  /** The body of /profile. `model` is what it would be, `accessToken` facts of the token, never the token. */
  readonly renderProfile?: (input: {
    readonly model: object
    readonly accessToken: object
    readonly service: ClientFacts
  }) => Promise<object>
  /** Further members of an answer of the token address; what it has already stays. */
  readonly customizeTokenResponse?: (input: {
    readonly response: object
    readonly client: ClientFacts
    readonly grant: string
  }) => Promise<object>
  /** Further claims of a JWT access token; those that the server sets stay. */
  readonly accessTokenClaims?: (input: {
    readonly claims: object
    readonly principal: string
    readonly client: ClientFacts
    readonly grant: string
  }) => Promise<object>
  readonly consent?: (input: {
    readonly principal: { readonly id: string; readonly attributes: object }
    readonly client: ClientFacts
    readonly scopes: readonly string[]
  }) => Promise<ConsentDecision>
  close(): Promise<void>
}

export interface OAuthModulesParts {
  readonly settings: Pick<OAuthConfig, 'castellan'> & { readonly castellan: { readonly scripts: { readonly timeout: number } } }
  readonly configurationDirectory: string
  readonly log: Log
}

const PREFIX = 'castellan.oauth.modules'
const DECISIONS: readonly Json[] = ['skip', 'ask', 'deny']

export function oauthModules({ settings, configurationDirectory, log }: OAuthModulesParts): OAuthModules {
  const { modules } = settings.castellan.oauth
  const opened: IsolatedModule[] = []

  /** The function of a module; one that cannot be there throws at each call, so that what it should decide is refused. */
  function open(location: string, setting: string, name: string): ((input: unknown) => Promise<Json>) | undefined {
    if (location.trim() === '') return undefined
    const resource = resourceAt(location.trim(), configurationDirectory)
    const path = resource.kind === 'file' ? scriptPath(resource.path) : undefined
    if (path === undefined) {
      const wanted = resource.kind === 'web' ? 'a file' : resource.path.replace(/\.groovy$/i, '.mjs')
      const message = `${PREFIX}.${setting} must name a module: write ${wanted} with a function ${name}; until then what it should do is refused`
      log.error({ setting: `${PREFIX}.${setting}` }, message)
      return async () => {
        throw new Error(message)
      }
    }
    if (!existsSync(path))
      log.error({ setting: `${PREFIX}.${setting}`, file: path }, 'the module is missing: what it should do is refused until it is there')
    const script = isolatedModule({ module: path, functions: [name], timeoutMs: settings.castellan.scripts.timeout * 1000, log })
    opened.push(script)
    return (input) => script.call(input as Json, name)
  }

  const object =
    (call: (input: unknown) => Promise<Json>, name: string) =>
    async (input: unknown): Promise<Members> => {
      const answer = await call(input)
      if (!isObject(answer)) throw new Error(`${name} must give back an object`)
      return answer
    }

  const renderProfile = open(modules.renderProfile, 'render-profile', 'renderProfile')
  const tokenResponse = open(modules.tokenResponse, 'token-response', 'customizeTokenResponse')
  const claims = open(modules.accessTokenClaims, 'access-token-claims', 'accessTokenClaims')
  const consent = open(modules.consent, 'consent', 'consent')
  return {
    ...(renderProfile ? { renderProfile: object(renderProfile, 'renderProfile') } : {}),
    ...(tokenResponse ? { customizeTokenResponse: object(tokenResponse, 'customizeTokenResponse') } : {}),
    ...(claims ? { accessTokenClaims: object(claims, 'accessTokenClaims') } : {}),
    ...(consent
      ? {
          async consent(input: unknown) {
            const answer = await consent(input)
            if (!DECISIONS.includes(answer)) throw new Error('consent must give back "skip", "ask" or "deny"')
            return answer as ConsentDecision
          },
        }
      : {}),
    async close() {
      await Promise.all(opened.map((script) => script.close()))
    },
  }
}
