import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseLines } from 'dot-properties'
import type { Log } from '../../base/log.ts'
import { programFile } from '../../base/program-files.ts'
import type { ViewsConfig } from '../config.ts'
import { compilePattern, type Pattern } from './pattern.ts'

/** All texts of one language, the gaps filled from English and from the bundles without a language. */
export type Bundle = ReadonlyMap<string, Pattern>

/** The languages with a bundle of their own, and their texts. */
export interface Bundles {
  /** `en`, `de`, `pt_BR`: as CAS writes them. The shipped ones first. */
  readonly locales: readonly string[]
  /** Of one of `locales`. */
  bundle(locale: string): Bundle | undefined
  /** Changes when a file of the operator changes. */
  readonly fingerprint: string
}

/** What Castellan ships, in the order of the language menu. */
export const SHIPPED = ['en', 'de', 'fr', 'es', 'ar'] as const
const SHIPPED_DIRECTORY = programFile('views/messages')
/** A bundle of the operator that is larger is a mistake. */
const MAX_BUNDLE_BYTES = 4 * 1024 * 1024

interface Source {
  readonly directory: string
  readonly name: string
  readonly encoding: string
}
type Texts = ReadonlyMap<string, string>
/** A file that has been read; taken apart when it is first needed. */
type Unparsed = () => Texts

/** Reads a properties file: the last of two equal keys wins, as in Java. */
export function readProperties(text: string): Texts {
  const found = new Map<string, string>()
  for (const line of parseLines(text.replace(/^\uFEFF/, ''))) {
    if (Array.isArray(line) && line[0] !== undefined) found.set(line[0], line[1] ?? '')
  }
  return found
}

function sourcesOf(baseName: string, configurationDirectory: string, encoding: string): readonly Source[] {
  if (baseName.startsWith('classpath:')) {
    const name = baseName.slice('classpath:'.length).replace(/^\/+/, '')
    const file = resolve(configurationDirectory, name)
    const own: Source = { directory: dirname(file), name: basename(file), encoding }
    return name === 'messages' ? [own, { directory: SHIPPED_DIRECTORY, name, encoding: 'UTF-8' }] : [own]
  }
  const path = baseName.startsWith('file://') ? fileURLToPath(baseName) : baseName.replace(/^file:/, '')
  const file = resolve(configurationDirectory, path)
  return [{ directory: dirname(file), name: basename(file), encoding }]
}

interface BundleFile {
  readonly locale: string
  readonly file: string
  readonly size: number
  readonly mark: string
}

async function filesOf(source: Source): Promise<readonly BundleFile[]> {
  const names = await readdir(source.directory).catch(() => [])
  const wanted = names.flatMap((name) => {
    if (!name.startsWith(source.name) || !name.endsWith('.properties')) return []
    const middle = name.slice(source.name.length, -'.properties'.length)
    return middle === '' || /^_[a-z]{2,3}(?:_[A-Z]{2})?$/.test(middle)
      ? [{ locale: middle.slice(1), file: join(source.directory, name) }]
      : []
  })
  return Promise.all(wanted.map(async ({ locale, file }) => ({ locale, file, ...(await sizeAndMark(file)) })))
}

async function sizeAndMark(file: string): Promise<{ readonly size: number; readonly mark: string }> {
  const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: 0 }))
  return { size, mark: `${file} ${size} ${mtimeMs}` }
}

export interface BundleOptions {
  readonly settings: ViewsConfig
  /** Where relative names and `classpath:` begin. */
  readonly configurationDirectory: string
  readonly log: Log
}

interface Found {
  readonly sources: readonly { readonly source: Source; readonly files: readonly BundleFile[] }[]
  readonly common: readonly BundleFile[]
  readonly fingerprint: string
}

async function findFiles({ settings, configurationDirectory }: BundleOptions): Promise<Found> {
  const { baseNames, commonNames, encoding = 'UTF-8' } = settings.cas.messageBundle
  const sources = baseNames.flatMap((name) => sourcesOf(name, configurationDirectory, encoding))
  if (!sources.some((source) => source.directory === SHIPPED_DIRECTORY)) {
    sources.push({ directory: SHIPPED_DIRECTORY, name: 'messages', encoding: 'UTF-8' })
  }
  const common = commonNames.map(async (name) => {
    const path = name.replace(/^classpath:\/*/, '').replace(/^file:(?:\/\/)?/, '')
    const file = resolve(configurationDirectory, path)
    return { locale: '', file, ...(await sizeAndMark(file)) }
  })
  const found = {
    sources: await Promise.all(sources.map(async (source) => ({ source, files: await filesOf(source) }))),
    common: await Promise.all(common),
  }
  const marks = [...found.sources.flatMap(({ files }) => files), ...found.common].map(({ mark }) => mark)
  return { ...found, fingerprint: marks.sort().join('\n') }
}

/** What the bundles would be read from now; changes when a file is added, changed or removed. */
export async function bundleFingerprint(options: BundleOptions): Promise<string> {
  return (await findFiles(options)).fingerprint
}

/**
 * Reads the message bundles (login-flow.md 13). For one text the base names are asked in their order, each first for the language with its country,
 * then for the language, then for the file without one; what nobody else knows comes from the English that Castellan ships.
 */
export async function readBundles(options: BundleOptions): Promise<Bundles> {
  const { sources, common, fingerprint } = await findFiles(options)
  const read = async ({ file, size }: BundleFile, charset: string): Promise<Unparsed> => {
    try {
      if (size > MAX_BUNDLE_BYTES) throw new RangeError(`is larger than ${MAX_BUNDLE_BYTES} bytes`)
      const text = new TextDecoder(charset).decode(await readFile(file))
      return once(() => readProperties(text))
    } catch (cause) {
      options.log.warn({ file, cause: String(cause) }, 'message bundle cannot be read')
      return () => new Map()
    }
  }
  const layers = await Promise.all(
    sources.map(async ({ source, files }) => {
      return new Map(await Promise.all(files.map(async (file) => [file.locale, await read(file, source.encoding)] as const)))
    }),
  )
  const { encoding = 'UTF-8' } = options.settings.cas.messageBundle
  const commonTexts = await Promise.all(common.map((file) => read(file, encoding)))
  const extra = new Set(layers.flatMap((layer) => [...layer.keys()]).filter((locale) => locale !== ''))
  for (const locale of SHIPPED) extra.delete(locale)
  const locales = [...SHIPPED, ...[...extra].sort()]
  const compiled = new Map<string, Pattern>()
  // Most servers are asked in one language or two: the others are not worked out at the start.
  const byLocale = new Map(locales.map((locale) => [locale, once(() => merge(locale, layers, commonTexts, compiled))]))
  return { locales, bundle: (locale) => byLocale.get(locale)?.(), fingerprint }
}

/** Does something when it is first asked for, and keeps what comes out. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function merge(
  locale: string,
  layers: readonly ReadonlyMap<string, Unparsed>[],
  common: readonly Unparsed[],
  compiled: Map<string, Pattern>,
): Bundle {
  // English stands in the shipped file without a language, so `en` must not be beaten by another language's file: '' is its own.
  const chain = [...new Set([locale, locale.split('_')[0] ?? locale, ''])]
  const inOrder = [...layers.flatMap((layer) => chain.map((part) => layer.get(part))), ...common]
  const bundle = new Map<string, Pattern>()
  for (const texts of inOrder.reverse()) {
    for (const [key, text] of texts?.() ?? []) {
      const pattern = compiled.get(text) ?? compilePattern(text)
      compiled.set(text, pattern)
      bundle.set(key, pattern)
    }
  }
  return bundle
}
