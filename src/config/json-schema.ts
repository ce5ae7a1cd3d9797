import type { Group, Node, Property } from '../base/schema.ts'
import { below, kebab } from './names.ts'

type JsonSchema = { readonly [word: string]: unknown }

/** What stands for a value that is looked up or decrypted: its type cannot be seen. */
const LOOKED_UP = '^\\s*\\{cas-cipher\\}|[$#]\\{'

/**
 * The JSON Schema (draft 2020-12) of a YAML file of settings, for completion and checks in editors. It refuses values that the server would refuse; names it
 * does not know are let through, because CAS has more of them and every spelling counts: `castellan check` says what becomes of those.
 */
export function jsonSchema(schema: Group): JsonSchema {
  const shared: Shared = new Map()
  const whole = ofGroup(schema, '', shared)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Settings of Castellan',
    description: 'A YAML file in the configuration directory, such as cas.yml.',
    ...whole,
    $defs: {
      text: { type: ['string', 'number', 'boolean', 'null'] },
      list: { type: ['string', 'number', 'boolean', 'null', 'array', 'object'], items: { $ref: '#/$defs/text' } },
      wholeNumber: orLookedUp({ type: ['integer', 'null'] }, { type: 'string', pattern: '^\\s*([+-]?([0-9]+|0[xX][0-9a-fA-F]+))?\\s*$' }),
      yesOrNo: orLookedUp(
        { type: ['boolean', 'null'] },
        { enum: [0, 1] },
        { type: 'string', pattern: `^\\s*(${['true', 'on', 'yes', '1', 'false', 'off', 'no', '0'].map(anyCase).join('|')})?\\s*$` },
      ),
      duration: orLookedUp(
        { type: ['number', 'null'] },
        {
          type: 'string',
          pattern: `^\\s*([pP][0-9tT.,dhmsDHMS]+|-?[0-9]+(\\.[0-9]+)?\\s*(ns|us|ms|s|m|h|d)?|${['never', 'infinite'].map(anyCase).join('|')})?\\s*$`,
        },
      ),
      size: orLookedUp({ type: ['integer', 'null'] }, { type: 'string', pattern: '^\\s*([0-9]+\\s*(B|KB|MB|GB)?)?\\s*$' }),
      ...Object.fromEntries(shared),
    },
  }
}

const orLookedUp = (...forms: readonly JsonSchema[]): JsonSchema => ({ anyOf: [...forms, { type: 'string', pattern: LOOKED_UP }] })

/** Parts of the tree that two spellings of a name lead to, by their names. */
type Shared = Map<string, JsonSchema>

function ofNode(node: Node, path: string, shared: Shared): JsonSchema {
  switch (node.kind) {
    case 'property':
      return ofProperty(node)
    case 'group':
      return ofGroup(node, path, shared)
    case 'list': {
      const element = ofGroup(node.element, `${path}[]`, shared)
      // One object counts as a list of one.
      return { ...about(node.about), anyOf: [{ type: 'null' }, { type: 'array', items: element }, element] }
    }
    case 'map': {
      const value = node.value.kind === 'group' ? { additionalProperties: ofNode(node.value, `${path}.KEY`, shared) } : {}
      return { ...about(node.about), type: ['object', 'null'], ...value }
    }
  }
}

/** The kebab spelling is offered; that of CAS 5 and 6 is checked too. */
function ofGroup(group: Group, path: string, shared: Shared): JsonSchema {
  const properties: Record<string, JsonSchema> = {}
  const patternProperties: Record<string, JsonSchema> = {}
  for (const [camel, node] of Object.entries(group.shape as Readonly<Record<string, Node>>)) {
    const name = kebab(camel)
    const whole = below(path, name)
    const schema = ofNode(node, whole, shared)
    if (name === camel) properties[name] = schema
    else if (node.kind === 'property') {
      const { description: _, default: __, ...checks } = schema
      properties[name] = schema
      patternProperties[`^${camel}$`] = checks
    } else {
      shared.set(whole, schema)
      properties[name] = { $ref: `#/$defs/${whole}` }
      patternProperties[`^${camel}$`] = { $ref: `#/$defs/${whole}` }
    }
  }
  return { type: ['object', 'null'], properties, ...(Object.keys(patternProperties).length > 0 ? { patternProperties } : {}) }
}

function ofProperty(property: Property<unknown>): JsonSchema {
  const { type, choices, fallback, fallbackText, facts } = property
  const written = type === 'int' || type === 'flag' ? fallback : (fallbackText ?? fallback)
  const note = facts.secret ? ' Secret.' : ''
  return {
    ...about(`${property.about}${note}`),
    ...(written === undefined || written === '' ? {} : { default: written }),
    ...(choices
      ? orLookedUp({ type: 'null' }, { enum: choices }, { type: 'string', pattern: `^\\s*(${choices.map(relaxed).join('|')})?\\s*$` })
      : typeOf(type)),
  }
}

function typeOf(type: Property<unknown>['type']): JsonSchema {
  switch (type) {
    case 'int':
      return { $ref: '#/$defs/wholeNumber' }
    case 'flag':
      return { $ref: '#/$defs/yesOrNo' }
    case 'duration':
      return { $ref: '#/$defs/duration' }
    case 'size':
      return { $ref: '#/$defs/size' }
    case 'texts':
      return { $ref: '#/$defs/list' }
    default:
      return { $ref: '#/$defs/text' }
  }
}

const about = (text: string): JsonSchema => (text === '' ? {} : { description: text })

/** JSON Schema has no flag for case. */
function anyCase(word: string): string {
  return [...word].map((one) => (/[a-z]/i.test(one) ? `[${one.toLowerCase()}${one.toUpperCase()}]` : one.replace(/\W/, '\\$&'))).join('')
}

/** A word of a choice, however it is spelled. */
function relaxed(word: string): string {
  return [...word.replace(/[-_\s]/g, '')].map(anyCase).join('[-_ ]*')
}
