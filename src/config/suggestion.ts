import type { Group } from '../base/schema.ts'
import { type Element, uniform } from './names.ts'
import { properties } from './schema-walk.ts'

interface Known {
  readonly name: string
  readonly elements: readonly string[]
  readonly joined: string
  /** All but its last part. */
  readonly parent: string
}

const lists = new WeakMap<Group, readonly Known[]>()

/**
 * The known name that an unknown one was probably meant to be (configuration.md 7.2): smallest distance over the uniform form, a name below the same
 * parent preferred, and a part too many or too few counts little.
 *
 * @returns `undefined` when nothing is near: no farther than 30 % of the length.
 */
export function nearestName(schema: Group, path: readonly Element[]): string | undefined {
  let known = lists.get(schema)
  if (!known) {
    known = properties(schema).map(({ name }) => {
      const elements = name
        .replaceAll('[*]', '')
        .split('.')
        .filter((one) => one !== '*')
        .map(uniform)
      return {
        name: name.replaceAll('[*]', '[0]').replace(/\.\*/g, '.NAME'),
        elements,
        joined: elements.join('.'),
        parent: elements.slice(0, -1).join('.'),
      }
    })
    lists.set(schema, known)
  }
  const elements = path.filter((one) => one.index === undefined).map((one) => one.uniform)
  const joined = elements.join('.')
  const parent = elements.slice(0, -1).join('.')
  const limit = Math.floor(joined.length * 0.3)
  let best: { name: string; distance: number } | undefined
  for (const one of known) {
    if (one.elements[0] !== elements[0] && Math.abs(one.joined.length - joined.length) > limit) continue
    // Of whole names the distance costs ten times as much as of their last parts, which tell most of them apart.
    if (!isSimilar(elements.at(-1), one.elements.at(-1))) continue
    const bound = best ? Math.min(limit, best.distance) : limit
    let distance = movedElements(elements, one.elements) ?? editDistance(joined, one.joined, bound + 1)
    if (one.parent !== parent) distance += 0.5
    if (distance <= limit && (!best || distance < best.distance)) best = { name: one.name, distance }
  }
  return best?.name
}

/** Names are told apart by their last parts: two that have half of it in common at most are two settings. */
function isSimilar(one = '', other = ''): boolean {
  if (one.endsWith(other) || other.endsWith(one)) return true
  const bound = Math.floor(Math.max(one.length, other.length) / 2)
  return editDistance(one, other, bound + 1) <= bound
}

/** The distance when one name is the other with whole parts left out or put in, and both end alike. */
function movedElements(one: readonly string[], other: readonly string[]): number | undefined {
  if (one.at(-1) !== other.at(-1)) return undefined
  const [long, short] = one.length >= other.length ? [one, other] : [other, one]
  let at = 0
  for (const part of long) if (part === short[at]) at += 1
  return at === short.length && short.length > 1 ? 1 + long.length - short.length : undefined
}

/** Levenshtein distance with swaps of neighbours; gives up with `bound` when it is at least that. */
export function editDistance(one: string, other: string, bound: number): number {
  if (Math.abs(one.length - other.length) >= bound) return bound
  let before: number[] = []
  let previous = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row]
    let smallest = row
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1]
      let cost = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + (same ? 0 : 1))
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1)
      }
      current.push(cost)
      if (cost < smallest) smallest = cost
    }
    if (smallest >= bound) return bound
    before = previous
    previous = current
  }
  return Math.min(previous[other.length] ?? bound, bound)
}
