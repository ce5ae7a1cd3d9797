import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { Breath } from '../../../base/breath.ts'
import { withoutJavaTypes } from '../../../base/java-typed.ts'
import type { Json } from '../../../base/json.ts'
import { locateKey, type RelaxedJsonWarning } from '../../../base/relaxed-json.ts'
import { type BindContext, bindDefinition } from '../../definitions/bind.ts'
import type { Report } from '../../definitions/check.ts'
import { formatOf } from '../../definitions/definition-text.ts'
import type { LoadedService } from '../../definitions/loaded-service.ts'
import { DefinitionMistake, isObject, type Members } from '../../definitions/members.ts'
import { parseApart } from '../../definitions/parse-apart.ts'

/** A definition of one file is never bigger (services.md 3.1). */
export const MAX_FILE_BYTES = 1024 * 1024

/** Of one file; what follows is counted. */
const MAX_REMARKS = 50

export interface Remark {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly line?: number
  readonly column?: number
}

export type DefinitionFile =
  | { readonly kind: 'loaded'; readonly services: readonly LoadedService[]; readonly remarks: readonly Remark[] }
  /** Nothing in it yet: somebody is writing, or it is a place holder. */
  | { readonly kind: 'empty' }
  /** Cannot be used; `unfinished` when the text may still be on its way. */
  | { readonly kind: 'broken'; readonly unfinished: boolean; readonly remarks: readonly Remark[]; readonly text: string }

/**
 * Reads one file: its encoding, its Human JSON, its classes and members (services.md 3, 4).
 *
 * @param pause Taken between definitions when it is due.
 * @throws what the file system says when it cannot be read.
 */
export async function readDefinitionFile(
  path: string,
  size: number,
  context: Omit<BindContext, 'report' | 'file'>,
  pause: Breath,
): Promise<DefinitionFile> {
  if (size > MAX_FILE_BYTES)
    return broken('', { severity: 'error', message: `the file has ${size} bytes, more than the ${MAX_FILE_BYTES} allowed` })
  const text = readFileSync(path, 'utf8')
  if (text.length > MAX_FILE_BYTES)
    return broken('', { severity: 'error', message: `the file is bigger than the ${MAX_FILE_BYTES} bytes allowed` })
  if (text.trim() === '') return { kind: 'empty' }
  if (text.includes('\ufffd') && !isUtf8(readFileSync(path))) return broken(text, { severity: 'error', message: 'the file is not UTF-8' })
  if (pause.due()) await pause.take()
  const parsed = await parseApart(text, formatOf(path))
  if (pause.due()) await pause.take()
  if (parsed.kind === 'broken') {
    const { message, line, column } = parsed
    return broken(text, { severity: 'error', message, line, column }, true)
  }
  if (!text.includes('@class') && !hasClass(parsed.value))
    return { kind: 'loaded', services: [], remarks: [{ severity: 'warning', message: 'no @class, ignored' }] }
  const notes = noteTaker(text, parsed.warnings)
  const bound = { ...context, file: path, report: notes.report, warn: warnAbout(path, context.warn) }
  try {
    const definitions = definitionsOf(withoutJavaTypes(parsed.value))
    if (pause.due()) await pause.take()
    // Nearly every file has one; a list that grows has room for sixteen more.
    const services = definitions.length === 1 ? [bindDefinition(definitions[0] as Members, bound)] : []
    for (let place = 0; services.length < definitions.length; place++) {
      services.push(bindDefinition(definitions[place] as Members, bound, place))
      if (pause.due()) await pause.take()
    }
    return { kind: 'loaded', services, remarks: notes.remarks() }
  } catch (error) {
    if (!(error instanceof DefinitionMistake)) throw error
    const place = error.member === undefined ? {} : locateKey(text, error.member)
    return {
      kind: 'broken',
      unfinished: false,
      remarks: [...notes.remarks(), { severity: 'error', message: error.message, ...place }],
      text,
    }
  } finally {
    notes.close()
  }
}

interface NoteTaker {
  readonly report: Report
  remarks(): readonly Remark[]
  /** Lets go of the text: what was made of a definition may keep `report` for as long as it lives. */
  close(): void
}

function noteTaker(text: string, warnings: readonly RelaxedJsonWarning[]): NoteTaker {
  let source: string | undefined = text
  let unsaid = 0
  const remarks: Remark[] = warnings.map(({ message, line }) => ({ severity: 'warning', message, line }))
  return {
    report(severity, message, member) {
      if (source === undefined) return
      // To look for thousands of places takes longer than to read the file, and nobody reads about them.
      if (remarks.length >= MAX_REMARKS) unsaid++
      else {
        const said = typeof message === 'string' ? message : message()
        remarks.push({ severity, message: said, ...(member === undefined ? {} : locateKey(source, member)) })
      }
    },
    remarks: () => {
      if (remarks.length === 0) return NO_REMARKS
      return unsaid === 0 ? [...remarks] : [...remarks, { severity: 'warning', message: `and ${unsaid} more remarks about this file` }]
    },
    close() {
      source = undefined
      remarks.length = 0
    },
  }
}

const NO_REMARKS: readonly Remark[] = Object.freeze([])

const warnAbout =
  (path: string, warn: BindContext['warn']): BindContext['warn'] =>
  (message, severity) =>
    warn(`${path}: ${message}`, severity)

/** In YAML the class may stand as a tag. */
const hasClass = (root: Json): boolean => [root].flat().some((each) => isObject(each) && '@class' in each)

const broken = (text: string, remark: Remark, unfinished = false): DefinitionFile => ({
  kind: 'broken',
  unfinished,
  remarks: [remark],
  text,
})

/** One definition, or a list of them. One without `@class` beside others that have it is a mistake, not a definition. */
export function definitionsOf(root: Json): readonly Members[] {
  const all: readonly Json[] = Array.isArray(root) ? root : [root as Json]
  return all.map((each) => {
    if (!isObject(each)) throw new DefinitionMistake('a definition must be an object')
    if (!('@class' in each)) throw new DefinitionMistake('a definition needs an @class', '@class')
    return each
  })
}

const NAME = /^[\p{L}\p{N}_ .()-]*-(\d+)\.(json|hjson|ya?ml)$/iu

/** What is to be said about the name of a file (services.md 4.3); it is loaded all the same. */
export function remarksOnName(name: string, services: readonly LoadedService[]): readonly Remark[] {
  const match = NAME.exec(name)
  if (!match) {
    const message = `[${name}] does not match the recommended pattern [(\\w+-)+(\\d+)\\.json]; name it after the name and the id of the definition`
    return [{ severity: 'warning', message }]
  }
  const [service] = services
  if (services.length !== 1 || !service || service.id === String(BigInt(match[1] ?? '0'))) return []
  return [{ severity: 'warning', message: `the number in the name [${name}] is not the id ${service.id} of the definition` }]
}
