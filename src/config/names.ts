/**
 * Names of settings (configuration.md 3). A key is compared element by element; within an element `-`, `_` and case do not count, so that every
 * relaxed spelling is one key. What people read is kebab-case; map keys stay as they were written.
 */

/** One part of a key: `ldap`, `[0]`, `[urn:oid:2.5.4.42]`. */
export interface Element {
  /** As written, without brackets. */
  readonly text: string
  /** `uniform(text)`. */
  readonly uniform: string
  /** When it can be the place in a list: `[3]` and `.3`. */
  readonly index: number | undefined
}

/** The form in which two spellings of one element are equal. */
export function uniform(text: string): string {
  return text.replace(/[-_]/g, '').toLowerCase()
}

/** A whole key in the form in which two spellings of it are equal; places in lists stand between dots. */
export function uniformPath(path: readonly Element[]): string {
  let whole = ''
  for (const one of path) whole = whole === '' ? one.uniform : `${whole}.${one.uniform}`
  return whole
}

/** `numberOfUses` → `number-of-uses`. */
export function kebab(text: string): string {
  return text
    .replace(/_/g, '-')
    .replace(/[A-Z]+/g, (capitals, at: number, whole: string) => (at === 0 || whole[at - 1] === '-' ? capitals : `-${capitals}`))
    .toLowerCase()
}

/** Only letters and digits, lower case: how names of environment variables are compared. */
export function squash(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Whether a key is written the way tools show it. */
export function isKebab(key: string): boolean {
  return /^[a-z0-9.[\]-]+$/.test(key)
}

const MAX_DEPTH = 64

/**
 * Takes a key apart. Dots separate; what stands in brackets is one element whatever it holds. Never throws: what is not closed is taken as it stands.
 *
 * @returns `undefined` for a key with more than 64 elements, which no setting has.
 */
export function parseKey(key: string): readonly Element[] | undefined {
  if (!/[[\]]|\.\.|^\.|\.$/.test(key)) {
    const parts = key === '' ? [] : key.split('.')
    return parts.length > MAX_DEPTH ? undefined : parts.map(element)
  }
  const elements: Element[] = []
  let at = 0
  while (at < key.length) {
    if (elements.length === MAX_DEPTH) return undefined
    if (key[at] === '.') {
      at += 1
      continue
    }
    if (key[at] === '[') {
      const end = key.indexOf(']', at)
      if (end > 0) {
        elements.push(element(key.slice(at + 1, end)))
        at = end + 1
        continue
      }
    }
    let end = at + 1
    while (end < key.length && key[end] !== '.' && key[end] !== '[') end += 1
    elements.push(element(key.slice(at, end)))
    at = end
  }
  return elements
}

export function element(text: string): Element {
  const known = elementsByText.get(text)
  if (known) return known
  const made = { text, uniform: uniform(text), index: /^\d{1,9}$/.test(text) ? Number(text) : undefined }
  if (text.length > LONGEST_KEPT) return made
  if (elementsByText.size >= MAX_ELEMENTS) elementsByText.clear()
  elementsByText.set(text, made)
  return made
}

/** The same few hundred words stand in thousands of keys. */
const elementsByText = new Map<string, Element>()
const MAX_ELEMENTS = 4096
const LONGEST_KEPT = 100

/** One more part of a key in its canonical spelling. */
export function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** A map key that needs brackets gets them. */
export function mapKey(path: string, key: string): string {
  return /^[A-Za-z0-9._-]+$/.test(key) ? below(path, key) : `${path}.[${key}]`
}
