import { isDeepStrictEqual } from 'node:util'
import { withoutJavaTypes } from '../../base/java-typed.ts'
import type { Json } from '../../base/json.ts'
import { parseRelaxedJson } from '../../base/relaxed-json.ts'
import { withoutDefaults } from './defaults.ts'
import { type Member, memberPlaces, type Value } from './member-places.ts'
import { isObject, type Members } from './members.ts'
import { exactNumber, typedForm, type Written, writtenMembers } from './written-form.ts'

export interface Edited {
  readonly text: string
  /** Whether comments went with what was replaced. */
  readonly commentsLost: boolean
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * Changes the text of a definition only where it says something else by now, so that comments and the hand of who wrote it stay (services.md 6.1).
 *
 * @param before What the text says, as it was read.
 * @returns `undefined` when that cannot be done: then the text has to be written anew.
 */
export function editedText(text: string, before: Written, after: Written): Edited | undefined {
  const places = memberPlaces(text)
  if (!places) return undefined
  const wanted = writtenMembers(after)
  const edits: Edit[] = []
  changeMembers({ text, edits }, places.root, writtenMembers(before), wanted)
  const edited = applied(text, edits)
  const now = memberPlaces(edited)
  if (!now || !says(edited, after, wanted)) return undefined
  return { text: edited, commentsLost: now.comments.length < places.comments.length }
}

function says(text: string, { className }: Written, wanted: Members): boolean {
  const parsed = parseRelaxedJson(text)
  if (parsed.kind === 'broken' || !isObject(parsed.value)) return false
  const read = withoutJavaTypes(parsed.value) as Members
  return isDeepStrictEqual({ ...withoutDefaults(read, className), id: String(read['id']) }, { ...wanted, id: String(wanted['id']) })
}

interface Editing {
  readonly text: string
  readonly edits: Edit[]
}

function changeMembers(editing: Editing, place: Value, before: Members, after: Members): void {
  const members = place.members ?? []
  const standing = new Map(members.map((member) => [member.name, member]))
  const added: string[] = []
  for (const [name, value] of Object.entries(after)) {
    const member = standing.get(name)
    if (!member) added.push(name)
    else if (!same(before[name], value)) changeValue(editing, member, before[name], value, classNameOf(after))
  }
  // The class of a Java map is not among its members.
  const leaving = members.filter(({ name }) => !(name in after) && name in before)
  const last = members.findLast((member) => !leaving.includes(member))
  // Of an object that keeps nothing everything is written anew.
  if (last || added.length === 0) for (const member of leaving) remove(editing, member)
  if (added.length > 0)
    add(
      editing,
      place,
      members.findLast((member) => !leaving.includes(member)),
      after,
      added,
    )
}

const same = (one: Json | undefined, other: Json): boolean => isDeepStrictEqual(one, other) || String(one) === other

/** @param of Class of the object that has the member. */
function changeValue(editing: Editing, member: Member, before: Json | undefined, after: Json, of: string | undefined): void {
  const { value, name } = member
  if (value.members && isObject(before) && isObject(after) && before['@class'] === after['@class']) {
    changeMembers(editing, value, before, after)
    return
  }
  const written = valueText(editing.text, member.start, after, [name, of])
  editing.edits.push({ start: value.start, end: value.end, text: written })
}

const classNameOf = ({ '@class': name }: Members) => (typeof name === 'string' ? name : undefined)

/** A value as it is written at a place: further lines begin where that line does. */
function valueText(text: string, at: number, value: Json, [name, of]: readonly [name: string, of: string | undefined]): string {
  const form = name === 'id' ? exactNumber(String(value)) : typedForm(value, name, of)
  return JSON.stringify(form, undefined, 2).replaceAll('\n', `\n${indentAt(text, at)}`)
}

function indentAt(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at)
  return /^\s*/.exec(line)?.[0] ?? ''
}

/** Takes a member away with the comma behind it, and its lines when nothing else stands there. */
function remove({ text, edits }: Editing, { start, value, comma }: Member): void {
  let end = comma === undefined ? value.end : comma + 1
  let begin = start
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const rest = /^[ \t]*\r?\n/.exec(text.slice(end, end + 200))
  if (rest && text.slice(lineStart, start).trim() === '') {
    begin = lineStart
    end += rest[0].length
  }
  edits.push({ start: begin, end, text: '' })
}

/** Puts new members behind the last one that stays, and behind the comment that stands in its line. */
function add({ text, edits }: Editing, place: Value, last: Member | undefined, after: Members, names: readonly string[]): void {
  const of = classNameOf(after)
  if (!last) {
    const inside = names
      .map((name) => `${JSON.stringify(name)}: ${valueText(text, place.start, after[name] ?? null, [name, of])}`)
      .join(', ')
    edits.push({ start: place.start, end: place.end, text: place.braces ? `{ ${inside} }` : inside })
    return
  }
  const { value, comma } = last
  const written = names.map((name) => `${JSON.stringify(name)}: ${valueText(text, last.start, after[name] ?? null, [name, of])}`)
  if (comma === undefined && !value.quoteless) edits.push({ start: value.end, end: value.end, text: ',' })
  const behind = comma === undefined ? value.end : comma + 1
  const rest = /^[ \t]*((#|\/\/)[^\r\n]*)?(?=\r?\n|$)/.exec(text.slice(behind))
  const at = behind + (rest?.[0].length ?? 0)
  const begin = rest ? `\n${indentAt(text, last.start)}` : ' '
  // Behind it there is nothing, or what leaves.
  const end = last === place.members?.at(-1) ? '' : ','
  edits.push({ start: at, end: at, text: written.map((each) => begin + each).join(',') + end })
}

function applied(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  // Of edits at one place the one that came first stands first.
  for (const edit of edits.toSorted((one, other) => one.start - other.start || one.end - other.end)) {
    result += text.slice(at, edit.start) + edit.text
    at = Math.max(at, edit.end)
  }
  return result + text.slice(at)
}
