import type { Group, Node } from '../../src/base/schema.ts'

/** Settings by their dotted names in camelCase, as a file would have them; everything else at its default. */
export type Overrides = Readonly<Record<string, unknown>>

/** Settings as a room gets them, without the configuration room. */
export function settingsOf<T>(node: Group, overrides: Overrides, path = ''): T {
  const read = (child: Node, name: string): unknown => {
    const key = path === '' ? name : `${path}.${name}`
    if (key in overrides) return overrides[key]
    switch (child.kind) {
      case 'property':
        return child.fallback
      case 'group':
        return settingsOf(child, overrides, key)
      case 'list':
        return []
      case 'map':
        return {}
    }
  }
  return Object.fromEntries(Object.entries(node.shape as Record<string, Node>).map(([name, child]) => [name, read(child, name)])) as T
}
