/**
 * Names of settings (configuration.md 3). A key is compared element by element; within an element `-`, `_` and case do not count, so that every
 * relaxed spelling is one key. What people read is kebab-case; map keys stay as they were written.
 */

/** One part of a key: `ldap`, `[0]`, `[urn:oid:2.5.4.42]`. */
export interface Element {
  /** As written, without brackets. */
  readonly text: string
  /** When it can be the place in a list: `[3]` and `.3`. */
  readonly index?: number
}

/** The form in which two spellings of one element are equal. */
export function uniform(text: string): string {
  const known = uniforms.get(text)
  if (known !== undefined) return known
  const found = text.replace(/[-_]/g, '').toLowerCase()
  if (uniforms.size >= MAX_UNIFORMS) uniforms.clear()
  uniforms.set(text, found)
  return found
}

/** The same few hundred words are asked for tens of thousands of times while settings are read. */
const uniforms = new Map<string, string>()
const MAX_UNIFORMS = 4096

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
  return /^\d{1,9}$/.test(text) ? { text, index: Number(text) } : { text }
}

/** One more part of a key in its canonical spelling. */
export function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** A map key that needs brackets gets them. */
export function mapKey(path: string, key: string): string {
  return /^[A-Za-z0-9._-]+$/.test(key) ? below(path, key) : `${path}.[${key}]`
}
