import type { Node, Pattern } from './ast.ts'

/**
 * Whether every back-reference comes after a group that has surely taken part. Where it has not, Java's reference fails and JavaScript's matches
 * the empty text, so such a pattern is not translated.
 */
export function referencesAreSure(pattern: Pattern): boolean {
  return walk(pattern.root, new Set()) !== undefined
}

/** @returns the groups that are set after the node; `undefined` when a reference is not sure. */
function walk(node: Node, before: ReadonlySet<number>): ReadonlySet<number> | undefined {
  switch (node.kind) {
    case 'char':
    case 'set':
    case 'anchor':
      return before
    case 'reference':
      return before.has(node.group) ? before : undefined
    case 'group': {
      const after = walk(node.body, before)
      return after && new Set([...after, node.number])
    }
    case 'atomic':
      return walk(node.body, before)
    case 'look': {
      const after = walk(node.body, before)
      return after && (node.negative ? before : after)
    }
    case 'repeat': {
      const after = walk(node.body, before)
      return after && (node.min === 0 ? before : after)
    }
    case 'sequence': {
      let set: ReadonlySet<number> | undefined = before
      for (const item of node.items) {
        set = walk(item, set)
        if (!set) return undefined
      }
      return set
    }
    case 'choice': {
      let common: ReadonlySet<number> | undefined
      for (const option of node.options) {
        const after = walk(option, before)
        if (!after) return undefined
        common = common === undefined ? after : new Set([...common].filter((group) => after.has(group)))
      }
      return common ?? before
    }
  }
}
