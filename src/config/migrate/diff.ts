import { applyEdits, type Edit, lineEnd, lineStart } from './edit.ts'

const MASK = '******'

/**
 * The changes of a file as a unified diff without context, for people.
 *
 * @param isSecretLine Whether a line of the old text, counted from 1, holds a secret; what follows its name is not shown then.
 */
export function diff(text: string, edits: readonly Edit[], isSecretLine: (line: number) => boolean): string {
  const hunks: string[] = []
  let shift = 0
  for (const group of byLines(text, edits)) {
    const start = lineStart(text, group[0]?.start ?? 0)
    const last = Math.max(...group.map(({ end }) => end))
    const end = Math.max(last > start && text[last - 1] === '\n' ? last : Math.min(lineEnd(text, last) + 1, text.length), start)
    const before = linesOf(text.slice(start, end))
    const inner = group.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }))
    const after = linesOf(applyEdits(text.slice(start, end), inner))
    const line = countLines(text, start)
    const secret = before.some((_, at) => isSecretLine(line + at))
    const isAppended = start === text.length
    hunks.push(
      `@@ -${line},${isAppended ? 0 : before.length} +${line + shift},${after.length} @@`,
      ...(isAppended ? [] : before.map((one) => `-${shown(one, secret)}`)),
      ...after.map((one) => `+${shown(one, secret || isAppended)}`),
    )
    shift += after.length - (isAppended ? 0 : before.length)
  }
  return hunks.join('\n')
}

/** Edits that touch the same lines belong together. */
function byLines(text: string, edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const groups: Edit[][] = []
  let end = -1
  for (const edit of edits.toSorted((one, other) => one.start - other.start || one.end - other.end)) {
    if (groups.length > 0 && edit.start <= end) groups.at(-1)?.push(edit)
    else groups.push([edit])
    end = Math.max(end, edit.end > edit.start && text[edit.end - 1] === '\n' ? edit.end - 1 : lineEnd(text, edit.end))
  }
  return groups
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

function countLines(text: string, end: number): number {
  let count = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

/** Nothing of a secret, nor of what cannot be told from one. */
function shown(line: string, isSecret: boolean): string {
  if (!isSecret) return line
  const name = /^[\s#]*[\w.[\]\\-]+\s*[=:]/.exec(line)?.[0]
  return name === undefined ? MASK : `${name}${MASK}`
}
