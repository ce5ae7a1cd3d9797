import { withoutJavaTypes } from '../../base/java-typed.ts'
import type { Json } from '../../base/json.ts'
import { fileNameOf } from '../registry/json/write-file.ts'
import { definitionText, type Format, parseDefinition } from './definition-text.ts'
import { DefinitionMistake, isObject, type Members, textOf } from './members.ts'
import { DEFINITION_CLASSES } from './vocabulary.ts'

/** One definition in its new form. */
export interface Converted {
  /** Name and id, with the ending of the format, as CAS names its files. */
  readonly fileName: string
  readonly text: string
  /** What whoever converts should look at. */
  readonly remarks: readonly string[]
}

/**
 * Writes the definitions of a text in the form that CAS 7 reads: strict JSON with the classes of Java's collections, or YAML with tags. Human JSON, old
 * class names, the prefix of CAS 4 and its Ant patterns go in; defaults are left out, members that are not known here are kept, comments are lost.
 *
 * @throws {DefinitionMistake} for a text that has no definitions. Whether they can be used is another question.
 */
export function convertDefinitions(text: string, from: Format, to: Format): readonly Converted[] {
  const parsed = parseDefinition(text, from)
  if (parsed.kind === 'broken') throw new DefinitionMistake(`${parsed.line}:${parsed.column}: ${parsed.message}`)
  const root = withoutJavaTypes(parsed.value)
  const all: readonly Json[] = Array.isArray(root) ? root : [root as Json]
  return all.map((each) => convert(each, to))
}

function convert(given: Json, to: Format): Converted {
  if (!isObject(given) || !('@class' in given)) throw new DefinitionMistake('a definition is an object with an @class')
  const remarks: string[] = []
  const written = textOf(given, '@class')?.trim() ?? 'org.apereo.cas.services.CasRegisteredService'
  let definition: Members = given
  let className = (Object.hasOwn(DEFINITION_CLASSES, written) && DEFINITION_CLASSES[written]?.className) || written
  if (written.endsWith('.RegisteredServiceImpl')) {
    className = 'org.apereo.cas.services.CasRegisteredService'
    const serviceId = regexOfAnt(textOf(given, 'serviceId') ?? '')
    definition = { ...given, serviceId }
    remarks.push(`the Ant pattern became ${serviceId}; look whether it takes what you mean`)
  }
  const name = textOf(definition, 'name')
  const serviceId = textOf(definition, 'serviceId')
  if (name === undefined || serviceId === undefined) throw new DefinitionMistake('a definition needs a name and a serviceId')
  const id = textOf(definition, 'id')?.trim() ?? '-1'
  if (!/^[+-]?\d{1,19}$/.test(id)) throw new DefinitionMistake('"id" must be a whole number of at most 64 bits', 'id')
  if (id === '-1') remarks.push('it has no id; give it one')
  return {
    fileName: fileNameOf(name, id, to === 'yaml' ? '.yml' : '.json'),
    text: definitionText({ definition, className, id }, to),
    remarks,
  }
}

/** Ant's patterns of CAS 3: `?` one character, `*` within a folder, `**` over folders. The rest stands for itself. */
function regexOfAnt(pattern: string): string {
  const body = pattern.replace(/\*\*|[*?]|[.+^${}()|[\]\\]/g, (sign) =>
    sign === '**' ? '.*' : sign === '*' ? '[^/]*' : sign === '?' ? '[^/]' : `\\${sign}`,
  )
  return `^${body}$`
}
