import { choiceOf, classOf, flagOf, integerOf, type Members, objectOf, textOf } from '../definitions/members.ts'
import type { Encrypt } from '../definitions/public-key.ts'
import type { Attributes, AttributeValue, Principal } from '../principal.ts'
import { releaseActivationOf } from './activation.ts'
import { attributesRepositoryOf } from './attributes-repository.ts'
import { chaining } from './chaining.ts'
import { denyAll } from './deny-all.ts'
import { valueFilterOf } from './filters.ts'
import { patternMatching } from './pattern-matching.ts'
import {
  AvailableAttributes,
  nameIn,
  put,
  type ReleaseContext,
  type Released,
  type ReleasePolicy,
  type ReleasePolicyPlug,
  type ReleaseRequest,
  type ReleaseWorld,
} from './release-policy.ts'
import { returnAll } from './return-all.ts'
import { returnAllowed } from './return-allowed.ts'
import { returnEncrypted } from './return-encrypted.ts'
import { returnEnvironment } from './return-environment.ts'
import { returnLinked } from './return-linked.ts'
import { returnMapped } from './return-mapped.ts'
import { returnRestful } from './return-restful.ts'
import { returnStatic } from './return-static.ts'
import { groovyScript, scriptFile } from './scripted.ts'

export type { AttributeLookup } from './release-policy.ts'

/** Every class of release policy that is built. Any other that the vocabulary knows releases nothing. */
export const releasePolicies: readonly ReleasePolicyPlug[] = [
  returnAllowed,
  returnAll,
  denyAll,
  returnMapped,
  returnStatic,
  returnLinked,
  returnEncrypted,
  returnEnvironment,
  returnRestful,
  patternMatching,
  groovyScript,
  scriptFile,
  chaining,
]

const byType = new Map(releasePolicies.map((plug) => [plug.type, plug]))

/** How secrets of a login are encrypted for an application that is to have them (services.md 12; cas-protocol.md 4.6). */
export interface SealedRelease {
  /** The password that the user logged in with, as `credential`. */
  readonly password?: Encrypt
  /** The proxy-granting ticket, as `proxyGrantingTicket`, in place of the callback. */
  readonly proxyGrantingTicket?: Encrypt
}

/** What an application gets of a user's attributes. */
export interface AttributeRelease {
  /** Whether `authenticationDate` and its like may go along. */
  readonly authenticationAttributes: boolean
  /** @param username Adds the name under `principalIdAttribute`, when the definition asks for that; computed only then. */
  attributesFor(request: ReleaseRequest, username: (released: Attributes) => Promise<string>): Promise<Attributes>
  /** `undefined` for nearly all definitions, and for a user for whom the policy is not active. */
  sealedFor(principal: Principal): SealedRelease | undefined | Promise<SealedRelease | undefined>
}

/**
 * Makes the release of a definition (services.md 12); `members` has been checked against the vocabulary.
 *
 * @param bundle Names that every application gets unless its policy excludes them.
 */
export function attributeReleaseOf(members: Members | undefined, bundle: readonly string[], world: ReleaseWorld): AttributeRelease {
  const context: ReleaseContext = { ...world, build: (nested) => nestedPolicyOf(nested, context) }
  const own: Members = members ?? { '@class': 'ReturnAllowedAttributeReleasePolicy' }
  const policy = policyOf(own, context)
  const filterMembers = objectOf(own, 'attributeFilter')
  const filter = filterMembers && valueFilterOf(filterMembers, world)
  const canonicalize = canonicalization(own)
  const activationMembers = objectOf(own, 'activationCriteria')
  const isActive = activationMembers ? releaseActivationOf(activationMembers, world) : undefined
  const defaults = policy.deniesAll || flagOf(own, 'excludeDefaultAttributes', false) ? NO_NAMES : bundle
  const idAttribute = textOf(own, 'principalIdAttribute')
  const authenticationAttributes = !policy.deniesAll && flagOf(own, 'authorizedToReleaseAuthenticationAttributes', true)
  const repositoryMembers = objectOf(own, 'principalAttributesRepository')
  const sources = repositoryMembers && attributesRepositoryOf(repositoryMembers, world)
  const sealed = policy.deniesAll ? undefined : sealedRelease(own, world)
  return new Release(authenticationAttributes, { policy, filter, canonicalize, isActive, defaults, idAttribute, sources, sealed })
}

interface ReleaseParts {
  readonly policy: ReleasePolicy
  readonly filter: ReturnType<typeof valueFilterOf> | undefined
  readonly canonicalize: (released: Released) => Released
  readonly isActive: ReturnType<typeof releaseActivationOf> | undefined
  readonly defaults: readonly string[]
  readonly idAttribute: string | undefined
  readonly sources: ReturnType<typeof attributesRepositoryOf>
  readonly sealed: SealedRelease | undefined
}

