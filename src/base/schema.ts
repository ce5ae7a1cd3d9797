/**
 * The words in which a room says what it can be told by settings: one line per property, from which come the type, the binding of every
 * spelling, the default, validation, redaction, `explain`, the reference page and the JSON Schema (docs/guide/configuration.md).
 *
 * Names are camelCase here and kebab-case in what people read; both, and every other relaxed spelling, bind (configuration.md 3).
 * This is the only file that imports the schema library.
 */
import * as v from 'valibot'
import { parseDuration } from './duration.ts'
import { compileJavaRegex } from './java-regex.ts'

/** What is known of a property besides its type. */
export interface Facts {
  /** Never printed, logged or shown; read from `<KEY>_FILE` too. */
  readonly secret?: boolean
  /** Complete names of earlier versions that still work, with one WARN each. */
  readonly formerly?: readonly string[]
  /** A change of it needs a restart. */
  readonly restart?: boolean
  /** A text with placeholders of its own: `${…}` that names no setting is not missed. */
  readonly template?: boolean
  /** Of the switch of a block of keys: the flag beside the block without which its keys are not used. */
  readonly usedWith?: string
}

export type PropertyType = 'int' | 'float' | 'flag' | 'text' | 'texts' | 'choice' | 'duration' | 'size' | 'resource' | 'regex' | 'url'

export interface Property<T> {
  readonly kind: 'property'
  readonly type: PropertyType
  /** What holds when nobody sets it. */
  readonly fallback: T
  /** One sentence for the reference page. */
  readonly about: string
  readonly facts: Facts
  /** The words a `choice` admits. */
  readonly choices?: readonly string[]
  /** How the default is written in a file, where that is not `String(fallback)`. */
  readonly fallbackText?: string
  /**
   * Reads what stood in a source: one text, or the elements of a list.
   *
   * @throws {Mistake} says what it must be; never quotes a secret.
   */
  read(raw: string | readonly string[]): T
}

export interface Group<S extends Shape = Shape> {
  readonly kind: 'group'
  readonly shape: S
}
export interface ListOf<G extends Group = Group> {
  readonly kind: 'list'
  readonly element: G
  readonly about: string
}
export interface MapOf<N extends Property<unknown> | Group = Property<unknown> | Group> {
  readonly kind: 'map'
  readonly value: N
  readonly about: string
}
// biome-ignore lint/suspicious/noExplicitAny: a Property is invariant in its type, so only `any` admits all of them
export type Node = Property<any> | Group<any> | ListOf<any> | MapOf<any>
export type Shape = { readonly [name: string]: Node }

export type Infer<N> =
  N extends Property<infer T>
    ? T
    : N extends Group<infer S>
      ? { readonly [name in keyof S]: Infer<S[name]> }
      : N extends ListOf<infer G>
        ? readonly Infer<G>[]
        : N extends MapOf<infer M>
          ? Readonly<Record<string, Infer<M>>>
          : never

/** A value that cannot be what its property wants; the message completes "KEY (FILE:LINE) …", e.g. `must be a whole number`. */
export class Mistake extends Error {
  /** Whether the message may be followed by `, found "…"`. Never for a secret. */
  readonly quotable: boolean
  constructor(message: string, quotable = true) {
    super(message)
    this.name = 'Mistake'
    this.quotable = quotable
  }
}

export const group = <const S extends Shape>(shape: S): Group<S> => ({ kind: 'group', shape })
export const listOf = <const G extends Group>(element: G, about = ''): ListOf<G> => ({ kind: 'list', element, about })
export const mapOf = <const N extends Property<unknown> | Group>(value: N, about = ''): MapOf<N> => ({ kind: 'map', value, about })

function one(raw: string | readonly string[]): string {
  if (typeof raw === 'string') return raw
  if (raw.length === 1) return raw[0] ?? ''
  throw new Mistake('must be one value, not a list')
}

/**
 * @param schemaOf Made when the first value is read: a start declares a thousand properties and reads the few that somebody has written.
 */
function property<T>(
  type: PropertyType,
  fallback: T,
  about: string,
  facts: Facts,
  schemaOf: () => v.GenericSchema<string, T>,
  more: { choices?: readonly string[]; fallbackText?: string } = {},
): Property<T> {
  let schema: v.GenericSchema<string, T> | undefined
  return {
    kind: 'property',
    type,
    fallback,
    about,
    facts,
    ...more,
    read(raw) {
      schema ??= schemaOf()
      const result = v.safeParse(schema, one(raw))
      if (result.success) return result.output
      throw new Mistake(result.issues[0].message, !facts.secret)
    },
  }
}

