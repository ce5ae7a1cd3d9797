/**
 * YAML in which a tag names the class of an object: `!<org.apereo.cas.services.CasRegisteredService>` (services.md 6.4). Nothing is ever made from a tag;
 * it becomes the member `@class`. The library is loaded when there is YAML.
 */
import { createRequire } from 'node:module'
import type { Document, Node, Pair, YAMLMap } from 'yaml'
import type { Json } from './json.ts'
import type { RelaxedJson } from './relaxed-json.ts'

const MAX_DEPTH = 100
/** Values of one text, those that aliases repeat counted each time. */
const MAX_VALUES = 50_000
/** Each is looked for from the beginning of the text. */
const MAX_ALIASES = 200
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Parses a text of at most 1 MiB (the caller sees to that). Several documents come out as a list. Whole numbers beyond 53 bits come out as texts of their
 * digits. Messages never quote the text, it may hold secrets.
 */
export function parseTaggedYaml(text: string): RelaxedJson {
  const { parseAllDocuments, LineCounter } = yaml()
  const lines = new LineCounter()
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  try {
    const parsed = parseAllDocuments(text, {
      lineCounter: lines,
      intAsBigInt: true,
      prettyErrors: false,
      uniqueKeys: true,
      logLevel: 'silent',
    })
    const documents: readonly Document.Parsed[] = Array.isArray(parsed) ? parsed : []
    const [mistake] = documents.flatMap((document) => document.errors)
    if (mistake?.message.includes('call stack')) throw mistake
    if (mistake) return { kind: 'broken', message: mistake.message.split('\n')[0] ?? 'syntax error', ...at(mistake.pos[0]) }
    const values = documents.map((document) => reader(document)(document.contents, 1)).filter((value) => value !== null)
    return { kind: 'ok', value: values.length === 1 ? (values[0] ?? null) : values, warnings: [] }
  } catch (error) {
    if (error instanceof Unacceptable) return { kind: 'broken', message: error.message, ...at(error.node?.range?.[0]) }
    // The parser recurses; its only other way to throw is a tree deeper than the stack.
    return { kind: 'broken', message: `values are nested more than ${MAX_DEPTH} deep`, line: 1, column: 1 }
  }
}

class Unacceptable extends Error {
  readonly node: Node | null
  constructor(message: string, node: Node | null) {
    super(message)
    this.node = node
  }
}

function reader(document: Document.Parsed): (node: Node | null, depth: number) => Json {
  const { isAlias, isMap, isScalar, isSeq } = yaml()
  let [values, aliases] = [0, 0]
  const read = (raw: Node | null, depth: number): Json => {
    if (++values > MAX_VALUES) throw new Unacceptable('there are too many values', raw)
    if (depth > MAX_DEPTH) throw new Unacceptable(`values are nested more than ${MAX_DEPTH} deep`, raw)
    if (isAlias(raw)) {
      if (++aliases > MAX_ALIASES) throw new Unacceptable(`there are more than ${MAX_ALIASES} aliases`, raw)
      return read(raw.resolve(document) ?? null, depth + 1)
    }
    if (isMap(raw)) return object(raw, depth)
    if (isSeq(raw)) return raw.items.map((item) => read(item as Node | null, depth + 1))
    return isScalar(raw) ? scalar(raw.value) : null
  }
  const object = (map: YAMLMap, depth: number): Json => {
    const className = classOf(map.tag)
    const members: Record<string, Json> = className === undefined ? {} : { '@class': className }
    for (const { key, value } of map.items as Pair<Node | null, Node | null>[]) {
      const name = isScalar(key) ? String(key.value) : undefined
      if (name === undefined || FORBIDDEN_KEYS.has(name)) throw new Unacceptable('a key is not allowed', key)
      members[name] = read(value, depth + 1)
    }
    return members
  }
  return read
}

function scalar(value: unknown): Json {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Date) return value.toISOString()
  return value as Json
}

/** `!<org.example.Name>` and `!org.example.Name`; tags of YAML itself and of Java's collections say nothing that the shape does not. */
function classOf(tag: string | undefined): string | undefined {
  const name = tag?.replace(/^!/, '') ?? ''
  return name === '' || name.startsWith('tag:') || name.startsWith('java.') ? undefined : name
}

/** A tree as YAML, in which the member `@class` of an object stands as its tag. */
export function taggedYaml(value: Json): string {
  const { Document } = yaml()
  const document = new Document(null, { version: '1.2' })
  document.contents = taggedNode(document, value) as never
  if (document.directives) document.directives.docStart = true
  return document.toString({ lineWidth: 0 })
}

/** The same as a node of a document, to be put into one that is there. */
export function taggedNode(document: Document, value: Json): Node {
  if (Array.isArray(value)) {
    const list = document.createNode([])
    for (const element of value as readonly Json[]) (list as unknown as { add(node: Node): void }).add(taggedNode(document, element))
    return list as Node
  }
  if (typeof value !== 'object' || value === null) return document.createNode(value) as Node
  const map = document.createNode({}) as YAMLMap
  for (const [name, member] of Object.entries(value)) {
    if (name === '@class' && typeof member === 'string' && /^[\w.$]+$/.test(member)) map.tag = member
    else map.set(name, taggedNode(document, member))
  }
  return map
}

let library: typeof import('yaml') | undefined

export function yaml(): typeof import('yaml') {
  library ??= createRequire(import.meta.url)('yaml') as typeof import('yaml')
  return library
}
