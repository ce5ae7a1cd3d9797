import type { Group, Node, Property } from '../base/schema.ts'
import { below, type Element, kebab, mapKey, parseKey, uniform } from './names.ts'

/** A property with its canonical name; `[*]` stands for any place in a list, `*` for any key of a map. */
export interface NamedProperty {
  readonly name: string
  readonly property: Property<unknown>
}

/** Every property of a schema, in the order of declaration. */
export function properties(schema: Node, path = ''): readonly NamedProperty[] {
  switch (schema.kind) {
    case 'property':
      return [{ name: path, property: schema }]
    case 'group':
      return Object.entries(schema.shape as Readonly<Record<string, Node>>).flatMap(([name, child]) =>
        properties(child, below(path, kebab(name))),
      )
    case 'list':
      return properties(schema.element, `${path}[*]`)
    case 'map':
      return properties(schema.value, `${path}.*`)
  }
}

interface Child {
  /** As the schema has it. */
  readonly declared: string
  /** The kebab spelling. */
  readonly name: string
  readonly node: Node
}
const childMaps = new WeakMap<object, ReadonlyMap<string, Child>>()

/** The children of a group by the uniform form of their names. */
export function childrenOf(group: Group): ReadonlyMap<string, Child> {
  let children = childMaps.get(group)
  if (!children) {
    const shape = group.shape as Readonly<Record<string, Node>>
    children = new Map(Object.entries(shape).map(([name, node]) => [uniform(name), { declared: name, name: kebab(name), node }]))
    childMaps.set(group, children)
  }
  return children
}

const known = new WeakMap<Group, readonly FormerName[]>()

/** A complete name of an earlier version and the name that took its place; `*` and `[*]` in both stand for the same. */
export interface FormerName {
  readonly oldName: string
  readonly newName: string
}

export function formerNames(schema: Group): readonly FormerName[] {
  let names = known.get(schema)
  if (!names) {
    names = properties(schema).flatMap(({ name, property }) =>
      (property.facts.formerly ?? []).map((oldName) => ({ oldName, newName: name })),
    )
    known.set(schema, names)
  }
  return names
}

export interface Found {
  readonly property: Property<unknown>
  /** Canonical, with the indices and map keys that were asked for. */
  readonly name: string
}

/** The property that a key names in any relaxed spelling. */
export function find(schema: Node, path: readonly Element[]): Found | undefined {
  const property = propertyAt(schema, path)
  return property && { property, name: canonicalName(schema, path) }
}

/** The same without its name, which thousands of keys are never asked for. */
export function propertyAt(schema: Node, path: readonly Element[], at = 0): Property<unknown> | undefined {
  const next = path[at]
  if (schema.kind === 'property') {
    // A list where one value is expected is no unknown setting: binding says what is wrong with it.
    return !next || (at === path.length - 1 && next.index !== undefined) ? schema : undefined
  }
  if (schema.kind === 'list') return propertyAt(schema.element, path, next?.index === undefined ? at : at + 1)
  if (!next) return undefined
  if (schema.kind === 'map') return schema.value.kind === 'property' ? schema.value : propertyAt(schema.value, path, at + 1)
  const child = childrenOf(schema).get(next.uniform)
  return child && propertyAt(child.node, path, at + 1)
}

function canonicalName(schema: Node, path: readonly Element[], at = 0, name = ''): string {
  const next = path[at]
  if (schema.kind === 'list') {
    return next?.index === undefined
      ? canonicalName(schema.element, path, at, `${name}[0]`)
      : canonicalName(schema.element, path, at + 1, `${name}[${next.index}]`)
  }
  if (!next) return name
  if (schema.kind === 'property') return `${name}[${next.index}]`
  if (schema.kind === 'group') {
    const child = childrenOf(schema).get(next.uniform)
    return child ? canonicalName(child.node, path, at + 1, below(name, child.name)) : name
  }
  if (schema.value.kind !== 'property') return canonicalName(schema.value, path, at + 1, mapKey(name, next.text))
  // The key of a map of plain values may hold dots.
  const last = path.at(-1)
  const indexed = schema.value.type === 'texts' && path.length - at > 1 && last?.index !== undefined
  const key = path.slice(at, indexed ? -1 : undefined)
  const text = mapKey(name, key.map((one) => one.text).join('.'))
  return indexed ? `${text}[${last?.index}]` : text
}

/** `find` for a key as written. */
export function findKey(schema: Group, key: string): Found | undefined {
  const path = parseKey(key)
  return path ? find(schema, path) : undefined
}
