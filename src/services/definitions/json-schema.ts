import type { Field, Fields, PolicyClass, Role } from './fields/field.ts'
import { KNOWN_PROPERTIES } from './fields/properties.ts'
import { DEFINITION_CLASSES, ROLES } from './vocabulary.ts'

type JsonSchema = { readonly [word: string]: unknown }

/**
 * The JSON Schema (draft 2020-12) of a definition in strict JSON, for completion and checks in editors. It refuses what loading refuses for its form, and
 * takes every form that loading takes: with and without the classes of Java's collections, numbers and flags as texts, words in any case. Members that it
 * does not know are let through, as they are kept; `castellan services validate` names them.
 */
export function definitionsJsonSchema(): JsonSchema {
  const one = { $ref: '#/$defs/definition' }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Registered services',
    description: 'A file of the service registry, such as Name-1001.json: one definition, or a list of them.',
    anyOf: [one, { type: 'array', items: one }, typedList(one)],
    $defs: {
      definition: definition(),
      read: { properties: { ...propertiesOf(READ), serviceId: saying('serviceId'), name: saying('name') } },
      common: { properties: propertiesOf(without(COMMON, READ)) },
      ...Object.fromEntries(Object.entries(ROLES).map(([name, role]) => [name, ofRole(role)])),
      scalar: { type: ['string', 'number', 'boolean'] },
      text: orTyped({ type: ['string', 'number', 'boolean', 'null'] }),
      flag: orTyped({
        anyOf: [{ type: ['boolean', 'null'] }, { type: 'string', pattern: `^\\s*(${anyCase('true')}|${anyCase('false')})?\\s*$` }],
      }),
      integer: orTyped({ anyOf: [{ type: ['integer', 'null'] }, { type: 'string', pattern: '^\\s*([+-]?[0-9]+)?\\s*$' }] }),
      duration: orTyped({
        anyOf: [
          { type: ['number', 'null'] },
          {
            type: 'string',
            pattern: `^\\s*([pP][0-9tT.,dhmsDHMS]+|-?[0-9]+(\\.[0-9]+)?\\s*(ns|us|ms|s|m|h|d)?|${anyCase('never')}|${anyCase('infinite')})?\\s*$`,
          },
        ],
      }),
      texts: {
        anyOf: [{ type: ['string', 'number', 'boolean', 'null'] }, { type: 'array', items: SCALAR }, typedList(SCALAR)],
      },
      map: orTyped({ type: ['object', 'null'], additionalProperties: { $ref: '#/$defs/texts' } }),
    },
  }
}

const SCALAR = { $ref: '#/$defs/scalar' }
const JAVA_CLASS = { type: 'string', pattern: '^[a-z][A-Za-z0-9_]*(\\.[A-Za-z0-9_]+)*\\.[A-Z][A-Za-z0-9_]*(\\$[A-Za-z0-9_]+)?$' }

/** `["java.util.ArrayList", […]]` */
const typedList = (items: JsonSchema): JsonSchema => ({
  type: 'array',
  prefixItems: [JAVA_CLASS, { type: 'array', items }],
  items: false,
  minItems: 2,
})

/** The value, or `["java.lang.Long", 5]`. */
const orTyped = (schema: JsonSchema): JsonSchema => ({
  anyOf: [schema, { type: 'array', prefixItems: [JAVA_CLASS, schema], items: false, minItems: 2 }],
})

function definition(): JsonSchema {
  const names = Object.keys(DEFINITION_CLASSES)
  return {
    type: 'object',
    required: ['@class'],
    // A template may have what is missing.
    anyOf: [{ required: ['serviceId', 'name'] }, { required: ['templateName'] }],
    properties: {
      '@class': {
        description: 'The kind of application.',
        anyOf: [{ enum: names }, { type: 'string', pattern: `^\\s*$|${classPattern(names)}` }],
      },
    },
    allOf: [
      { $ref: '#/$defs/read' },
      when(classPattern(names.filter((name) => DEFINITION_CLASSES[name]?.fields !== undefined)), true, { $ref: '#/$defs/common' }),
      ...Object.entries(DEFINITION_CLASSES).flatMap(([name, { className, fields }]) =>
        fields && name === className ? [when(classPattern([name]), false, { properties: propertiesOf(without(fields, COMMON)) })] : [],
      ),
    ],
  }
}

