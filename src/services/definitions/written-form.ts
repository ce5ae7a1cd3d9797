import type { Json } from '../../base/json.ts'
import { withoutDefaults } from './defaults.ts'
import { isObject, type Members } from './members.ts'

/** These come first, in this order; the rest follows by name. */
const FIRST = ['@class', 'serviceId', 'name', 'id']

/** Members that CAS declares as sets, with the class it writes for them. Any other list is an `ArrayList`. */
const SETS: Readonly<Record<string, string>> = {
  requiredHandlers: 'java.util.HashSet',
  environments: 'java.util.HashSet',
  supportedProtocols: 'java.util.HashSet',
  supportedGrantTypes: 'java.util.HashSet',
  supportedResponseTypes: 'java.util.HashSet',
  scopes: 'java.util.HashSet',
  values: 'java.util.HashSet',
  multifactorAuthenticationProviders: 'java.util.LinkedHashSet',
  requiredAuthenticationHandlers: 'java.util.TreeSet',
  excludedAuthenticationHandlers: 'java.util.TreeSet',
  excludedAttributes: 'java.util.LinkedHashSet',
  includeOnlyAttributes: 'java.util.LinkedHashSet',
}
/** Maps whose values are sets. */
const MAPS_OF_SETS = new Set(['requiredAttributes', 'rejectedAttributes'])
/** Maps; any other object has an `@class` of its own or a natural one. */
const MAPS = new Set([
  ...MAPS_OF_SETS,
  ...['properties', 'allowedAttributes', 'headers', 'patterns', 'environmentVariables', 'systemProperties', 'userAgents', 'ipAddresses'],
])

/** What is written of a definition: its members, and what was made of its class and its id. */
export interface Written {
  /** Collections unwrapped, as definitions are kept in memory. */
  readonly definition: Members
  /** What its file has, where that is less; it is written in place of the whole. */
  readonly stored?: Members | undefined
  readonly className: string
  /** Java's `long` in digits, written as the number it is. */
  readonly id: string
}

/**
 * A definition as CAS can read it again (services.md 6.1): strict JSON, the classes of Java's collections put back, defaults left out, members that are
 * not known here kept.
 *
 * @param indent Blanks of each level; 0: all in one line.
 */
export function writtenForm(service: Written, indent = 2): string {
  const form = Object.entries(writtenMembers(service)).map(([name, value]) => [name, typedForm(value, name)])
  return JSON.stringify(Object.fromEntries([...form, ['id', exactNumber(service.id)]]), undefined, indent) + (indent > 0 ? '\n' : '')
}

/** What is written, in its order, collections plain; the id as text. */
export function writtenMembers({ definition, stored = definition, className, id }: Written): Members {
  const members: Members = { ...withoutDefaults(stored, className), id }
  const names = Object.keys(members).filter((name) => !FIRST.includes(name))
  return Object.fromEntries([...FIRST.filter((name) => name in members), ...names.sort()].map((name) => [name, members[name] ?? null]))
}

/** Java's numbers have 64 bits, of which JavaScript's would lose some. The function came to JavaScript after the types we compile with. */
export const exactNumber = (digits: string): Json => (JSON as unknown as { rawJSON(text: string): Json }).rawJSON(String(BigInt(digits)))

/** A value with the classes of Java's collections put back. @param name Of the member that it stands in. */
export const typedForm = (value: Json, name: string): Json => (name === 'id' ? value : typed(value, name))

function typed(value: Json, name: string, mapName?: string): Json {
  if (Array.isArray(value)) {
    const list = (value as readonly Json[]).map((element) => typed(element, ''))
    const className = (mapName !== undefined && MAPS_OF_SETS.has(mapName) ? 'java.util.HashSet' : SETS[name]) ?? 'java.util.ArrayList'
    return [className, list]
  }
  if (!isObject(value)) return value
  const isMap = !('@class' in value) && MAPS.has(name)
  const entries = Object.entries(value).map(([key, member]) => [key, isMap ? typed(member, '', name) : typed(member, key)])
  return { ...(isMap ? { '@class': 'java.util.TreeMap' } : {}), ...Object.fromEntries(entries) } as Json
}
