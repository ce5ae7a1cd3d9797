import { isDeepStrictEqual } from 'node:util'
import type { Group, Node } from '../base/schema.ts'
import { below, kebab } from './names.ts'
import { properties } from './schema-walk.ts'

/** What another configuration changes in one that is in force. */
export interface CarriedOver {
  /** The new settings, with those of the old that only a restart can change. */
  readonly settings: unknown
  /** Settings that are others now, kebab-case, sorted; also those that wait for a restart. */
  readonly changed: readonly string[]
  /** Those that wait for a restart. */
  readonly restartRequired: readonly string[]
}

/**
 * Compares two trees of settings along their schema (configuration.md 12). A list of groups, or a map, is taken as a whole: it waits for a restart when a
 * part of its elements does.
 */
export function carryOver(schema: Group, before: unknown, after: unknown): CarriedOver {
  const changed: string[] = []
  const restartRequired: string[] = []
  const visit = (node: Node, old: unknown, now: unknown, path: string): unknown => {
    if (node.kind === 'group') {
      const [olds, nows] = [old as Readonly<Record<string, unknown>>, now as Readonly<Record<string, unknown>>]
      const shape = node.shape as Readonly<Record<string, Node>>
      return Object.fromEntries(
        Object.entries(shape).map(([name, child]) => [name, visit(child, olds[name], nows[name], below(path, kebab(name)))]),
      )
    }
    if (isDeepStrictEqual(old, now)) return now
    changed.push(path)
    if (!properties(node).some(({ property }) => property.facts.restart)) return now
    restartRequired.push(path)
    return old
  }
  const settings = visit(schema, before, after, '')
  return { settings, changed: changed.sort(), restartRequired: restartRequired.sort() }
}