/** Words about a class: for objects of it, and for those that name none if it is the natural one. */
const when = (pattern: string, natural: boolean, words: JsonSchema): JsonSchema =>
  Object.fromEntries([
    [
      'if',
      {
        properties: { '@class': { type: 'string', pattern: natural ? `^\\s*$|${pattern}` : pattern } },
        ...(natural ? {} : { required: ['@class'] }),
      },
    ],
    ['then', words],
  ])

const without = (fields: Fields, others: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name, field]) => others[name] !== field))

/** What all of several tables say alike. */
function shared(tables: readonly Fields[]): Fields {
  const [first = {}, ...others] = tables
  return Object.fromEntries(Object.entries(first).filter(([name, field]) => others.every((each) => each[name] === field)))
}

const COMMON = shared(Object.values(DEFINITION_CLASSES).flatMap(({ fields }) => (fields ? [fields] : [])))

/** Of definitions whose protocol is not built here. */
const READ_OF_ALL = ['serviceId', 'name', 'id', 'evaluationOrder', 'environments', 'contacts', 'expirationPolicy', 'properties']

const READ: Fields = Object.fromEntries(Object.entries(COMMON).filter(([name]) => READ_OF_ALL.includes(name)))

/** A text that says something. */
const saying = (name: string): JsonSchema => ({ description: COMMON[name]?.about, type: ['string', 'number', 'boolean'], pattern: '\\S' })

function ofRole({ about, classes, natural }: Role): JsonSchema {
  const all = Object.entries(classes)
  const names = all.map(([, { className }]) => className)
  const common = shared(all.map(([, { fields }]) => fields))
  const pattern = natural === undefined ? classPattern(names) : `^\\s*$|${classPattern(names)}`
  return {
    description: about,
    type: ['object', 'null'],
    ...(natural === undefined ? { anyOf: [{ type: 'null' }, { required: ['@class'] }] } : {}),
    properties: { '@class': { anyOf: [{ enum: names }, { type: 'string', pattern }] }, ...propertiesOf(common) },
    allOf: all.map(([name, policy]) => ofClass(policy, common, name === natural)),
  }
}

const ofClass = ({ className, about, fields, unbuilt }: PolicyClass, common: Fields, isNatural: boolean): JsonSchema =>
  when(classPattern([className]), isNatural, {
    description: unbuilt === undefined ? about : `${about} Not built: ${unbuilt}`,
    properties: propertiesOf(without(fields, common)),
  })

/** Complete names as loading takes them: CAS 4 had another prefix, and packages move. */
const classPattern = (names: readonly string[]): string =>
  `^org\\.(apereo|jasig)\\.cas\\.([a-z0-9_]+\\.)*(${names.map((name) => name.slice(name.lastIndexOf('.') + 1).replaceAll('$', '\\$')).join('|')})$`

const propertiesOf = (fields: Fields): JsonSchema =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { description: aboutOf(field), ...ofField(field, name) }]))

const aboutOf = ({ about, noEffect }: Field): string => (noEffect === undefined ? about : `${about} Without effect: ${noEffect}`)

function ofField(field: Field, name: string): JsonSchema {
  const { type, role, choices = [], fallback } = field
  const usual = fallback === undefined || typeof fallback === 'object' ? {} : { default: fallback }
  const ofTheRole = { $ref: `#/$defs/${role}` }
  switch (type) {
    case 'text':
    case 'flag':
    case 'integer':
    case 'duration':
    case 'texts':
    case 'map':
      return { ...usual, $ref: `#/$defs/${type}` }
    case 'choice':
      return {
        ...usual,
        ...orTyped({
          anyOf: [{ enum: [...choices, null] }, { type: 'string', pattern: `^\\s*(${choices.map(anyCase).join('|')})?\\s*$` }],
        }),
      }
    case 'object':
      return ofTheRole
    case 'objects':
      return { anyOf: [ofTheRole, { type: 'array', items: ofTheRole }, typedList(ofTheRole)] }
    case 'object map': {
      const known =
        name === 'properties' ? Object.entries(KNOWN_PROPERTIES).map(([key, { about }]) => [key, { description: about, ...ofTheRole }]) : []
      return orTyped({
        type: ['object', 'null'],
        properties: { '@class': { type: 'string' }, ...Object.fromEntries(known) },
        additionalProperties: ofTheRole,
      })
    }
    case 'anything':
      return {}
  }
}

const anyCase = (word: string): string => word.replace(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`)
