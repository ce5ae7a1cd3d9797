import type { Json } from './json.ts'

const CLASS_NAME = /^[a-z]\w*(\.\w+)*\.[A-Z]\w*(\$\w+)?$/
const SCALAR_CLASS = /^java\.(lang|math|net|time|util)\.\w+$/
const SET_CLASS = /Set(N|12)?$/
const MAP_CLASS = /^java\.util\.[\w.$]*Map[\w$]*$/

type Members = Record<string, Json>

/**
 * Takes the Java class names off collections and single values, as Jackson writes them (services.md 3.2): `["java.util.ArrayList", […]]` becomes the
 * list, sets lose their duplicates, a `TreeSet` is sorted, `{"@class": "java.util.HashMap", …}` becomes the map, `["java.net.URI", "…"]` the value.
 * Objects keep their `@class`; the prefix `org.jasig.` of CAS 4 becomes `org.apereo.`.
 *
 * @param value Is changed in place, so that ten thousand definitions are not held twice; nested at most 100 deep (relaxed-json.ts sees to that).
 */
export function withoutJavaTypes(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return list(value as Json[])
  const members = value as Members
  for (const key in members) {
    const member = members[key] as Json
    if (typeof member === 'object') members[key] = withoutJavaTypes(member)
  }
  const className = members['@class']
  if (typeof className === 'string') {
    if (MAP_CLASS.test(className)) return withoutClass(members)
    members['@class'] = shared(className.startsWith('org.jasig.') ? `org.apereo.${className.slice('org.jasig.'.length)}` : className)
  }
  return members
}

/** Copied: an object that has lost a member is kept as a table by V8, several times as big. */
function withoutClass(members: Members): Members {
  const rest: Members = {}
  for (const key in members) if (key !== '@class') rest[key] = members[key] as Json
  return rest
}

const names = new Map<string, string>()
const MAX_NAMES = 1000

/** One text for all that say the same: ten thousand definitions have a handful of classes. */
function shared(className: string): string {
  const known = names.get(className)
  if (known !== undefined) return known
  if (names.size < MAX_NAMES && className.length < 200) names.set(className, className)
  return className
}

function list(elements: Json[]): Json {
  const first = elements[0]
  const second = elements[1]
  if (elements.length === 2 && typeof first === 'string' && second !== undefined && CLASS_NAME.test(first)) {
    if (Array.isArray(second)) return collection(first, second as Json[])
    if (MAP_CLASS.test(first) && typeof second === 'object') return withoutJavaTypes(second)
    if (typeof second !== 'object' && (SCALAR_CLASS.test(first) || first.startsWith('org.apereo.cas.'))) return second
  }
  return each(elements)
}

function collection(className: string, elements: Json[]): Json {
  const plain = each(elements)
  if (!SET_CLASS.test(className)) return plain
  const distinct = withoutDoubles(plain)
  return className.endsWith('.TreeSet') ? distinct.sort(byText) : distinct
}

/** The list itself where nothing stands twice, as nearly always: a list that was filtered has room for more. */
function withoutDoubles(elements: Json[]): Json[] {
  if (elements.length < 2) return elements
  const scalars = new Set<Json>()
  let doubles = 0
  const isNew = (element: Json): boolean => {
    if (typeof element === 'object') return true
    if (scalars.has(element)) return false
    scalars.add(element)
    return true
  }
  for (const element of elements) if (!isNew(element)) doubles++
  if (doubles === 0) return elements
  scalars.clear()
  return elements.filter(isNew)
}

function each(elements: Json[]): Json[] {
  for (let index = 0; index < elements.length; index++) {
    const element = elements[index] as Json
    if (typeof element === 'object') elements[index] = withoutJavaTypes(element)
  }
  return elements
}

const byText = (one: Json, other: Json) => (String(one) < String(other) ? -1 : 1)
