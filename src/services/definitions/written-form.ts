import type { Json } from '../../base/json.ts'
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

/**
 * A definition as CAS can read it again (services.md 6.1): strict JSON with two blanks, the classes of Java's collections put back. Members that are not
 * there are not invented, so that defaults stay defaults; members that are not known here are kept.
 *
 * @param definition Collections unwrapped, as definitions are kept in memory.
 * @param id Java's `long` in digits, written as the number it is.
 */
export function writtenForm(definition: Members, { className, id }: { readonly className: string; readonly id: string }): string {
  const names = Object.keys(definition).filter((name) => !FIRST.includes(name))
  const ordered = [...FIRST.filter((name) => name in definition), ...names.sort()]
  const head = { '@class': className }
  const members = ordered.filter((name) => name !== '@class' && name !== 'id').map((name) => [name, typed(definition[name] ?? null, name)])
  const form = { ...head, ...Object.fromEntries(members) } as Record<string, Json>
  const text = JSON.stringify(form, undefined, 2)
  // JavaScript's numbers would round an id of 64 bits.
  const entry = `  "id": ${BigInt(id)}`
  const lines = text.split('\n')
  const at = lines.findIndex((line) => line.startsWith('  "name": '))
  const line = lines[at] ?? ''
  lines.splice(at, 1, line.endsWith(',') ? `${line}\n${entry},` : `${line},\n${entry}`)
  return `${lines.join('\n')}\n`
}

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
