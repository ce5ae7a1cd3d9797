import type { Json } from '../../base/json.ts'
import { nearestWord } from '../../base/nearest-word.ts'
import { classOf, DefinitionMistake, isObject, type Members } from './members.ts'
import { OPEN, ROLES } from './vocabulary.ts'

/** Says something about a definition that does not refuse it. A message that is much work is a function. */
export type Report = (severity: 'error' | 'warning', message: string | (() => string), member?: string) => void

interface Member {
  readonly name: string
  readonly role: string | undefined
  readonly shape: 'one' | 'list' | 'map'
}
interface ClassEntry {
  readonly members: ReadonlyMap<string, Member>
  readonly open: boolean
}
interface Role {
  readonly classes: ReadonlyMap<string, ClassEntry>
  readonly natural: string | undefined
}

const parsed = new Map<string, ClassEntry>()

/** Reads one line of the vocabulary; each is read once. */
function entryOf(words: string): ClassEntry {
  let entry = parsed.get(words)
  if (!entry) {
    const all = words.split(/\s+/).filter(Boolean)
    const members = all.map((word): [string, Member] => {
      const [left = '', role] = word.split('=')
      const name = left.replace(/(\[\]|\{\})$/, '')
      return [name, { name, role, shape: left.endsWith('[]') ? 'list' : left.endsWith('{}') ? 'map' : 'one' }]
    })
    entry = { members: new Map(members), open: all.includes(OPEN) }
    parsed.set(words, entry)
  }
  return entry
}

const roles = new Map<string, Role>()

function roleOf(name: string): Role {
  let role = roles.get(name)
  if (!role) {
    const entries = Object.entries(ROLES[name] ?? {})
    const natural = entries.find(([className]) => className.startsWith('*'))?.[0].slice(1)
    role = { classes: new Map(entries.map(([className, words]) => [className.replace(/^\*/, ''), entryOf(words)])), natural }
    roles.set(name, role)
  }
  return role
}

/**
 * Looks at every class name and member of a definition (services.md 3.2).
 *
 * @param words The members of its class, in the words of the vocabulary.
 * @throws {DefinitionMistake} for a nested class that is not known, or not where it stands: nobody falls back to a default policy.
 */
export function checkDefinition(definition: Members, words: string, report: Report): void {
  checkMembers(definition, entryOf(words), '', report)
}

function checkMembers(members: Members, entry: ClassEntry, path: string, report: Report): void {
  for (const name in members) {
    if (name === '@class') continue
    const member = entry.members.get(name)
    if (!member) {
      if (!entry.open) unknown(path + name, name, entry, report)
      continue
    }
    const value = members[name]
    if (member.role === undefined || value === undefined || value === null) continue
    if (member.shape === 'one') checkObject(value, member.role, path + name, report)
    else if (member.shape === 'list') {
      const elements: readonly Json[] = Array.isArray(value) ? value : [value]
      for (const element of elements) checkObject(element, member.role, path + name, report)
    } else {
      if (!isObject(value)) throw new DefinitionMistake(`"${path}${name}" must be a map`, name)
      for (const key in value) if (key !== '@class') checkObject(value[key] as Json, member.role, `${path}${name}.${key}`, report)
    }
  }
}

function checkObject(value: Json, roleName: string, path: string, report: Report): void {
  const leaf = path.slice(path.lastIndexOf('.') + 1)
  if (!isObject(value)) throw new DefinitionMistake(`"${path}" must be an object`, leaf)
  const role = roleOf(roleName)
  const className = classOf(value).trim() || role.natural
  if (className === undefined) throw new DefinitionMistake(`"${path}" needs an @class`, leaf)
  const entry = role.classes.get(className)
  const full = value['@class']
  if (!entry || (typeof full === 'string' && full.trim() !== '' && !full.startsWith('org.apereo.cas.'))) {
    throw new DefinitionMistake(
      `the class ${String(full).slice(0, 200)} of "${path}" is not known here; the part that knows it may be missing`,
      leaf,
    )
  }
  checkMembers(value, entry, `${path}.`, report)
}

function unknown(path: string, name: string, entry: ClassEntry, report: Report): void {
  const message = () => {
    const near = nearestWord(name, entry.members.keys())
    return `the member "${path}" is not known and has no effect${near === undefined ? '' : `; did you mean "${near}"?`}`
  }
  report('warning', message, name)
}
