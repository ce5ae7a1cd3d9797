import { extname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Document, YAMLMap } from 'yaml'
import type { Json } from '../../base/json.ts'
import { parseRelaxedJson, type RelaxedJson } from '../../base/relaxed-json.ts'
import { parseTaggedYaml, taggedNode, taggedYaml, yaml } from '../../base/tagged-yaml.ts'
import { type Edited, editedText } from './edit-text.ts'
import { isObject, type Members } from './members.ts'
import { type Written, writtenForm, writtenMembers } from './written-form.ts'

/** How definitions are written: Human JSON (services.md 3), or YAML whose tags name the classes (6.4). */
export type Format = 'json' | 'yaml'

export const formatOf = (file: string): Format => (/^\.ya?ml$/i.test(extname(file)) ? 'yaml' : 'json')

export const parseDefinition = (text: string, format: Format): RelaxedJson =>
  format === 'yaml' ? parseTaggedYaml(text) : parseRelaxedJson(text)

/** A definition as CAS can read it again. */
export function definitionText(service: Written, format: Format = 'json'): string {
  return format === 'json' ? writtenForm(service) : taggedYaml(yamlMembers(service))
}

/** The same as JSON in one line. */
export const compactDefinition = (service: Written): string => writtenForm(service, 0)

/** YAML writes whole numbers of any length as they are. */
const yamlMembers = (service: Written): Members => ({ ...writtenMembers(service), id: BigInt(service.id) as unknown as Json })

/** The text of a definition changed in its place; `undefined`: it has to be written anew (services.md 6.1). */
export function editedDefinition(text: string, format: Format, before: Written, after: Written): Edited | undefined {
  return format === 'json' ? editedText(text, before, after) : editedYaml(text, before, after)
}

function editedYaml(text: string, before: Written, after: Written): Edited | undefined {
  const { parseDocument, isMap } = yaml()
  const document = parseDocument(text, { intAsBigInt: true, logLevel: 'silent' })
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined
  changeMap(document as unknown as Document, document.contents as unknown as YAMLMap, yamlMembers(before), yamlMembers(after))
  const edited = document.toString({ lineWidth: 0 })
  const read = parseTaggedYaml(edited)
  if (read.kind === 'broken' || !isObject(read.value)) return undefined
  const wanted = writtenMembers(after)
  const now = writtenMembers({ ...after, definition: read.value, stored: read.value })
  if (!isDeepStrictEqual(now, wanted) || String(read.value['id']) !== after.id) return undefined
  return { text: edited, commentsLost: comments(edited) < comments(text) }
}

const comments = (text: string): number => text.match(/(^|\s)#/g)?.length ?? 0

function changeMap(document: Document, map: YAMLMap, before: Members, after: Members): void {
  const { isMap } = yaml()
  for (const name of Object.keys(before)) if (!(name in after)) map.delete(name)
  for (const [name, value] of Object.entries(after)) {
    const old = before[name]
    if (isDeepStrictEqual(old, value)) continue
    const node = map.get(name, true)
    if (name === '@class') map.tag = String(value)
    else if (isMap(node) && isObject(old) && isObject(value) && old['@class'] === value['@class']) changeMap(document, node, old, value)
    else map.set(name, taggedNode(document, value))
  }
}
