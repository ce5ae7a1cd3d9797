import { parseDuration } from '../../base/duration.ts'
import type { Json } from '../../base/json.ts'
import { nearestWord } from '../../base/nearest-word.ts'
import type { Field, Fields, PolicyClass, Role } from './fields/field.ts'
import { classOf, DefinitionMistake, isObject, type Members } from './members.ts'
import { roleOf } from './vocabulary.ts'

/** Says something about a definition that does not refuse it. A message that is much work is a function. */
export type Report = (severity: 'error' | 'warning', message: string | (() => string), member?: string) => void

/**
 * Looks at every class name and member of a definition (services.md 3.2).
 *
 * @param fields Those of its class.
 * @throws {DefinitionMistake} for a nested class that is not known, or not where it stands, and for a value of another kind than its member has: nobody falls
 *   back to a default, which may allow more.
 */
export function checkDefinition(definition: Members, fields: Fields, report: Report): void {
  checkMembers(definition, { fields, open: false }, '', report)
}

type Known = Pick<PolicyClass, 'fields' | 'open'>

function checkMembers(members: Members, known: Known, path: string, report: Report): void {
  for (const name in members) {
    if (name === '@class') continue
    const field = Object.hasOwn(known.fields, name) ? known.fields[name] : undefined
    if (!field) {
      if (!known.open) unknown(path + name, name, known, report)
      continue
    }
    const role = roleOf(field)
    const value = members[name]
    if (value === undefined || value === null) continue
    if (role === undefined) {
      if (field.noEffect === undefined && !isOfKind(field, value))
        throw new DefinitionMistake(`"${path}${name}" must be ${KINDS[field.type]}`, name)
      continue
    }
    if (field.type === 'object') checkObject(value, role, path, name, report)
    else if (field.type === 'objects') {
      const elements: readonly Json[] = Array.isArray(value) ? value : [value]
      for (const element of elements) checkObject(element, role, path, name, report)
    } else {
      if (!isObject(value)) throw new DefinitionMistake(`"${path}${name}" must be a map`, name)
      for (const key in value) if (key !== '@class') checkObject(value[key] as Json, role, `${path}${name}.`, key, report)
    }
  }
}

const KINDS: Partial<Record<Field['type'], string>> = {
  text: 'a text',
  choice: 'a text',
  flag: 'true or false',
  integer: 'a whole number',
  duration: 'a number of seconds or a duration',
  texts: 'a list of texts',
}

/** Whether a value is of the kind that Java would read for this member; numbers and flags may be texts. */
function isOfKind({ type }: Field, value: Json): boolean {
  if (type === 'texts') return Array.isArray(value) ? value.every((element) => typeof element !== 'object') : typeof value !== 'object'
  if (KINDS[type] === undefined) return true
  if (typeof value === 'object') return false
  if (typeof value === 'boolean') return type !== 'integer' && type !== 'duration'
  const text = String(value).trim()
  if (text === '' || type === 'text' || type === 'choice') return true
  if (type === 'flag') return /^(?:true|false)$/i.test(text)
  return type === 'integer' ? /^[+-]?\d+$/.test(text) : parseDuration(text) !== undefined
}

/** @param above Path of what the object stands in, with the dot behind it. */
function checkObject(value: Json, role: Role, above: string, name: string, report: Report): void {
  if (!isObject(value)) throw new DefinitionMistake(`"${above}${name}" must be an object`, name)
  const className = classOf(value).trim() || role.natural
  if (className === undefined) throw new DefinitionMistake(`"${above}${name}" needs an @class`, name)
  const entry = Object.hasOwn(role.classes, className) ? role.classes[className] : undefined
  const full = value['@class']
  if (!entry || (typeof full === 'string' && full.trim() !== '' && !full.startsWith('org.apereo.cas.'))) {
    throw new DefinitionMistake(
      `the class ${String(full).slice(0, 200)} of "${above}${name}" is not known here; the part that knows it may be missing`,
      name,
    )
  }
  checkMembers(value, entry, `${above}${name}.`, report)
}

function unknown(path: string, name: string, { fields }: Known, report: Report): void {
  const message = () => {
    const near = nearestWord(name, Object.keys(fields))
    return `the member "${path}" is not known and has no effect${near === undefined ? '' : `; did you mean "${near}"?`}`
  }
  report('warning', message, name)
}
