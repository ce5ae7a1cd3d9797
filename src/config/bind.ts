import { type Group, type ListOf, type MapOf, Mistake, type Node, type Property } from '../base/schema.ts'
import { below, isKebab, mapKey, squash } from './names.ts'
import { placeOfKey } from './origin.ts'
import { type Problem, quote, warning, wrongValue } from './problem.ts'
import { childrenOf, properties } from './schema-walk.ts'
import type { Branch, Entry } from './source.ts'

/** What a source says about one property, before it is read. */
export interface Candidate {
  readonly rank: number
  /** One text, or the elements of a list. */
  readonly entries: readonly Entry[]
  readonly isList: boolean
}

export interface BoundValue {
  readonly property: Property<unknown>
  /** Highest first; the first one counts. Empty when the default holds. */
  readonly candidates: readonly Candidate[]
  readonly value: unknown
}

export interface Binding {
  /** The tree of settings, shaped as the schema. */
  readonly settings: unknown
  /** Every property that was reached, by its canonical name. */
  readonly values: ReadonlyMap<string, BoundValue>
  readonly problems: readonly Problem[]
}

/**
 * Resolves the placeholders of one value; reports what is wrong and then gives `undefined`.
 *
 * @param isTemplate The value is a template of another room (`facts.template`), which fills in what nobody has set.
 */
export type Resolve = (key: string, entry: Entry, problems: Problem[], isTemplate: boolean) => string | undefined

/**
 * Reads the settings of a schema out of the sources (configuration.md 3.2): a list comes whole from the highest source that has any of it, maps are
 * merged, everything else is the highest value. All mistakes are collected; where there is one, the default stands in.
 *
 * @param roots The sources as trees.
 */
export function bind(schema: Group, roots: readonly Branch[], resolve: Resolve): Binding {
  const problems: Problem[] = []
  const values = new Map<string, BoundValue>()

  const visit = (node: Node, branches: readonly Branch[], path: string): unknown => {
    switch (node.kind) {
      case 'group':
        return visitGroup(node, branches, path)
      case 'property':
        return visitProperty(node, branches, path)
      case 'list':
        return visitList(node, branches, path)
      case 'map':
        return visitMap(node, branches, path)
    }
  }

  const visitGroup = (node: Group, branches: readonly Branch[], path: string): unknown => {
    const byName = new Map<string, Branch[]>()
    for (const branch of branches) {
      for (const child of branch.children.values()) {
        const name = child.element.uniform
        const same = byName.get(name)
        if (same) same.push(child)
        else byName.set(name, [child])
      }
    }
    const result: Record<string, unknown> = {}
    for (const [name, child] of childrenOf(node)) {
      result[child.declared] = visit(child.node, byName.get(name) ?? NOTHING, below(path, child.name))
    }
    return result
  }

  const visitProperty = (property: Property<unknown>, branches: readonly Branch[], path: string): unknown => {
    const candidates = candidatesOf(branches, path, problems)
    const value = read(property, candidates[0], path)
    values.set(path, { property, candidates, value })
    return value
  }

  const read = (property: Property<unknown>, candidate: Candidate | undefined, path: string): unknown => {
    if (!candidate) return property.fallback
    const first = candidate.entries[0]
    const texts: string[] = []
    for (const one of candidate.entries) {
      const text = resolve(path, one, problems, property.facts.template ?? false)
      if (text === undefined) return property.fallback
      texts.push(text)
    }
    if (!first) return property.fallback
    try {
      return property.read(candidate.isList ? texts : (texts[0] ?? ''))
    } catch (error) {
      if (!(error instanceof Mistake)) throw error
      const found =
        error.quotable && property.facts.secret !== true && !candidate.entries.some(isHidden)
          ? `, found ${quote(candidate.entries.map((one) => one.value).join(','))}`
          : ''
      problems.push(wrongValue(path, first.origin, `${error.message}${found}`))
      return property.fallback
    }
  }

  const visitList = (node: ListOf, branches: readonly Branch[], path: string): unknown => {
    const rank = Math.max(...branches.map((branch) => branch.rank))
    const own = branches.filter((branch) => branch.rank === rank)
    const byIndex = new Map<number, Branch[]>()
    for (const branch of own) {
      if (branch.entry && branch.entry.value.trim() !== '') {
        problems.push(wrongValue(path, branch.entry.origin, `must be written with its parts, such as ${path}[0].${firstName(node)}`))
      }
      const indexed = [...branch.children.values()].filter((child) => child.element.index !== undefined)
      // One object where CAS now has a list counts as its first element.
      if (indexed.length < branch.children.size) byIndex.set(0, [...(byIndex.get(0) ?? []), branch])
      for (const child of indexed) byIndex.set(child.element.index ?? 0, [...(byIndex.get(child.element.index ?? 0) ?? []), child])
    }
    const elements: unknown[] = []
    for (const [at, index] of [...byIndex.keys()].sort((one, other) => one - other).entries()) {
      const found = byIndex.get(index) ?? []
      if (index !== at) {
        problems.push(gap(path, at, index, found))
        break
      }
      elements.push(visit(node.element, found, `${path}[${index}]`))
    }
    return elements
  }

  const visitMap = (node: MapOf, branches: readonly Branch[], path: string): unknown => {
    const value = node.value as Node
    if (branches.length === 0) return Object.create(null)
    const keysOf = (branch: Branch) => (value.kind === 'property' ? plainKeys(branch, value.type === 'texts') : groupKeys(branch))
    const byKey = new Map<string, Branch[]>()
    const add = (key: string, child: Branch) => {
      const same = byKey.get(key)
      if (same) same.push(child)
      else byKey.set(key, [child])
    }
    for (const branch of branches) if (branch.kind !== 'environment') for (const [key, child] of keysOf(branch)) add(key, child)
    const variables = branches.filter((branch) => branch.kind === 'environment')
    // A variable cannot say capitals or dashes: it means the key that others have spelled.
    const spelled = new Map(variables.length === 0 ? [] : [...byKey.keys()].map((key) => [squash(key), key]))
    for (const branch of variables) for (const [key, child] of keysOf(branch)) add(spelled.get(squash(key)) ?? key, child)
    // Without a prototype, so that no key a person chooses means anything to JavaScript.
    const result: Record<string, unknown> = Object.create(null)
    for (const [key, found] of byKey) result[key] = visit(value, found, mapKey(path, key))
    return result
  }

  return { settings: visit(schema, roots, ''), values, problems }
}

