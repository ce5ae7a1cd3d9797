import { type Attributes, type AttributeValue, type ServiceReference, type Services, serviceReference } from '../../services/index.ts'
import { isLongTerm, LONG_TERM } from '../../sso/index.ts'
import type { OAuthClient } from './client.ts'
import type { Holder } from './holder.ts'
import type { TokenFacts } from './token-body.ts'

/** What a client gets to know of the holder of a token. */
export interface HolderProfile {
  /** Under which name it knows the user. */
  readonly id: string
  readonly attributes: Attributes
  /** Those of them that are the user's, without the facts. */
  readonly released: Attributes
}

/** The settings by which facts of a login are told; they are those of the validation endpoints (cas-protocol.md 4.6). */
export interface ReleaseSettings {
  readonly cas: {
    readonly authn: {
      readonly authenticationAttributeRelease: {
        readonly enabled: boolean
        readonly onlyRelease: readonly string[]
        readonly neverRelease: readonly string[]
      }
    }
  }
}

/** Facts of the client that CAS releases by default; here only where `only-release` names them. */
const CLIENT_FACTS: ReadonlySet<string> = new Set(['clientIpAddress', 'userAgent', 'serverIpAddress', 'geoLocation'])
/** Attributes of the server's own use. */
const INTERNAL = 'org.apereo.cas'

export interface DescribeHolder {
  (client: OAuthClient, holder: Holder, facts: TokenFacts): Promise<HolderProfile>
  /** The name alone. */
  nameOf(client: OAuthClient, holder: Holder, facts: TokenFacts): Promise<string>
}

/**
 * Decides what of a holder goes out, at /profile and in tokens (oauth.md 10): attributes by the definition's release policy, facts of the login, and of the
 * authorization. A user's attribute never takes the place of a fact.
 */
export function holderProfiles(services: Services, settings: ReleaseSettings, releaseProtocolAttributes: boolean): DescribeHolder {
  const { enabled, onlyRelease, neverRelease } = settings.cas.authn.authenticationAttributeRelease
  const only = new Set(onlyRelease)
  const never = new Set(neverRelease)
  const mayGoOut = (name: string) => enabled && !never.has(name) && (only.size > 0 ? only.has(name) : !CLIENT_FACTS.has(name))

  const describe = async (client: OAuthClient, { authentication }: Holder, facts: TokenFacts): Promise<HolderProfile> => {
    const release = await services.release(client.service, authentication.principal, referenceOf(facts))
    const shown: Record<string, readonly AttributeValue[]> = {}
    const put = (name: string, values: readonly AttributeValue[]) => {
      if (!Object.hasOwn(shown, name) && !name.startsWith(INTERNAL)) shown[name] = values
    }
    const fact = (name: string, values: readonly AttributeValue[]) => {
      if (mayGoOut(name)) put(name, values)
    }
    if (release.authenticationAttributes && releaseProtocolAttributes) {
      fact('authenticationDate', [new Date(authentication.authenticatedAtMs).toISOString()])
      fact('isFromNewLogin', [facts.newLogin])
      fact(LONG_TERM, [isLongTerm(authentication)])
      fact('client_id', [client.id])
      fact('oauthClientId', [client.id])
      fact('grant_type', [facts.grantType])
      fact('scope', facts.scopes)
      for (const [name, values] of Object.entries(authentication.attributes)) if (values.length > 0) fact(name, values)
    }
    for (const [name, values] of Object.entries(release.attributes)) if (values.length > 0) put(name, values)
    return { id: release.username, attributes: shown, released: release.attributes }
  }
  return Object.assign(describe, {
    nameOf: (client: OAuthClient, { authentication }: Holder, facts: TokenFacts) =>
      services.nameFor(client.service, authentication.principal, referenceOf(facts)),
  })
}

function referenceOf({ service }: TokenFacts): ServiceReference {
  const reference = serviceReference(service)
  return reference && reference !== 'unusable' ? reference : { id: service, originalUrl: service }
}