const TEXT = v.string()
const TRIMMED = v.pipe(v.string(), v.trim())

interface Range {
  readonly min?: number
  readonly max?: number
  /** A `long` of Java, of which 53 bits count; else 32 bits. */
  readonly wide?: boolean
}

/** A whole number; decimal or `0x…`. Blank takes the default. */
export function int(fallback: number, about: string, facts: Facts & Range = {}): Property<number> {
  const [least, most] = facts.wide ? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] : [-0x80000000, 0x7fffffff]
  const { min = least, max = most } = facts
  return property('int', fallback, about, facts, () =>
    v.pipe(
      v.string(),
      v.trim(),
      v.transform((text) => (text === '' ? String(fallback) : text)),
      v.regex(/^[+-]?(\d+|0x[0-9a-f]+)$/i, 'must be a whole number'),
      v.transform(Number),
      v.safeInteger('must be a whole number within the range of 53 bits'),
      v.minValue(min, `must be at least ${min}`),
      v.maxValue(max, `must be at most ${max}`),
    ),
  )
}

const flagWith = (fallback: boolean) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.toLowerCase(),
    v.transform((text) => (text === '' ? String(fallback) : text)),
    v.regex(/^(true|on|yes|1|false|off|no|0)$/, 'must be true or false'),
    v.transform((text) => /^(true|on|yes|1)$/.test(text)),
  )
const [ON, OFF] = [flagWith(true), flagWith(false)]

/** `true/on/yes/1`, `false/off/no/0` in any case; blank takes the default. */
export function flag(fallback: boolean, about: string, facts: Facts = {}): Property<boolean> {
  return property('flag', fallback, about, facts, () => (fallback ? ON : OFF))
}

export function text(fallback: string, about: string, facts: Facts = {}): Property<string> {
  return property('text', fallback, about, facts, () => TEXT)
}

/** A list of texts: separated by commas, blanks trimmed; or indexed, each element as it is. Empty means an empty list. */
export function texts(fallback: readonly string[], about: string, facts: Facts = {}): Property<readonly string[]> {
  return {
    kind: 'property',
    type: 'texts',
    fallback,
    about,
    facts,
    fallbackText: fallback.join(','),
    read: (raw) =>
      typeof raw === 'string'
        ? raw
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '')
        : raw,
  }
}

const plain = (word: string) => word.replace(/[-_\s]/g, '').toLowerCase()

/** One of the words given, case and `-`, `_`, blanks ignored. */
export function choice<const C extends string>(choices: readonly C[], fallback: NoInfer<C>, about: string, facts: Facts = {}): Property<C> {
  let byPlain: ReadonlyMap<string, C> | undefined
  const known = (word: string) => {
    byPlain ??= new Map(choices.map((choice) => [plain(choice), choice]))
    return byPlain.get(plain(word))
  }
  return property(
    'choice',
    fallback,
    about,
    facts,
    () =>
      v.pipe(
        v.string(),
        v.rawTransform(({ dataset, addIssue, NEVER }) => {
          const found = dataset.value.trim() === '' ? fallback : known(dataset.value)
          if (found !== undefined) return found
          addIssue({ message: `must be one of ${choices.join(', ')}` })
          return NEVER
        }),
      ),
    { choices },
  )
}

/**
 * A duration in any notation of `parseDuration`; the value is seconds, `Infinity` for "never ends". Blank takes the default.
 *
 * @param fallbackText The default as one writes it, e.g. `PT10S`.
 */
export function duration(fallbackText: string, about: string, facts: Facts & { readonly bareNumber?: 's' | 'ms' } = {}): Property<number> {
  const fallback = parseDuration(fallbackText) ?? 0
  return property(
    'duration',
    fallback,
    about,
    facts,
    () =>
      v.pipe(
        v.string(),
        v.rawTransform(({ dataset, addIssue, NEVER }) => {
          const seconds = dataset.value.trim() === '' ? fallback : parseDuration(dataset.value, facts.bareNumber)
          if (seconds !== undefined && seconds >= 0) return seconds
          addIssue({ message: 'must be a duration such as PT10S, 30s or a number of seconds' })
          return NEVER
        }),
      ),
    { fallbackText },
  )
}