const NO_CANDIDATES: readonly Candidate[] = []

/** What each source says, highest first. Of two spellings in one source the kebab one counts, else the last (configuration.md 3.1). */
function candidatesOf(branches: readonly Branch[], path: string, problems: Problem[]): readonly Candidate[] {
  if (branches.length === 0) return NO_CANDIDATES
  const [only] = branches
  // Nearly every setting is written once.
  if (only?.entry && branches.length === 1 && only.children.size === 0) return [{ rank: only.rank, isList: false, entries: [only.entry] }]
  const candidates: Candidate[] = []
  const ranks = [...new Set(branches.map((branch) => branch.rank))].sort((one, other) => other - one)
  for (const rank of ranks) {
    const same = branches.filter((branch) => branch.rank === rank)
    const indexed = same
      .flatMap((branch) => [...branch.children.values()])
      .filter((child) => child.element.index !== undefined && child.entry !== undefined)
      .sort((one, other) => (one.element.index ?? 0) - (other.element.index ?? 0))
    const hole = indexed.findIndex((child, at) => child.element.index !== at)
    if (hole >= 0) problems.push(gap(path, hole, indexed[hole]?.element.index ?? 0, indexed.slice(hole)))
    else if (indexed.length > 0) candidates.push({ rank, isList: true, entries: indexed.flatMap((child) => child.entry ?? []) })
    if (indexed.length > 0) continue
    const entries = same.flatMap((branch) => branch.entry ?? [])
    const winner = entries.findLast((entry) => isKebab(entry.key)) ?? entries.at(-1)
    if (!winner) continue
    candidates.push({ rank, isList: false, entries: [winner] })
    for (const other of entries) {
      if (other === winner || other.value === winner.value) continue
      const what = `is also written as ${other.key} (${placeOfKey(other.origin)}); this line counts`
      problems.push(warning('duplicate', winner.key, winner.origin, what))
    }
  }
  return candidates
}

const NOTHING: readonly Branch[] = []

const isHidden = ({ decrypted, hidden }: Entry) => hidden === true || decrypted !== undefined

function gap(path: string, missing: number, index: number, branches: readonly Branch[]): Problem {
  const entry = branches.map(firstEntry).find((one) => one !== undefined)
  return wrongValue(`${path}[${index}]`, entry?.origin ?? { source: 'unknown' }, `leaves a gap: ${path}[${missing}] is missing`)
}

function firstEntry(branch: Branch): Entry | undefined {
  if (branch.entry) return branch.entry
  for (const child of branch.children.values()) {
    const found = firstEntry(child)
    if (found) return found
  }
  return undefined
}

function firstName(node: ListOf): string {
  return properties(node.element)[0]?.name ?? 'name'
}

function groupKeys(branch: Branch): readonly (readonly [string, Branch])[] {
  return [...branch.children.values()].map((child) => [child.element.text, child] as const)
}

/** Keys of a map of plain values, which may hold dots: every branch below that carries a value. */
function plainKeys(branch: Branch, ofLists: boolean): readonly (readonly [string, Branch])[] {
  const keys: (readonly [string, Branch])[] = []
  const collect = (path: string, one: Branch) => {
    if (one.children.size === 0) {
      if (one.entry) keys.push([path, one])
      return
    }
    const children = [...one.children.values()]
    const isList = ofLists && path !== '' && children.some((child) => child.element.index !== undefined && child.entry)
    if (one.entry || isList) keys.push([path, one])
    for (const child of children) {
      if (!(isList && child.element.index !== undefined)) collect(path === '' ? child.element.text : `${path}.${child.element.text}`, child)
    }
  }
  for (const child of branch.children.values()) collect(child.element.text, child)
  return keys
}