/** Without a usable key the secrets stay here, which has been reported. */
function sealedRelease(members: Members, { secretEncryption }: ReleaseWorld): SealedRelease | undefined {
  const password = flagOf(members, 'authorizedToReleaseCredentialPassword', false)
  const proxyGrantingTicket = flagOf(members, 'authorizedToReleaseProxyGrantingTicket', false)
  const encrypt = password || proxyGrantingTicket ? secretEncryption() : undefined
  if (!encrypt) return undefined
  return { ...(password ? { password: encrypt } : {}), ...(proxyGrantingTicket ? { proxyGrantingTicket: encrypt } : {}) }
}

/** Keeps what is needed of ten thousand definitions, and nothing of what read them. */
class Release implements AttributeRelease {
  readonly authenticationAttributes: boolean
  readonly #parts: ReleaseParts

  constructor(authenticationAttributes: boolean, parts: ReleaseParts) {
    this.authenticationAttributes = authenticationAttributes
    this.#parts = parts
  }

  async attributesFor(given: ReleaseRequest, username: (released: Attributes) => Promise<string>): Promise<Attributes> {
    const { policy, isActive, defaults, idAttribute, sources } = this.#parts
    if (isActive && !(await isActive(given.principal))) return {}
    const principal = sources ? { ...given.principal, attributes: await sources.attributesOf(given.principal) } : given.principal
    const request = { ...given, principal }
    const available = new AvailableAttributes(principal.attributes)
    const released: Released = new Map()
    for (const name of defaults) {
      const values = available.get(name)
      if (values) released.set(name, values)
    }
    for (const [name, values] of await policy.select(available, request)) put(released, name, values)
    if (idAttribute !== undefined && nameIn(released, idAttribute) === undefined) {
      released.set(idAttribute, [await username(await this.#finish(new Map(released)))])
    }
    return this.#finish(released)
  }

  sealedFor(principal: Principal): SealedRelease | undefined | Promise<SealedRelease | undefined> {
    const { sealed, isActive } = this.#parts
    if (!sealed || !isActive) return sealed
    return Promise.resolve(isActive(principal)).then((active) => (active ? sealed : undefined))
  }

  /** A filter has the last word: what passes it is not rewritten any more. */
  async #finish(released: Released): Promise<Attributes> {
    const { filter, canonicalize } = this.#parts
    return Object.fromEntries(filter ? await filter.apply(released) : canonicalize(released))
  }
}

function policyOf(members: Members, context: ReleaseContext): ReleasePolicy {
  const plug = byType.get(classOf(members))
  const order = integerOf(members, 'order') ?? 0
  if (!plug) {
    context.report(
      'error',
      `the attribute release policy ${classOf(members)} is not built here; it releases nothing`,
      'attributeReleasePolicy',
    )
    return { order, deniesAll: false, select: () => new Map() }
  }
  return { order, deniesAll: plug.deniesAll ?? false, select: plug.build(members, context) }
}

/** In a chain every policy has its own activation and its own filter. */
function nestedPolicyOf(members: Members, context: ReleaseContext): ReleasePolicy {
  const policy = policyOf(members, context)
  const activationMembers = objectOf(members, 'activationCriteria')
  const isActive = activationMembers ? releaseActivationOf(activationMembers, context) : undefined
  const filterMembers = objectOf(members, 'attributeFilter')
  const filter = filterMembers && valueFilterOf(filterMembers, context)
  const canonicalize = canonicalization(members)
  return {
    ...policy,
    async select(available, request) {
      const seen = { id: request.principal.id, attributes: Object.fromEntries(available.entries()) }
      if (isActive && !(await isActive(seen))) return new Map()
      const released = await policy.select(available, request)
      return filter ? filter.apply(released) : canonicalize(released)
    },
  }
}

const NO_NAMES: readonly string[] = Object.freeze([])
const asTheyAre = (released: Released): Released => released

function canonicalization(members: Members): (released: Released) => Released {
  const mode = choiceOf(members, 'canonicalizationMode', ['NONE', 'UPPER', 'LOWER'], 'NONE')
  if (mode === 'NONE') return asTheyAre
  const change = (value: AttributeValue) =>
    typeof value !== 'string' ? value : mode === 'UPPER' ? value.toUpperCase() : value.toLowerCase()
  return (released) => new Map([...released].map(([name, values]) => [name, values.map(change)]))
}
