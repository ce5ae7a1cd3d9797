import { type Catalogue, findInCatalogue, isCurrent } from './catalogue.ts'
import { type Element, kebab, parseKey, uniformPath } from './names.ts'

/**
 * Names that CAS has moved and whose settings have no effect here, old before new (configuration.md 7.4). What has an effect says its old names itself, by
 * `formerly` in the `config.ts` of its room. `*` stands for one part, the same on both sides; several new names: the value goes to each.
 */
const MOVED: readonly (readonly [oldName: string, ...newNames: string[]])[] = [
  ['cas.acceptable-usage-policy.scope', 'cas.acceptable-usage-policy.in-memory.scope'],
  ['cas.audit.alternate-server-addr-header-name', 'cas.audit.engine.alternate-server-addr-header-name'],
  ['cas.audit.app-code', 'cas.audit.engine.app-code'],
  ['cas.audit.ignore-audit-failures', 'cas.audit.engine.ignore-audit-failures'],
  ['cas.audit.include-validation-assertion', 'cas.audit.engine.include-validation-assertion'],
  ['cas.audit.number-of-days-in-history', 'cas.audit.engine.number-of-days-in-history'],
  ['cas.audit.use-server-host-address', 'cas.audit.engine.use-server-host-address'],
  ['cas.authn.mfa.session-attribute', 'cas.authn.mfa.triggers.http.session-attribute'],
  ['cas.authn.oidc.jwks-file', 'cas.authn.oidc.jwks.file-system.jwks-file'],
  ['cas.authn.mfa.trusted.device-fingerprint.component-separator', 'cas.authn.mfa.trusted.device-fingerprint.core.component-separator'],
  ['cas.authn.pac4j.principal-attribute-id', 'cas.authn.pac4j.core.principal-id-attribute'],
  ['cas.authn.pac4j.replicate-sessions', 'cas.authn.pac4j.core.session-replication.replicate-sessions'],
  ['cas.authn.pac4j.*.principal-attribute-id', 'cas.authn.pac4j.*.principal-id-attribute'],
  ['cas.authn.pac4j.*.auto-redirect', 'cas.authn.pac4j.*.auto-redirect-type'],
  ['cas.authn.pac4j.*.use-path-based-callback-url', 'cas.authn.pac4j.*.callback-url-type'],
  ['cas.authn.passwordless.tokens.expire-in-seconds', 'cas.authn.passwordless.tokens.core.expiration'],
  ['cas.authn.surrogate.separator', 'cas.authn.surrogate.core.separator'],
  ['cas.events.track-configuration-modifications', 'cas.events.core.track-configuration-modifications'],
  ['cas.events.track-geolocation', 'cas.events.core.track-geolocation'],
  ['cas.http-client.read-timeout', 'cas.http-client.response-timeout', 'cas.http-client.socket-timeout'],
  ['cas.maxmind.city-database', 'cas.geo-location.maxmind.city-database'],
  ['cas.maxmind.country-database', 'cas.geo-location.maxmind.country-database'],
  ['cas.service-registry.management-type', 'cas.service-registry.core.management-type'],
]

/** Where the new name means the same in other words: the value of the old name, in lower case, and that of the new one. */
const MOVED_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'auto-redirect-type': { true: 'CLIENT', false: 'NONE' },
  'callback-url-type': { true: 'PATH_PARAMETER', false: 'QUERY_PARAMETER' },
}

/** The value as the name of today wants it. */
export function valueOfToday(name: string, value: string): string {
  return MOVED_VALUES[name.slice(name.lastIndexOf('.') + 1)]?.[value.trim().toLowerCase()] ?? value
}

const pathOf = (name: string) => parseKey(name) ?? []
const plain = new Map(MOVED.filter(([old]) => !old.includes('*')).map(([old, ...now]) => [uniformPath(pathOf(old)), now]))
const patterns = MOVED.filter(([old]) => old.includes('*')).map(([old, ...now]) => ({ path: pathOf(old), now }))

/**
 * The names of today of a setting that has no effect here: out of the table, else CAS's own pointer, else the same name with `core` before its last part,
 * which is how CAS 6.4 moved most of them.
 *
 * @returns Nothing when the name is one of today, or when nobody knows a better one.
 */
export function namesOfToday(catalogue: Catalogue, path: readonly Element[]): readonly string[] {
  const fromTable = plain.get(uniformPath(path)) ?? matching(path)
  if (fromTable) return fromTable
  const found = catalogue.find(path)
  if (found?.replacement !== undefined) {
    // Some pointers lead to a name that has moved again.
    const next = namesOfToday(catalogue, pathOf(found.replacement))
    return next.length > 0 ? next : [withIndices(found.replacement, path)]
  }
  if (found && isCurrent(found) && found.last === '7.3') return becameList(found.name, path)
  const moved = path.map((one) => one.text)
  moved.splice(lastName(path), 0, 'core')
  const target = findInCatalogue(catalogue, moved.join('.'))
  return target?.last === '7.3' && target.name.includes('.core.') ? [withIndices(target.name, path)] : []
}

/** One object where CAS now has a list: `cas.authn.rest.uri` is `cas.authn.rest[0].uri`. */
function becameList(name: string, path: readonly Element[]): readonly string[] {
  const isIndexed = path.some((one) => one.index !== undefined)
  return name.includes('[0]') && !name.includes('[key]') && !name.endsWith('.*') && !isIndexed ? [name] : []
}

/** Place of the last part that is no place in a list. */
function lastName(path: readonly Element[]): number {
  return path.findLastIndex((one) => one.index === undefined)
}

/** The name with the places in lists, and the map key, that were written. */
export function withIndices(name: string, path: readonly Element[]): string {
  const indices = path.flatMap((one) => one.index ?? [])
  let at = 0
  const filled = name.replace(/\[0\]/g, () => `[${indices[at++] ?? 0}]`)
  const rest = indices.slice(at).map((index) => `[${index}]`)
  return filled.endsWith('.*') ? `${filled.slice(0, -2)}.${path.at(-1)?.text ?? ''}` : `${filled}${rest.join('')}`
}

function matching(path: readonly Element[]): readonly string[] | undefined {
  const places = [...path.keys()].filter((at) => path[at]?.index === undefined)
  const nameAt = (at: number) => path[places[at] ?? -1]
  for (const pattern of patterns) {
    if (places.length !== pattern.path.length) continue
    if (!pattern.path.every((one, at) => one.text === '*' || one.uniform === nameAt(at)?.uniform)) continue
    const star = pattern.path.findIndex((one) => one.text === '*')
    const next = path[(places[star] ?? -1) + 1]
    const written = kebab(nameAt(star)?.text ?? '') + (next?.index === undefined ? '' : `[${next.index}]`)
    return pattern.now.map((name) => name.replace('*', written))
  }
  return undefined
}
