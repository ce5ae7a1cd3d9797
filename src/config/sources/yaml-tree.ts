import { type Event, getScalarValue, parseEvents, type ScalarEvent, YAMLException } from 'js-yaml'

/** A node of a YAML document. Offsets are those of the text, `undefined` for a value that is not there. */
export type YamlNode = YamlScalar | YamlList | YamlMap | YamlAlias
export interface YamlScalar {
  readonly kind: 'scalar'
  readonly text: string
  /** Neither quoted nor a block: only then `null` and `<<` mean something. */
  readonly isPlain: boolean
  readonly start: number | undefined
}
export interface YamlList {
  readonly kind: 'list'
  readonly items: YamlNode[]
  readonly start: number
}
export interface YamlMap {
  readonly kind: 'map'
  readonly pairs: { readonly key: YamlNode; readonly value: YamlNode }[]
  readonly start: number
}
export interface YamlAlias {
  readonly kind: 'alias'
  readonly of: YamlNode
  readonly start: number
}

/** The text is no YAML; the message quotes no value. */
export class YamlMistake extends Error {
  readonly offset: number | undefined
  constructor(message: string, offset: number | undefined) {
    super(message)
    this.offset = offset
  }
}

/** What the library says of a tree deeper than it was told to read. */
const TOO_DEEP = /^nesting exceeded/

type Open = { readonly node: YamlList } | { readonly node: YamlMap; readonly keys: Set<string>; key: YamlNode | undefined }

/**
 * The documents of a text as trees, `undefined` for an empty one. Made of the library's events, because its own trees do not say where a value stood.
 *
 * @throws {YamlMistake} for what is no YAML, a key that a map has twice, and an alias of nothing.
 * @returns `'too deep'` for collections within more than `maxDepth` others.
 */
export function parseYaml(text: string, maxDepth: number): readonly (YamlNode | undefined)[] | 'too deep' {
  let events: readonly Event[]
  try {
    events = parseEvents(text, { maxDepth })
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    if (TOO_DEEP.test(error.reason)) return 'too deep'
    throw new YamlMistake(error.reason, error.mark?.position)
  }
  const documents: (YamlNode | undefined)[] = []
  const open: Open[] = []
  let anchors = new Map<string, YamlNode>()
  const put = (node: YamlNode) => {
    const around = open.at(-1)
    if (around === undefined) documents[documents.length - 1] = node
    else if (!('keys' in around)) around.node.items.push(node)
    else if (around.key === undefined) around.key = ownKey(node, around.keys)
    else {
      around.node.pairs.push({ key: around.key, value: node })
      around.key = undefined
    }
  }
  const named = <N extends YamlNode>(
    node: N,
    { anchorStart, anchorEnd }: { readonly anchorStart: number; readonly anchorEnd: number },
  ): N => {
    if (anchorStart >= 0) anchors.set(text.slice(anchorStart, anchorEnd), node)
    return node
  }
  for (const event of events) {
    switch (event.type) {
      case DOCUMENT:
        documents.push(undefined)
        anchors = new Map()
        break
      case SCALAR:
        put(named(scalar(text, event), event))
        break
      case ALIAS: {
        const of = anchors.get(text.slice(event.anchorStart, event.anchorEnd))
        if (of === undefined) throw new YamlMistake('an alias of an anchor that is not there', event.anchorStart - 1)
        put({ kind: 'alias', of, start: event.anchorStart - 1 })
        break
      }
      case SEQUENCE: {
        const node = named<YamlList>({ kind: 'list', items: [], start: event.start }, event)
        put(node)
        open.push({ node })
        break
      }
      case MAPPING: {
        const node = named<YamlMap>({ kind: 'map', pairs: [], start: event.start }, event)
        put(node)
        open.push({ node, keys: new Set(), key: undefined })
        break
      }
      case POP:
        // The last one closes the document, which is none of these.
        open.pop()
    }
  }
  return documents
}

// The numbers of the library's `EVENT_ID`, whose type they are checked against.
const [DOCUMENT, SEQUENCE, MAPPING, SCALAR, ALIAS, POP] = [1, 2, 3, 4, 5, 6] as const

function ownKey(node: YamlNode, keys: Set<string>): YamlNode {
  if (node.kind !== 'scalar') return node
  if (keys.has(node.text)) throw new YamlMistake('a map has this key twice', node.start)
  keys.add(node.text)
  return node
}

const [PLAIN, SINGLE_QUOTED, DOUBLE_QUOTED, LITERAL] = [1, 2, 3, 4] as const

function scalar(text: string, event: ScalarEvent): YamlScalar {
  const { style, valueStart } = event
  return {
    kind: 'scalar',
    text: getScalarValue(text, event),
    isPlain: style === PLAIN,
    start: valueStart < 0 ? undefined : startOf(text, event),
  }
}

/** With its quote, or the sign of a block. */
function startOf(text: string, { style, valueStart }: ScalarEvent): number {
  if (style === PLAIN) return valueStart
  if (style === SINGLE_QUOTED || style === DOUBLE_QUOTED) return valueStart - 1
  return text.lastIndexOf(style === LITERAL ? '|' : '>', valueStart)
}
