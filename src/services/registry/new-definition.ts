import { withoutJavaTypes } from '../../base/java-typed.ts'
import type { Json } from '../../base/json.ts'
import { type BindContext, bindDefinition } from '../definitions/bind.ts'
import type { Report } from '../definitions/check.ts'
import type { Format } from '../definitions/definition-text.ts'
import type { LoadedService } from '../definitions/loaded-service.ts'
import { DefinitionMistake, isObject } from '../definitions/members.ts'
import { parseApart } from '../definitions/parse-apart.ts'
import type { DefinitionMistakeAt } from '../services.ts'
import { definitionsOf, MAX_FILE_BYTES } from './json/definition-file.ts'

/** A definition that is to be stored, or why not. */
export type NewDefinition =
  | { readonly kind: 'read'; readonly service: LoadedService }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'refused'; readonly mistakes: readonly DefinitionMistakeAt[] }

export interface NewText {
  readonly text: string
  readonly format: Format
  /** The id it gets when it has none, or -1. */
  readonly asId: string
  /** It gets that id whatever its own says. */
  readonly newId?: boolean
  /** What would be reported as an error, and loaded all the same, refuses it. */
  readonly strict: boolean
}

/** Reads the text of one definition that is to be stored, by the rules for files. */
export async function readNewDefinition(given: NewText, context: Omit<BindContext, 'report' | 'file'>): Promise<NewDefinition> {
  const { text } = given
  const unreadable = (reason: string): NewDefinition => ({ kind: 'unreadable', reason })
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return unreadable(`the text is bigger than the ${MAX_FILE_BYTES} bytes allowed`)
  if (text.trim() === '') return unreadable('there is no text')
  const parsed = await parseApart(text, given.format)
  if (parsed.kind === 'broken') return unreadable(`${parsed.line}:${parsed.column}: ${parsed.message}`)
  const mistakes: { pointer: string; message: string }[] = []
  const mistake = (message: string, member?: string) => mistakes.push({ pointer: pointerTo(parsed.value, member), message })
  const report: Report = (severity, message, member) => {
    if (given.strict && severity === 'error') mistake(typeof message === 'string' ? message : message(), member)
  }
  try {
    const [definition, ...others] = definitionsOf(withoutJavaTypes(parsed.value))
    if (!definition || others.length > 0) throw new DefinitionMistake('it must be one definition')
    const { id } = definition
    const isNew = given.newId || id === undefined || id === null || ['', '-1'].includes(String(id).trim())
    // Remarks come when the file is read.
    const service = bindDefinition(isNew ? { ...definition, id: given.asId } : definition, { ...context, file: '', report })
    if (mistakes.length === 0) return { kind: 'read', service }
  } catch (error) {
    if (!(error instanceof DefinitionMistake)) throw error
    mistake(error.message, error.member)
  }
  return { kind: 'refused', mistakes }
}

/** Where a member stands, as far as its name tells: the first of that name, those nearer to the root before others. */
function pointerTo(root: Json, member: string | undefined): string {
  if (member === undefined) return ''
  let level: (readonly [string, Json])[] = [['', root]]
  for (; level.length > 0; ) {
    const next: (readonly [string, Json])[] = []
    for (const [pointer, value] of level) {
      if (typeof value !== 'object' || value === null) continue
      if (isObject(value) && Object.hasOwn(value, member)) return `${pointer}/${escaped(member)}`
      for (const [name, child] of Object.entries(value)) next.push([`${pointer}/${escaped(name)}`, child as Json])
    }
    level = next
  }
  // It is missing, and belongs to the definition itself.
  return `/${escaped(member)}`
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
