import { isMap, isScalar, isSeq, type ParsedNode, parseAllDocuments, type YAMLMap, type Document as YamlDocument } from 'yaml'
import { valueOfToday } from '../former-names.ts'
import { type Element, mapKey, parseKey } from '../names.ts'
import { commentOut, type Edit, lineEnd, lineStart, type Migrated, type Renamer } from './edit.ts'
import { lineFeed } from './properties.ts'

interface Leaf {
  readonly path: readonly Element[]
  readonly names: readonly string[]
}

interface Item {
  /** The key as it stands in the file. */
  readonly key: { readonly start: number; readonly end: number; readonly text: string }
  /** Of the whole setting, to the end of its value. */
  readonly end: number
  readonly path: readonly Element[]
}

/**
 * Gives the settings of a YAML file their names of today. A setting that stays in its branch gets a new key, which may hold dots; one that belongs to another
 * branch goes to the end of its document, with a dotted key. Everything else stays as it is, comments and quotes among it.
 */
export function migrateYaml(text: string, rename: Renamer): Migrated {
  const documents = parseAllDocuments(text, { schema: 'failsafe', prettyErrors: false })
  const edits: Edit[] = []
  const left: string[] = []
  for (const document of Array.isArray(documents) ? documents : []) {
    if (!isMap(document.contents)) continue
    const moved = migrateDocument(text, document, { rename, edits, left })
    if (moved.length === 0) continue
    const feed = lineFeed(text)
    const end = endOfContents(text, document)
    const before = end > 0 && text[end - 1] !== '\n' ? feed : ''
    edits.push({ start: end, end, text: `${before}${moved.join(feed)}${feed}` })
  }
  return { edits, left }
}

interface Collected {
  readonly rename: Renamer
  readonly edits: Edit[]
  readonly left: string[]
}

/** @returns what belongs to other branches, as lines for the end of the document. */
function migrateDocument(text: string, document: YamlDocument.Parsed<ParsedNode>, { rename, edits, left }: Collected): readonly string[] {
  const moved: string[] = []

  /** @returns the settings below, with their names of today, and whether nothing of the map is left. */
  const visit = (map: YAMLMap, path: string): { readonly leaves: readonly Leaf[]; readonly isEmpty: boolean } => {
    const leaves: Leaf[] = []
    let remaining = map.items.length
    for (const pair of map.items) {
      const item = itemOf(text, pair, path)
      if (!item) continue
      const whole = join(path, item.key.text)
      const value = pair.value
      if (isMap(value) && value.items.length > 0 && !rename(whole)) {
        const below = visit(value, whole)
        leaves.push(...below.leaves)
        if (below.isEmpty) {
          edits.push({ start: lineStart(text, item.key.start), end: Math.min(lineEnd(text, item.key.end) + 1, text.length), text: '' })
          remaining -= 1
        } else respell(item, below.leaves)
        continue
      }
      if (isSeq(value)) {
        for (const [at, element] of value.items.entries()) {
          if (isMap(element)) leaves.push(...visit(element, `${whole}[${at}]`).leaves)
        }
        if (leaves.length > 0) respell(item, leaves)
      }
      const renamed = rename(whole)
      if (!renamed) continue
      if (renamed.superseded && !isInline(text, item)) {
        edits.push(...commentOut(text, item.key.start, item.end))
        remaining -= 1
      } else if (renamed.superseded) left.push(whole)
      else if (!renameLeaf(item, whole, renamed.names, value)) remaining -= 1
      else leaves.push({ path: item.path, names: renamed.names })
    }
    return { leaves, isEmpty: remaining === 0 }
  }

  /** @returns `false` when the setting has left its branch. */
  const renameLeaf = (item: Item, whole: string, names: readonly string[], value: unknown): boolean => {
    const parent = item.path.slice(0, -(parseKey(item.key.text)?.length ?? 1))
    const inPlace = names.map((name) => relative(parseKey(name) ?? [], parent))
    const [first] = inPlace
    const written = isScalar(value) && value.range ? text.slice(value.range[0], value.range[1]) : undefined
    const today = written === undefined ? undefined : valueOfToday(names[0] ?? '', written)
    if (first !== undefined && names.length === 1) {
      if (first !== item.key.text) edits.push({ start: item.key.start, end: item.key.end, text: first })
      if (today !== undefined && today !== written && isScalar(value) && value.range)
        edits.push({ start: value.range[0], end: value.range[1], text: today })
      return true
    }
    if (isInline(text, item)) {
      left.push(whole)
      return true
    }
    const start = lineStart(text, item.key.start)
    const end = Math.min(lineEnd(text, item.end) + 1, text.length)
    const indent = item.key.start - start
    const rest = text
      .slice(item.key.end, end)
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .map((line, at) => (at === 0 ? line : line.slice(Math.min(indent, line.length - line.trimStart().length))))
      .join(lineFeed(text))
    for (const name of names)
      moved.push(`${name}${written !== undefined && today !== undefined ? rest.replace(written, () => today) : rest}`)
    edits.push({ start, end, text: '' })
    return false
  }

  /** A branch is spelled as the settings below it are. */
  const respell = (item: Item, leaves: readonly Leaf[]) => {
    const depth = item.path.length
    for (const { names } of leaves) {
      const elements = parseKey(names[0] ?? '')?.slice(0, depth) ?? []
      if (!isSame(elements, item.path)) continue
      const parent = item.path.slice(0, -(parseKey(item.key.text)?.length ?? 1))
      const spelled = relative(elements, parent)
      if (spelled !== undefined && spelled !== item.key.text) edits.push({ start: item.key.start, end: item.key.end, text: spelled })
      return
    }
  }

  visit(document.contents as unknown as YAMLMap, '')
  return moved
}

