import { type Element, element, parseKey, uniformPath } from './names.ts'
import type { Origin } from './origin.ts'
import { placeOfKey } from './origin.ts'
import type { Problem } from './problem.ts'
import { warning } from './problem.ts'

/** One setting as it stood in a source. */
export interface Entry {
  /** As written. */
  readonly key: string
  readonly path: readonly Element[]
  /** `uniformPath(path)`: by this the key is compared with others. */
  readonly name: string
  readonly value: string
  readonly origin: Origin
  /** The clear text of a value that is written encrypted. */
  readonly decrypted?: string
  /** Comes from a place for secrets and is not shown, whatever it is. */
  readonly hidden?: boolean
}

/** One of the places that configuration.md 2.1 lists, or one document of a file. */
export interface Source {
  /** As the `env` endpoint names it. */
  readonly name: string
  readonly kind: 'file' | 'environment' | 'system-properties' | 'json' | 'command-line'
  readonly entries: readonly Entry[]
}

const TOO_DEEP = element('(too deep)')

/** @returns `undefined` for a key without any part. One that is deeper than any setting stays unknown, and is told of as such. */
export function entry(key: string, value: string, origin: Origin): Entry | undefined {
  const path = parseKey(key) ?? [element(/^[^.[]{0,100}/.exec(key)?.[0] ?? ''), TOO_DEEP]
  return path && path.length > 0 ? { key, path, name: uniformPath(path), value, origin } : undefined
}

/** Whether an entry sets a property, or one element of it. @param name In the form of `Entry.name`. */
export function isNamed(entry: Entry, name: string): boolean {
  if (entry.name === name) return true
  return entry.path.at(-1)?.index !== undefined && entry.name.slice(0, entry.name.lastIndexOf('.')) === name
}

/** The entries of one source as a tree, so that binding walks it along the schema. */
export interface Branch {
  readonly element: Element
  /** Rank of the source: higher wins. */
  readonly rank: number
  readonly kind: Source['kind']
  entry: Entry | undefined
  readonly children: Map<string, Branch>
}

/**
 * Builds the tree of one source. The last of two lines with the same spelling wins, with a warning when both stand in a file.
 *
 * @param problems Gets the warnings.
 */
export function plant(source: Source, rank: number, problems: Problem[]): Branch {
  const root: Branch = { element: element(''), rank, kind: source.kind, entry: undefined, children: new Map() }
  for (const one of source.entries) {
    let branch = root
    for (const element of one.path) {
      let child = branch.children.get(element.text)
      if (!child) {
        child = { element, rank, kind: source.kind, entry: undefined, children: new Map() }
        branch.children.set(element.text, child)
      }
      branch = child
    }
    const earlier = branch.entry
    if (earlier && source.kind === 'file' && earlier.value !== one.value) {
      problems.push(
        warning(
          'duplicate',
          one.key,
          one.origin,
          `is written twice, the first time in ${placeOfKey(earlier.origin)}; the last line counts`,
        ),
      )
    }
    branch.entry = one
  }
  return root
}
