import type { Beginning, JavaRegex } from '../../base/java-regex.ts'
import type { AccessStrategy } from '../access/index.ts'
import type { AttributeRelease } from '../attribute-release/index.ts'
import type { RegisteredService } from '../registered-service.ts'
import type { UsernameProvider } from '../username/index.ts'
import { isObject, type Members, textList } from './members.ts'

/** How the URL of a request is compared with a definition (services.md 8.2). */
export type Matching =
  | {
      readonly kind: 'regex'
      readonly regex: JavaRegex
      /** What the URLs begin with, for the index; `undefined`: with anything. */
      readonly beginnings: readonly Beginning[] | undefined
    }
  | { readonly kind: 'literal'; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: 'prefix'; readonly text: string }
  /** A pattern that cannot be used, or a protocol that no `service` parameter belongs to. */
  | { readonly kind: 'never' }

export interface Expiration {
  readonly atMs: number
  /** As the file has it, for the log. */
  readonly date: string
  readonly deleteWhenExpired: boolean
  readonly notifyWhenExpired: boolean
  readonly notifyWhenDeleted: boolean
}

/** A definition with all that follows from it; the rest of the server sees the `RegisteredService` in it. */
export interface LoadedService extends RegisteredService {
  readonly matching: Matching
  /** For OAuth clients: which addresses answers may be sent to. */
  readonly redirects: Matching
  readonly access: AccessStrategy
  readonly release: AttributeRelease
  /** `undefined`: the application is closed. */
  readonly username: UsernameProvider | undefined
  readonly expiration: Expiration | undefined
  readonly environments: readonly string[]
}

/** Of those definitions that somebody asked for a property. */
const propertiesKnown = new WeakMap<Members, ReadonlyMap<string, readonly string[]>>()

/** What every service answers by its definition: one pair of functions for all, ten thousand definitions have none of their own. */
export const PROPERTY_METHODS: Pick<RegisteredService, 'property' | 'flag'> = {
  property(this: RegisteredService, name) {
    let properties = propertiesKnown.get(this.definition)
    if (!properties) {
      properties = propertiesOf(this.definition)
      propertiesKnown.set(this.definition, properties)
    }
    return properties.get(name.toLowerCase()) ?? NO_VALUES
  },
  flag(this: RegisteredService, name, fallback) {
    const value = this.property(name).find((each) => each.trim() !== '')
    return value === undefined ? fallback : /^(true|yes|on|y|t|1)$/i.test(value.trim())
  },
}

const NO_VALUES: readonly string[] = Object.freeze([])

/** Whether a service came out of this room, as all do that `find` and `byId` give. */
function isLoaded(service: RegisteredService): service is LoadedService {
  return 'matching' in service && 'access' in service && 'release' in service
}

/** What this room made of a service that others hand back to it. */
export function own(service: RegisteredService): LoadedService {
  if (isLoaded(service)) return service
  throw new Error('a registered service that this registry did not hand out')
}

/** Folds ASCII letters only, so that index and comparison agree. */
export const asciiLowerCase = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** Whether a definition takes a URL. */
export function matches(matching: Matching, url: string): boolean {
  switch (matching.kind) {
    case 'regex':
      return matching.regex.test(url)
    case 'literal':
      return matching.ignoreCase ? asciiLowerCase(matching.text) === asciiLowerCase(url) : matching.text === url
    case 'prefix':
      return asciiLowerCase(url.slice(0, matching.text.length)) === asciiLowerCase(matching.text)
    case 'never':
      return false
  }
}

const NONE: ReadonlyMap<string, readonly string[]> = new Map()

function propertiesOf(definition: Members): ReadonlyMap<string, readonly string[]> {
  const properties = definition['properties']
  if (!isObject(properties)) return NONE
  const found = new Map<string, readonly string[]>()
  for (const [name, property] of Object.entries(properties)) {
    if (name !== '@class' && isObject(property)) found.set(name.toLowerCase(), textList(property['values'], name))
  }
  return found
}