function itemOf(text: string, pair: YAMLMap['items'][number], path: string): Item | undefined {
  const { key, value } = pair
  if (!isScalar(key) || !key.range || (key.type !== 'PLAIN' && key.type !== 'QUOTE_DOUBLE' && key.type !== 'QUOTE_SINGLE')) return undefined
  const name = String(key.value ?? '')
  // What is merged in belongs to another branch, and a key in brackets is one of a map.
  if (name === '<<' || name.startsWith('[')) return undefined
  const range = (value as ParsedNode | null)?.range
  const [start, end] = key.range
  const whole = parseKey(join(path, name))
  if (!whole || text.slice(start, end).length === 0) return undefined
  return { key: { start, end, text: name }, end: range ? Math.max(end, text.slice(0, range[1]).trimEnd().length) : end, path: whole }
}

/** Whether a setting shares its first line with others, as in `{ a: 1, b: 2 }`. */
function isInline(text: string, { key }: Item): boolean {
  return text.slice(lineStart(text, key.start), key.start).trim() !== ''
}

function join(path: string, name: string): string {
  return path === '' ? name : mapKey(path, name)
}

const isSame = (one: readonly Element[], other: readonly Element[]) =>
  one.length === other.length && one.every((element, at) => element.uniform === other[at]?.uniform)

/** What is left of a name below a branch. @returns `undefined` when it lies elsewhere, or needs a place in a list. */
function relative(name: readonly Element[], parent: readonly Element[]): string | undefined {
  if (!isSame(name.slice(0, parent.length), parent)) return undefined
  const rest = name.slice(parent.length)
  if (rest.length === 0 || rest.some((one) => one.index !== undefined || !/^[\w-]+$/.test(one.text))) return undefined
  return rest.map((one) => one.text).join('.')
}

/** Behind the last line of a document that says something. */
function endOfContents(text: string, { contents }: YamlDocument.Parsed<ParsedNode>): number {
  const end = lineEnd(text, (contents?.range?.[1] ?? 1) - 1) + 1
  return Math.min(end, text.length)
}
