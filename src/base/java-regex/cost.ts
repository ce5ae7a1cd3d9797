import type { Node } from './ast.ts'
import { EVERYTHING, NOTHING, overlap, type Ranges, ranges, union } from './char-set.ts'

/**
 * How many ways a backtracking engine can have of reading a text of length n, at most: `factor * n ** degree`; an infinite factor means that
 * nothing but an exponential bound could be shown. `side` is the degree of the steps inside a look-around or an atomic group, which are taken each
 * time it is reached and then forgotten.
 */
export interface Cost {
  readonly factor: number
  readonly degree: number
  readonly side: number
}

const ONE: Cost = { factor: 1, degree: 0, side: 0 }
const EXPONENTIAL: Cost = { factor: Number.POSITIVE_INFINITY, degree: 0, side: 0 }

/**
 * The longest text that is read within a number of steps; 0 when only an exponential bound is known.
 *
 * @param starts 1 when a match may begin anywhere, else 0.
 */
export function lengthWithin(steps: number, { factor, degree, side }: Cost, starts: 0 | 1): number {
  if (factor === Number.POSITIVE_INFINITY) return 0
  return Math.floor((steps / factor) ** (1 / (degree + starts + Math.max(1, side))))
}

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
      return cost(node.body, follow)
    case 'atomic':
    case 'look':
      return aside(cost(node.body, EVERYTHING))
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
  /** A place without a choice; with which characters it begins is computed only when somebody before it wants to know. */
  let plain: Node | undefined
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i] as Node
    if (item.kind === 'char' || item.kind === 'set') {
      plain = item
      continue
    }
    if (item.kind === 'anchor') continue
    if (plain) after = firstOf(plain).set
    plain = undefined
    total = times(total, cost(item, after))
    after = firstThen(item, after)
  }
  return total
}

/** Each item is looked at once: groups may be nested deep. */
function firstOfItems(items: readonly Node[], from: number): First {
  let set: Ranges = NOTHING
  for (let i = from; i < items.length; i++) {
    const first = firstOf(items[i] as Node)
    set = union(set, first.set)
    if (!first.nullable) return { set, nullable: false }
  }
  return { set, nullable: true }
}

function choiceCost(options: readonly Node[], follow: Ranges): Cost {
  const costs = options.map((option) => cost(option, follow))
  const factors = costs.map((each) => each.factor)
  const decided = areDisjoint(options.map((option) => firstThen(option, follow)))
  return {
    factor: decided ? Math.max(...factors) : factors.reduce((sum, factor) => sum + factor, 0),
    degree: Math.max(...costs.map((each) => each.degree)),
    side: Math.max(...costs.map((each) => each.side)),
  }
}

function areDisjoint(sets: readonly Ranges[]): boolean {
  const sorted = sets.flat().sort((one, other) => one[0] - other[0])
  return sorted.every((range, index) => index === 0 || range[0] > (sorted[index - 1]?.[1] ?? 0))
}

function repeatCost({ body, min, max, mode }: Extract<Node, { kind: 'repeat' }>, follow: Ranges): Cost {
  if (max === 0) return ONE
  if (mode === 'possessive') return aside(repeatCost({ kind: 'repeat', body, min, max, mode: 'greedy' }, EVERYTHING))
  const first = firstOf(body)
  const inner = cost(body, max > 1 ? union(first.set, follow) : follow)
  if (max > 1 && first.nullable) return EXPONENTIAL
  const decided = !overlap(first.set, follow) && !first.nullable
  if (max === 1) return decided || min === 1 ? inner : { ...inner, factor: inner.factor + 1 }
  // Each turn goes through what is aside.
  const side = inner.side === 0 ? 0 : inner.side + 1
  if (inner.factor > 1 || inner.degree > 0) {
    return max <= 4 ? { factor: (inner.factor + 1) ** max, degree: inner.degree * max, side } : EXPONENTIAL
  }
  if (decided || min === max) return { ...ONE, side }
  return max === Number.POSITIVE_INFINITY ? { factor: 1, degree: 1, side } : { factor: max - min + 1, degree: 0, side }
}

/** What was matched inside is not tried in another way afterwards. */
function aside({ factor, degree, side }: Cost): Cost {
  return factor === Number.POSITIVE_INFINITY ? EXPONENTIAL : { factor, degree: 0, side: degree + Math.max(1, side) }
}

const times = (one: Cost, other: Cost): Cost => ({
  factor: one.factor * other.factor,
  degree: one.degree + other.degree,
  side: Math.max(one.side, other.side),
})

/** Characters with which a match of the node, or of what follows an empty match of it, can begin. */
function firstThen(node: Node, follow: Ranges): Ranges {
  const first = firstOf(node)
  return first.nullable ? union(first.set, follow) : first.set
}

interface First {
  readonly set: Ranges
  readonly nullable: boolean
}

function firstOf(node: Node): First {
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
      return { set: ranges(...options.flatMap((each) => each.set)), nullable: options.some((each) => each.nullable) }
    }
    case 'sequence':
      return firstOfItems(node.items, 0)
  }
}

function charRanges(code: number, fold: boolean): Ranges {
  if (!fold) return [[code, code]]
  const [upper, lower] = [code & ~32, code | 32]
  return [
    [upper, upper],
    [lower, lower],
  ]
}
