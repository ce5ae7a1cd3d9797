import type { Group, Node, Property } from '../base/schema.ts'
import { below, kebab, uniform } from './names.ts'

export interface Merged {
  readonly schema: Group
  /** Settings that two rooms declare, and not alike: mistakes of ours, which a test keeps out. The first declaration holds. */
  readonly conflicts: readonly string[]
}

/** Puts the groups of all rooms together into one tree. Several rooms may read one setting, but all must say the same of it. */
export function mergeGroups(groups: readonly Group[]): Merged {
  const conflicts: string[] = []
  const merge = (one: Node, other: Node, path: string): Node => {
    if (one.kind === 'group' && other.kind === 'group') return { kind: 'group', shape: mergeShapes(one, other, path) }
    if (one.kind === 'list' && other.kind === 'list') {
      return { ...one, element: { kind: 'group', shape: mergeShapes(one.element, other.element, `${path}[*]`) } }
    }
    if (one.kind === 'map' && other.kind === 'map') {
      return { ...one, value: merge(one.value, other.value, `${path}.*`) as Property<unknown> | Group }
    }
    if (one.kind !== 'property' || other.kind !== 'property' || facts(one) !== facts(other)) conflicts.push(path)
    return one
  }
  const mergeShapes = (one: Group, other: Group, path: string): Readonly<Record<string, Node>> => {
    const shape: Record<string, Node> = { ...one.shape }
    const names = new Map(Object.keys(shape).map((name) => [uniform(name), name]))
    for (const [name, node] of Object.entries(other.shape as Readonly<Record<string, Node>>)) {
      const known = names.get(uniform(name))
      if (known !== undefined && known !== name) conflicts.push(below(path, kebab(name)))
      const mine = shape[name]
      shape[name] = mine ? merge(mine, node, below(path, kebab(name))) : node
    }
    return shape
  }
  const schema = groups.reduce<Node>((merged, next) => merge(merged, next, ''), { kind: 'group', shape: {} })
  return { schema: schema as Group, conflicts }
}

/** What two declarations of one setting must have in common; each room may describe it from its own side. */
function facts(property: Property<unknown>): string {
  const { secret, formerly } = property.facts
  return JSON.stringify([
    property.type,
    // `undefined` is the mark of an optional setting; null would be lost in JSON.
    property.fallback ?? '\u0000',
    property.fallbackText ?? '',
    property.choices ?? [],
    secret ?? false,
    [...(formerly ?? [])].sort(),
  ])
}
