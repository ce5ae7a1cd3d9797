import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
  type Document as YamlDocument,
} from 'yaml'
import { mapKey } from '../names.ts'
import { type Problem, unusableFile } from '../problem.ts'
import { type Entry, entry } from '../source.ts'
import type { FileReading } from './document.ts'

const MAX_ALIASES = 50
const MAX_ENTRIES = 50_000
const MAX_DEPTH = 60

/**
 * Reads a YAML file (configuration.md 2.6). Every scalar keeps its source text, so that `0123`, `no` and `1e3` reach a text setting as written and the
 * type of the setting decides what they are. Dotted keys inside the tree are allowed. Loaded by `import()` only when there is such a file.
 */
export function readYaml(file: string, text: string): FileReading {
  const lines = new LineCounter()
  let documents: YamlDocument.Parsed<ParsedNode>[]
  try {
    const parsed = parseAllDocuments(text, {
      schema: 'failsafe',
      lineCounter: lines,
      keepSourceTokens: false,
      prettyErrors: false,
    })
    documents = Array.isArray(parsed) ? parsed : []
  } catch {
    // The parser recurses; its only way to throw is a tree deeper than the stack.
    return { documents: [], problems: [unusableFile(file, 'is nested too deeply')] }
  }
  const problems: Problem[] = []
  for (const { message, pos } of documents.flatMap((document) => document.errors)) {
    const { line, col } = lines.linePos(pos[0])
    problems.push(unusableFile(file, `is not valid YAML: ${message.split('\n')[0]}`, line, col))
    // What follows the first mistake is seldom a second one.
    break
  }
  if (problems.length > 0) return { documents: [], problems }
  const read = documents.map((document) => walk(file, document, lines, problems))
  return { documents: read.map((entries) => ({ entries })), problems }
}

/** A document as a flat list of keys, in the order of the file. */
function walk(file: string, document: YamlDocument.Parsed, lines: LineCounter, problems: Problem[]): readonly Entry[] {
  const entries: Entry[] = []
  let aliases = 0
  let full = false
  const refuse = (what: string, node?: Node | null) => {
    if (full) return
    full = true
    const place = node?.range ? lines.linePos(node.range[0]) : undefined
    problems.push(unusableFile(file, what, place?.line, place?.col))
  }
  const resolve = (node: Node | null): Node | null => {
    if (!isAlias(node)) return node
    aliases += 1
    if (aliases > MAX_ALIASES) refuse(`uses more than ${MAX_ALIASES} aliases`, node)
    return node.resolve(document) ?? null
  }
  const visit = (path: string, raw: Node | null, keyNode: Node | undefined, depth: number): void => {
    if (full) return
    const node = resolve(raw)
    if (depth > MAX_DEPTH) refuse('is nested too deeply', raw)
    else if (isMap(node)) visitMap(path, node, depth)
    else if (isSeq(node) && node.items.length > 0) {
      for (const [index, item] of node.items.entries()) visit(`${path}[${index}]`, item as Node | null, undefined, depth + 1)
    } else add(path, scalarText(node), raw ?? undefined, keyNode)
  }
  const visitMap = (path: string, map: YAMLMap, depth: number): void => {
    const own = new Set(map.items.map((pair) => scalarText(pair.key as Node)))
    for (const pair of map.items) {
      const key = pair.key as Node
      const name = scalarText(key)
      if (name === '<<' && isScalar(key) && key.type === 'PLAIN') {
        const merged = resolve(pair.value as Node | null)
        for (const item of isSeq(merged) ? merged.items : [merged]) {
          const source = resolve(item as Node | null)
          if (!isMap(source)) continue
          // What the map says itself wins over what it merges in.
          for (const other of source.items) {
            const inherited = scalarText(other.key as Node)
            if (!own.has(inherited)) visit(join(path, inherited), other.value as Node | null, other.key as Node, depth + 1)
          }
        }
        continue
      }
      visit(join(path, name), pair.value as Node | null, key, depth + 1)
    }
  }
  const add = (path: string, value: string, node: Node | undefined, keyNode: Node | undefined) => {
    if (entries.length >= MAX_ENTRIES) return refuse(`has more than ${MAX_ENTRIES} values`, node)
    const valuePlace = node?.range ? lines.linePos(node.range[0]) : undefined
    const keyPlace = keyNode?.range ? lines.linePos(keyNode.range[0]) : valuePlace
    const one = entry(path, value, {
      source: file,
      file,
      ...(keyPlace ? { line: keyPlace.line } : {}),
      ...(valuePlace ? { valueLine: valuePlace.line, column: valuePlace.col } : {}),
    })
    if (one) entries.push(one)
  }
  const contents = document.contents
  if (contents === null || (isScalar(contents) && scalarText(contents) === '')) return entries
  if (!isMap(resolve(contents))) refuse('must be a tree of settings: KEY: VALUE', contents)
  else visit('', contents, undefined, 0)
  return entries
}

function join(path: string, name: string): string {
  // `[urn:oid:2.5.4.42]` is written with its brackets in Spring's YAML.
  if (name.startsWith('[') && name.endsWith(']')) return path === '' ? name : `${path}.${name}`
  return path === '' ? name : mapKey(path, name)
}

/** The text of a scalar as written; what YAML calls null is empty. */
function scalarText(node: Node | null | undefined): string {
  if (!(node instanceof Scalar)) return ''
  const text = String(node.value ?? '')
  return node.type === 'PLAIN' && /^(~|null|Null|NULL)$/.test(text) ? '' : text
}
