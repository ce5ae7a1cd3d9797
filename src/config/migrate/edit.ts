/** A change of a file of settings: some characters in the place of others. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What is to become of one setting in a file. */
export interface Rename {
  /** The names of today; several: the value goes to each. */
  readonly names: readonly string[]
  /** Whether the name of today is set too, so that this line does not count and is to be a comment. */
  readonly superseded: boolean
}

/** Says what a setting is called today. @returns `undefined` when it stays as it is. */
export type Renamer = (key: string) => Rename | undefined

/** A file with its settings under their names of today. */
export interface Migrated {
  readonly edits: readonly Edit[]
  /** Settings that have a better name and cannot be moved without a person. */
  readonly left: readonly string[]
}

/** The text with all changes made; later ones do not overlap earlier ones. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = edits.toSorted((one, other) => one.start - other.start || one.end - other.end)
  let result = ''
  let at = 0
  for (const { start, end, text: replacement } of sorted) {
    result += text.slice(at, start) + replacement
    at = end
  }
  return result + text.slice(at)
}

/** Makes comments of all lines that a part of the text touches. */
export function commentOut(text: string, start: number, end: number): readonly Edit[] {
  const edits: Edit[] = []
  for (let at = lineStart(text, start); at < end; at = lineEnd(text, at) + 1) edits.push({ start: at, end: at, text: '# ' })
  return edits
}

/** Where the line of a place begins. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

/** Where the line of a place ends: its line feed, or the end of the text. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}
