import type { Node } from './ast.ts'
import { EVERYTHING, NOTHING, overlap, type Ranges, ranges, union } from './char-set.ts'

/**
 * How many ways a backtracking engine can have of reading a text of length n, at most: `factor * n ** degree`; an infinite factor means that
 * nothing but an exponential bound could be shown.
 */
export interface Cost {
  readonly factor: number
  readonly degree: number
}

const ONE: Cost = { factor: 1, degree: 0 }
const EXPONENTIAL: Cost = { factor: Number.POSITIVE_INFINITY, degree: 0 }

/**
 * Bounds the ways of matching `root`.
 *
 * A choice costs nothing where the next character decides it: the branches that are not taken die at once. `follow` is the set of characters that
 * may come after a node. What is repeated must be free of choices of its own; then a repetition has as many ways as it has places to stop.
 */
export function costOf(root: Node): Cost {
  return cost(root, NOTHING)
}

function cost(node: Node, follow: Ranges): Cost {
  switch (node.kind) {
    case 'char':
    case 'set':
    case 'anchor':
    case 'reference':
      return ONE
    case 'group':
    case 'atomic':
      return cost(node.body, follow)
    case 'look':
      return cost(node.body, EVERYTHING)
    case 'sequence':
      return sequenceCost(node.items, follow)
    case 'choice':
      return choiceCost(node.options, follow)
    case 'repeat':
      return repeatCost(node, follow)
  }
}

function sequenceCost(items: readonly Node[], follow: Ranges): Cost {
  let total = ONE
  let after = follow
  for (const item of items.toReversed()) {
    total = times(total, cost(item, after))
    after = firstThen(item, after)
  }
  return total
}

function choiceCost(options: readonly Node[], follow: Ranges): Cost {
  const costs = options.map((option) => cost(option, follow))
  const degree = Math.max(...costs.map((each) => each.degree))
  let seen: Ranges = NOTHING
  let decided = true
  for (const option of options) {
    const first = firstThen(option, follow)
    if (overlap(seen, first)) decided = false
    seen = union(seen, first)
  }
  const factors = costs.map((each) => each.factor)
  return { factor: decided ? Math.max(...factors) : factors.reduce((sum, factor) => sum + factor, 0), degree }
}

function repeatCost({ body, min, max }: Extract<Node, { kind: 'repeat' }>, follow: Ranges): Cost {
  if (max === 0) return ONE
  const first = firstOf(body)
  const inner = cost(body, max > 1 ? union(first.set, follow) : follow)
  if (max > 1 && first.nullable) return EXPONENTIAL
  const decided = !overlap(first.set, follow) && !first.nullable
  if (max === 1) return decided || min === 1 ? inner : { factor: inner.factor + 1, degree: inner.degree }
  if (inner.factor > 1 || inner.degree > 0) {
    return max <= 4 ? { factor: (inner.factor + 1) ** max, degree: inner.degree * max } : EXPONENTIAL
  }
  if (decided || min === max) return ONE
  return max === Number.POSITIVE_INFINITY ? { factor: 1, degree: 1 } : { factor: max - min + 1, degree: 0 }
}

const times = (one: Cost, other: Cost): Cost => ({ factor: one.factor * other.factor, degree: one.degree + other.degree })

/** Characters with which a match of the node, or of what follows an empty match of it, can begin. */
function firstThen(node: Node, follow: Ranges): Ranges {
  const first = firstOf(node)
  return first.nullable ? union(first.set, follow) : first.set
}

interface First {
  readonly set: Ranges
  readonly nullable: boolean
}

const memory = new WeakMap<Node, First>()

function firstOf(node: Node): First {
  const known = memory.get(node)
  if (known) return known
  const first = computeFirst(node)
  memory.set(node, first)
  return first
}

function computeFirst(node: Node): First {
  switch (node.kind) {
    case 'char':
      return { set: charRanges(node.code, node.fold), nullable: false }
    case 'set':
      return { set: node.properties.length > 0 ? EVERYTHING : node.ranges, nullable: false }
    case 'anchor':
    case 'look':
      return { set: NOTHING, nullable: true }
    case 'reference':
      return { set: EVERYTHING, nullable: true }
    case 'group':
    case 'atomic':
      return firstOf(node.body)
    case 'repeat': {
      const body = firstOf(node.body)
      return { set: node.max === 0 ? NOTHING : body.set, nullable: node.min === 0 || body.nullable }
    }
    case 'choice': {
      const options = node.options.map(firstOf)
      return { set: options.reduce((set, each) => union(set, each.set), NOTHING), nullable: options.some((each) => each.nullable) }
    }
    case 'sequence': {
      let set: Ranges = NOTHING
      for (const item of node.items) {
        const first = firstOf(item)
        set = union(set, first.set)
        if (!first.nullable) return { set, nullable: false }
      }
      return { set, nullable: true }
    }
  }
}

function charRanges(code: number, fold: boolean): Ranges {
  return fold ? ranges([code, code], [code ^ 32, code ^ 32]) : [[code, code]]
}