/** Bytes: `20KB`, `2MB`, `512B`, a bare number; factor 1024. */
export function size(fallbackText: string, about: string, facts: Facts = {}): Property<number> {
  const bytes = (raw: string): number | undefined => {
    const match = /^(\d+)\s*(B|KB|MB|GB)?$/.exec(raw.trim())
    return match
      ? Number(match[1]) * { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }[(match[2] ?? 'B') as 'B' | 'KB' | 'MB' | 'GB']
      : undefined
  }
  const fallback = bytes(fallbackText) ?? 0
  return property(
    'size',
    fallback,
    about,
    facts,
    () =>
      v.pipe(
        v.string(),
        v.rawTransform(({ dataset, addIssue, NEVER }) => {
          const found = dataset.value.trim() === '' ? fallback : bytes(dataset.value)
          if (found !== undefined) return found
          addIssue({ message: 'must be a size such as 20KB, 2MB or a number of bytes' })
          return NEVER
        }),
      ),
    { fallbackText },
  )
}

/** Where something lies: `file:/path`, `/path`, `classpath:name`, `https://…`. Kept as written; opened through base/resource.ts. */
export function resource(fallback: string, about: string, facts: Facts = {}): Property<string> {
  return property('resource', fallback, about, facts, () => TRIMMED)
}

/** A pattern in Java's syntax, which can be read, kept as written; compiled through base/java-regex.ts by the room that uses it. */
export function regex(fallback: string, about: string, facts: Facts = {}): Property<string> {
  return property('regex', fallback, about, facts, () =>
    v.pipe(
      v.string(),
      v.rawCheck(({ dataset, addIssue }) => {
        const compiled = dataset.typed ? compileJavaRegex(dataset.value, { match: 'find' }) : undefined
        if (compiled?.kind === 'invalid') addIssue({ message: `must be a regular expression of Java: ${compiled.reason}` })
      }),
    ),
  )
}

/** An address of the web, kept as written but for blanks around it; empty where the default is. */
export function url(fallback: string, about: string, facts: Facts = {}): Property<string> {
  return property('url', fallback, about, facts, () =>
    v.pipe(
      v.string(),
      v.trim(),
      v.check(
        (text) => (text === '' && fallback === '') || /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
        'must be an http or https address, e.g. https://sso.example.org',
      ),
    ),
  )
}

/**
 * The same property, whose value somebody else has to understand.
 *
 * @param verify Throws a `Mistake` for what he does not.
 */
export function verified<T>(inner: Property<T>, verify: (value: T) => unknown): Property<T> {
  return {
    ...inner,
    read(raw) {
      const value = inner.read(raw)
      verify(value)
      return value
    },
  }
}

/**
 * The same property without a default: `undefined` until somebody sets it; blank counts as not set.
 *
 * @param usually What holds then unless another setting says otherwise, as one would write it.
 */
export function optional<T>(inner: Property<T>, usually = ''): Property<T | undefined> {
  return {
    kind: 'property',
    type: inner.type,
    fallback: undefined,
    about: inner.about,
    facts: inner.facts,
    ...(inner.choices ? { choices: inner.choices } : {}),
    fallbackText: usually,
    read: (raw) => (typeof raw === 'string' && raw.trim() === '' ? undefined : inner.read(raw)),
  }
}

/** The block of keys that CAS calls `crypto` (configuration.md 9). Sizes are bits, or bytes up to 32. */
export function cryptoBlock(defaults: {
  readonly enabled: boolean
  readonly encryptionKeySize: number
  readonly alg: string
  readonly restart?: boolean
  /** Name of the flag beside the block without which its keys are not used. */
  readonly usedWith?: string
  readonly enabledAbout?: string
  /** Below which name the keys stood in earlier versions, without `crypto`. */
  readonly formerlyBelow?: string
}) {
  const facts: Facts = defaults.restart ? { restart: true } : {}
  const { usedWith, enabledAbout = 'Whether values are encrypted and signed.', formerlyBelow: old } = defaults
  const formerly = (name: string): Facts => (old === undefined ? facts : { ...facts, formerly: [`${old}.${name}`] })
  return group({
    enabled: flag(defaults.enabled, enabledAbout, usedWith === undefined ? facts : { ...facts, usedWith }),
    alg: text(defaults.alg, 'Content encryption of what leaves the server as a JWT.', formerly('alg')),
    encryption: group({
      key: texts([], 'Encryption key: the `k` of an oct JWK. Several: the first writes, all read. Generated when missing.', {
        ...formerly('encryption.key'),
        secret: true,
      }),
      keySize: int(defaults.encryptionKeySize, 'Size of the encryption key: bits, or bytes up to 32.', formerly('encryption.key-size')),
    }),
    signing: group({
      key: texts([], 'Signing key. Several: the first writes, all read. Generated when missing.', {
        ...formerly('signing.key'),
        secret: true,
      }),
      keySize: int(512, 'Size of the signing key in bits.', formerly('signing.key-size')),
    }),
  })
}
