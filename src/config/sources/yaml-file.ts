import { mapKey } from '../names.ts'
import { namelessValue, type Problem, unusableFile } from '../problem.ts'
import { type Entry, entry } from '../source.ts'
import type { FileReading } from './document.ts'
import { lineCounter } from './text-file.ts'
import { parseYaml, type YamlMap, YamlMistake, type YamlNode } from './yaml-tree.ts'

const MAX_ALIASES = 50
const MAX_ENTRIES = 50_000
const MAX_DEPTH = 60
const MAX_DOCUMENTS = 1000
const TOO_DEEP = 'is nested too deeply'

type PlaceOf = ReturnType<typeof lineCounter>

/**
 * Reads a YAML file (configuration.md 2.6). Every scalar keeps its source text, so that `0123`, `no` and `1e3` reach a text setting as written and the
 * type of the setting decides what they are. Dotted keys inside the tree are allowed. Loaded by `import()` only when there is such a file.
 */
export function readYaml(file: string, text: string): FileReading {
  const placeOf = lineCounter(text)
  try {
    const documents = parseYaml(text, MAX_DEPTH)
    if (documents === 'too deep') return { documents: [], problems: [unusableFile(file, TOO_DEEP)] }
    if (documents.length > MAX_DOCUMENTS)
      return { documents: [], problems: [unusableFile(file, `has more than ${MAX_DOCUMENTS} documents`)] }
    const problems: Problem[] = []
    const read = documents.map((document) => walk(file, document, placeOf, problems))
    return { documents: read.map((entries) => ({ entries })), problems }
  } catch (error) {
    if (!(error instanceof YamlMistake)) throw error
    const place = error.offset === undefined ? undefined : placeOf(error.offset)
    return { documents: [], problems: [unusableFile(file, `is not valid YAML: ${error.message}`, place?.line, place?.column)] }
  }
}

/** A document as a flat list of keys, in the order of the file. */
function walk(file: string, contents: YamlNode | undefined, placeOf: PlaceOf, problems: Problem[]): readonly Entry[] {
  const entries: Entry[] = []
  let aliases = 0
  let full = false
  const refuse = (what: string, node: YamlNode) => {
    if (full) return
    full = true
    const place = node.start === undefined ? undefined : placeOf(node.start)
    problems.push(unusableFile(file, what, place?.line, place?.column))
  }
  const resolve = (node: YamlNode): YamlNode => {
    if (node.kind !== 'alias') return node
    aliases += 1
    if (aliases > MAX_ALIASES) refuse(`uses more than ${MAX_ALIASES} aliases`, node)
    return node.of
  }
  const visit = (path: string, raw: YamlNode, key: YamlNode | undefined, depth: number): void => {
    if (full) return
    const node = resolve(raw)
    if (depth > MAX_DEPTH) refuse(TOO_DEEP, raw)
    else if (node.kind === 'map') visitMap(path, node, depth)
    else if (node.kind === 'list' && node.items.length > 0) {
      for (const [index, item] of node.items.entries()) visit(`${path}[${index}]`, item, undefined, depth + 1)
    } else add(path, scalarText(node), raw, key)
  }
  const visitMap = (path: string, { pairs }: YamlMap, depth: number): void => {
    for (const { key, value } of pairs) {
      const name = scalarText(key)
      if (key.kind !== 'scalar') refuse('has a key that is no text', key)
      else if (name === '<<' && key.isPlain) merge(path, pairs, value, depth)
      else visit(join(path, name), value, key, depth + 1)
    }
  }
  /** What the map says itself wins over what it merges in. */
  const merge = (path: string, pairs: YamlMap['pairs'], value: YamlNode, depth: number): void => {
    const own = new Set(pairs.map(({ key }) => scalarText(key)))
    const merged = resolve(value)
    for (const item of merged.kind === 'list' ? merged.items : [merged]) {
      const source = resolve(item)
      if (source.kind !== 'map') continue
      for (const { key, value: inherited } of source.pairs) {
        if (!own.has(scalarText(key))) visit(join(path, scalarText(key)), inherited, key, depth + 1)
      }
    }
  }
  const add = (path: string, value: string, node: YamlNode, key: YamlNode | undefined) => {
    if (entries.length >= MAX_ENTRIES) return refuse(`has more than ${MAX_ENTRIES} values`, node)
    const keyPlace = key?.start === undefined ? undefined : placeOf(key.start)
    const valuePlace = node.start === undefined ? undefined : placeOf(node.start)
    const line = (keyPlace ?? valuePlace)?.line
    const one = entry(path, value, {
      source: file,
      file,
      ...(line === undefined ? {} : { line }),
      ...(valuePlace ? { valueLine: valuePlace.line, column: valuePlace.column } : {}),
    })
    if (one) entries.push(one)
    else problems.push(namelessValue(file, line))
  }
  if (contents === undefined || (contents.kind === 'scalar' && scalarText(contents) === '')) return entries
  if (resolve(contents).kind !== 'map') refuse('must be a tree of settings: KEY: VALUE', contents)
  else visit('', contents, undefined, 0)
  return entries
}

function join(path: string, name: string): string {
  // `[urn:oid:2.5.4.42]` is written with its brackets in Spring's YAML.
  if (name.startsWith('[') && name.endsWith(']')) return path === '' ? name : `${path}.${name}`
  return path === '' ? name : mapKey(path, name)
}

/** The text of a scalar as written; what YAML calls null is empty. */
function scalarText(node: YamlNode): string {
  if (node.kind !== 'scalar') return ''
  return node.isPlain && /^(~|null|Null|NULL)$/.test(node.text) ? '' : node.text
}
