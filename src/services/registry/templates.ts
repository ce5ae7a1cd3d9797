import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { breath } from '../../base/breath.ts'
import { withoutJavaTypes } from '../../base/java-typed.ts'
import type { Json } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import type { Report } from '../definitions/check.ts'
import { isObject, type Members, textList, textOf } from '../definitions/members.ts'
import { parseApart } from '../definitions/parse-apart.ts'
import { MAX_FILE_BYTES } from './json/definition-file.ts'
import { codeOf, type FoundFile, sameStamp, scan } from './json/scan.ts'

/** Definitions that lend their members to others (services.md 7.7). */
export interface Templates {
  /** Looks at the files again. @returns whether a template is another by now. */
  refresh(): Promise<boolean>
  /** A definition with what its templates add; the same object when there is nothing to add. */
  applied(definition: Members, report: Report): Members
}

interface Template {
  readonly file: FoundFile
  /** `undefined`: it cannot be used. */
  readonly members: Members | undefined
}

/** @param directory Where they lie, at any depth; `undefined`: there are none. */
export function templates(directory: string | undefined, log: Log): Templates {
  if (directory === undefined) return { refresh: async () => false, applied: (definition) => definition }
  let known: ReadonlyMap<string, Template> = new Map()

  const read = async (file: FoundFile, before: Template | undefined): Promise<Template> => {
    const fail = (why: string) => {
      log.error({ file: file.path }, `${file.path}: the template cannot be used: ${why}`)
      // What was good a moment ago stays, as with definitions.
      return { file, members: before?.members }
    }
    try {
      if (statSync(file.path).size > MAX_FILE_BYTES) return fail('it is too big')
      const parsed = await parseApart(readFileSync(file.path, 'utf8'), 'json')
      if (parsed.kind === 'broken') return fail(`${parsed.line}:${parsed.column}: ${parsed.message}`)
      const members = withoutJavaTypes(parsed.value)
      return isObject(members) ? { file, members } : fail('it is no definition')
    } catch (error) {
      return fail(codeOf(error) || String(error))
    }
  }

  const nameOf = ({ path }: FoundFile) => basename(path).replace(/\.h?json$/i, '')

  return {
    async refresh() {
      const pause = breath()
      let files: readonly FoundFile[]
      try {
        files = (await scan(directory, pause)).files
      } catch (error) {
        log.error({ directory, code: codeOf(error) }, `${directory} cannot be read; the templates read before stay in force.`)
        return false
      }
      const next = new Map<string, Template>()
      let changed = false
      for (const file of files.toSorted((one, other) => (one.path < other.path ? -1 : 1))) {
        const name = nameOf(file)
        if (next.has(name)) {
          log.warn({ file: file.path }, `${file.path}: there is another template of this name; it is not used.`)
          continue
        }
        const before = known.get(name)
        const isSame = before?.file.path === file.path && sameStamp(before.file.stamp, file.stamp)
        const template = isSame ? before : await read(file, before)
        if (pause.due()) await pause.take()
        changed ||= template !== before
        next.set(name, template)
      }
      changed ||= next.size !== known.size
      known = next
      return changed
    },
    applied(definition, report) {
      const names = textOf(definition, 'templateName')
      if (names === undefined) return definition
      let result = definition
      for (const name of names.split(',').map((each) => each.trim())) {
        const template = known.get(name)?.members
        if (!template) report('warning', `there is no template "${name.slice(0, 100)}" that can be used`, 'templateName')
        else if (template['@class'] !== definition['@class'])
          report('warning', `the template "${name.slice(0, 100)}" is for definitions of another class and adds nothing`, 'templateName')
        else result = merged(result, filled(template, definition, report) as Members)
      }
      return result
    },
  }
}

/** What a definition says itself stands over the template; properties count one by one. */
function merged(definition: Members, template: Members): Members {
  const { id: _id, templateName: _templateName, ...lent } = template
  const own = definition['properties']
  const theirs = template['properties']
  const properties = isObject(own) && isObject(theirs) ? { properties: { ...theirs, ...own } } : {}
  return { ...lent, ...definition, ...properties }
}

const PLACEHOLDER = /\$\{([\w.-]{1,100})\}/g

/** Puts the definition's own properties in the place of `${name}`; a text that is nothing but the name of one with several values becomes their list. */
function filled(value: Json, definition: Members, report: Report): Json {
  if (typeof value === 'string') return value.includes('${') ? filledText(value, definition, report) : value
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((element) => {
      const one = filled(element, definition, report)
      return typeof element === 'string' && Array.isArray(one) ? (one as readonly Json[]) : [one]
    })
  }
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filled(member, definition, report)]))
}

function filledText(text: string, definition: Members, report: Report): Json {
  const whole = /^\$\{([\w.-]{1,100})\}$/.exec(text)
  const values = whole?.[1] === undefined ? [] : valuesOf(definition, whole[1])
  if (values.length > 1) return values
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const [first] = valuesOf(definition, name)
    if (first === undefined) report('warning', `the template asks for the property "${name}", which the definition has not`, 'templateName')
    return first ?? placeholder
  })
}

function valuesOf(definition: Members, name: string): readonly string[] {
  const properties = definition['properties']
  if (!isObject(properties)) return []
  const key = Object.keys(properties).find((each) => each.toLowerCase() === name.toLowerCase())
  const property = key === undefined ? undefined : properties[key]
  return isObject(property) ? textList(property['values'], name) : []
}
