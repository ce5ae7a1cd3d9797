import type { Group } from '../base/schema.ts'
import { type Element, parseKey, uniformPath } from './names.ts'
import { type Problem, warning } from './problem.ts'
import { type FormerName, formerNames, propertyAt } from './schema-walk.ts'
import type { Entry, Source } from './source.ts'

interface Rule extends FormerName {
  readonly path: readonly Element[]
}

export interface Moved {
  readonly sources: readonly Source[]
  readonly problems: readonly Problem[]
  /** What was written under an old name, with the name of today. */
  readonly moved: ReadonlyMap<Entry, string>
}

/**
 * Moves settings that stand under a name of an earlier version to the name of today (configuration.md 7.4), each with one warning. Where old and new
 * are both set, anywhere, the new one counts and the old one is dropped.
 */
export function moveFormerNames(schema: Group, sources: readonly Source[]): Moved {
  const plain = new Map<string, Rule>()
  const patterns: Rule[] = []
  for (const former of formerNames(schema)) {
    const rule = { ...former, path: parseKey(former.oldName) ?? [] }
    if (former.oldName.includes('*')) patterns.push(rule)
    else plain.set(uniformPath(rule.path), rule)
  }
  const problems: Problem[] = []
  const moved = new Map<Entry, Entry | undefined>()
  const set = new Set<string>()
  const candidates: { entry: Entry; newKey: string }[] = []
  for (const { entries } of sources) {
    for (const entry of entries) {
      const newKey = propertyAt(schema, entry.path) ? undefined : newKeyOf(entry, plain, patterns)
      if (newKey === undefined) set.add(entry.name)
      else candidates.push({ entry, newKey })
    }
  }
  if (candidates.length === 0) return { sources, problems, moved: new Map() }
  for (const { entry, newKey } of candidates) {
    const path = parseKey(newKey) ?? []
    const superseded = set.has(uniformPath(path)) || set.has(uniformPath(withoutIndex(path)))
    moved.set(entry, superseded ? undefined : { ...entry, path, name: uniformPath(path) })
    const what = superseded ? `is an old name of ${newKey}, which is set too and counts` : `is an old name; write ${newKey}`
    problems.push({ ...warning('renamed', entry.key, entry.origin, what), suggestion: newKey })
  }
  return {
    problems,
    moved: new Map(candidates.map(({ entry, newKey }) => [entry, newKey])),
    sources: sources.map((source) => ({
      ...source,
      entries: source.entries.flatMap((entry) => (moved.has(entry) ? (moved.get(entry) ?? []) : entry)),
    })),
  }
}

function newKeyOf(entry: Entry, plain: ReadonlyMap<string, Rule>, patterns: readonly Rule[]): string | undefined {
  const last = entry.path.at(-1)
  const whole = plain.get(entry.name)
  if (whole) return whole.newName.replaceAll('[*]', '[0]')
  const ofList = last?.index === undefined ? undefined : plain.get(uniformPath(entry.path.slice(0, -1)))
  if (ofList) return `${ofList.newName.replaceAll('[*]', '[0]')}[${last?.index}]`
  for (const rule of patterns) {
    const whole = match(rule.path, entry.path)
    // One element of a list that the key of a map names.
    const taken = whole ?? (last?.index === undefined ? undefined : match(rule.path, entry.path.slice(0, -1)))
    if (!taken) continue
    let at = 0
    const newName = rule.newName.replace(/\[\*\]|\*/g, (star) => {
      const text = taken[at] ?? '0'
      at += 1
      return star === '*' ? (/^[\w.-]+$/.test(text) ? text : `[${text}]`) : `[${text}]`
    })
    return whole ? newName : `${newName}[${last?.index}]`
  }
  return undefined
}

/** What stood at each `*` of the pattern. */
function match(pattern: readonly Element[], path: readonly Element[]): readonly string[] | undefined {
  if (pattern.length !== path.length) return undefined
  const taken: string[] = []
  for (const [at, wanted] of pattern.entries()) {
    if (wanted.text === '*') taken.push(path[at]?.text ?? '')
    else if (wanted.uniform !== path[at]?.uniform) return undefined
  }
  return taken
}

const withoutIndex = (path: readonly Element[]) => (path.at(-1)?.index === undefined ? path : path.slice(0, -1))
