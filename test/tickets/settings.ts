import type { Infer, Node, Property } from '../../src/base/schema.ts'
import { type TicketsConfig, ticketsConfig } from '../../src/tickets/index.ts'

const plain = (name: string) => name.replaceAll('-', '').toLowerCase()

/** The settings of the room with their defaults, and the given ones by their names as people write them. */
export function ticketSettings(given: Readonly<Record<string, string>> = {}): TicketsConfig {
  const left = new Map(Object.entries(given).map(([name, value]) => [plain(name), value]))
  const read = (node: Node, path: string): unknown => {
    if (node.kind === 'group') {
      const entries = Object.entries(node.shape as Record<string, Node>)
      return Object.fromEntries(entries.map(([name, child]) => [name, read(child, path === '' ? plain(name) : `${path}.${plain(name)}`)]))
    }
    if (node.kind === 'list') return []
    if (node.kind === 'map') return {}
    const property = node as Property<unknown>
    const value = left.get(path)
    left.delete(path)
    return value === undefined ? property.fallback : property.read(value)
  }
  const settings = read(ticketsConfig, '') as Infer<typeof ticketsConfig>
  if (left.size > 0) throw new Error(`no such setting: ${[...left.keys()].join(', ')}`)
  return settings
}
