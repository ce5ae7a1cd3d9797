import { readFile } from 'node:fs/promises'
import type { Log } from '../base/log.ts'
import type { Route } from '../http/index.ts'
import type { ViewsConfig } from './config.ts'
import { contrastProblems } from './contrast.ts'
import { createLayout } from './layout.ts'
import { languageTag, matchLocale, negotiateLocale } from './locale.ts'
import { html } from './markup.ts'
import { type Bundle, type Bundles, bundleFingerprint, readBundles, SHIPPED } from './messages/bundles.ts'
import type { Desk, Page } from './page.ts'
import { pages } from './pages/index.ts'
import { staticFiles, themeFile, themePath } from './static.ts'
import { PLAIN_THEME, readThemes, type Theme, themeDirectories, themesFingerprint } from './themes.ts'
import type { Message, PageContext, RenderedPage, View, Views } from './view.ts'

export interface ViewsOptions {
  readonly settings: ViewsConfig
  /** `/cas`, or `''` for the root. */
  readonly contextPath: string
  /** Name and port of this server as its users know it, for the footer and the login page. */
  readonly serverHost: string
  /** Where relative names of bundles and themes begin. */
  readonly configurationDirectory: string
  readonly log: Log
  readonly version: string
}

/** Everything that comes from files; replaced as a whole when one of them changes. */
interface Material {
  readonly bundles: Bundles
  readonly themes: ReadonlyMap<string, Theme>
  readonly fingerprint: string
  readonly layout: ReturnType<typeof createLayout>
}

/** A longer style sheet is not a theme of ours: the colours of one stand at its top. */
const MAX_JUDGED_BYTES = 256 * 1024
/** A `Date` reaches no further; what lies beyond never comes. */
const LAST_MOMENT_MS = 8.64e15

/** Formats moments in UTC, as the log has them. One formatter for each language and form. */
function clocks() {
  const known = new Map<string, Intl.DateTimeFormat>()
  return (ms: number, locale: string, form: 'clock' | 'date'): string => {
    const key = `${form} ${locale}`
    let format = known.get(key)
    if (!format) {
      const shape = form === 'clock' ? {} : ({ day: 'numeric', month: 'long', year: 'numeric' } as const)
      // Latin digits in every language: what is read out to a service desk must be found in the log.
      format = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : languageTag(locale), {
        ...shape,
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        timeZone: 'UTC',
        numberingSystem: 'latn',
      })
      known.set(key, format)
    }
    return `${format.format(ms)} UTC`
  }
}

export interface Shipped {
  /** Routes of the static files. */
  staticRoutes(): readonly Route[]
  /** Address of a shipped file with context path and version. */
  asset(path: string): string
}

/**
 * The pages (login-flow.md 4, 7-14), their languages, themes and static files. Files of the operator are looked at again every
 * `cas.message-bundle.cache-seconds`.
 *
 * @returns What renders a `View`, and the routes of the static files.
 */
export async function createViews(options: ViewsOptions): Promise<Views & Shipped> {
  const { settings, contextPath, serverHost, configurationDirectory, log, version } = options
  const { theme: themeSettings, locale: localeSettings, messageBundle, view } = settings.cas
  const directories = themeDirectories(view.templatePrefixes, configurationDirectory)
  const files = await staticFiles({
    contextPath,
    directories,
    maxAgeSeconds: options.settings.spring.web.resources.cache.cachecontrol.maxAge,
  })
  const format = clocks()

  async function read(): Promise<Material> {
    const [bundles, themes] = await Promise.all([
      readBundles({ settings, configurationDirectory, log }),
      readThemes({ directories, contextPath, defaultName: themeSettings.defaultThemeName, log }),
    ])
    await warnOfContrast(themes.themes)
    return {
      bundles,
      themes: themes.themes,
      fingerprint: `${bundles.fingerprint}\n${themes.fingerprint}`,
      layout: createLayout({ locales: bundles.locales, version, asset: files.asset }),
    }
  }

  /** A colour that nobody can read is said at the start, not by the first person who cannot. */
  async function warnOfContrast(themes: ReadonlyMap<string, Theme>): Promise<void> {
    for (const theme of themes.values()) {
      for (const address of theme.css) {
        const parts = themePath(address, contextPath)
        const found = parts && (await themeFile(directories, parts))
        if (!found || found.size > MAX_JUDGED_BYTES) continue
        const css = await readFile(found.file, 'utf8').catch(() => '')
        for (const problem of contrastProblems(css))
          log.warn({ theme: theme.name, file: found.file, problem }, 'a colour of the theme cannot be read')
      }
    }
  }

  const fingerprint = async () =>
    `${await bundleFingerprint({ settings, configurationDirectory, log })}\n${await themesFingerprint(directories, log)}`

  let material = await read()
  let lookedAtMs: number | undefined
  let looking = false
  function lookAgain(nowMs: number): void {
    lookedAtMs ??= nowMs
    // A clock that was set back must not keep the old files until it is there again.
    if (looking || Math.abs(nowMs - lookedAtMs) < messageBundle.cacheSeconds * 1000) return
    looking = true
    lookedAtMs = nowMs
    fingerprint()
      .then(async (found) => {
        if (found !== material.fingerprint) material = await read()
      })
      .catch((cause: unknown) => log.error({ cause: String(cause) }, 'messages and themes cannot be read again; the old ones stay'))
      .finally(() => {
        looking = false
      })
  }

  const defaultLocale = matchLocale(localeSettings.defaultValue, material.bundles.locales) ?? 'en'
  const bundleOf = (locale: string): Bundle => material.bundles.bundle(locale) ?? material.bundles.bundle(SHIPPED[0]) ?? new Map()
  const themeOf = (name: string): Theme => {
    const theme = material.themes.get(name) ?? material.themes.get(themeSettings.defaultThemeName) ?? material.themes.get(PLAIN_THEME)
    if (!theme) throw new Error('there is no default theme')
    return theme
  }
  const unknown = (key: string): string => (messageBundle.useCodeMessage ? key : '')

  function deskOf(wanted: PageContext): Desk {
    const bundle = bundleOf(wanted.locale)
    const context = material.bundles.locales.includes(wanted.locale) ? wanted : { ...wanted, locale: 'en' }
    return {
      context,
      theme: themeOf(wanted.theme),
      contextPath,
      serverHost,
      text: (key, ...args) => bundle.get(key)?.text(args) ?? unknown(key),
      say: (key, ...args) => bundle.get(key)?.markup(args) ?? html`${unknown(key)}`,
      knows: (key) => bundle.has(key),
      at: (path) => contextPath + path,
      time: (ms, form) =>
        Math.abs(ms) <= LAST_MOMENT_MS
          ? html`<time datetime="${new Date(ms).toISOString()}" data-form="${form}">${format(ms, context.locale, form)}</time>`
          : html``,
      stamp: (ms) => format(ms, context.locale, 'date'),
    }
  }

  function pageOf(view: View, desk: Desk): Page {
    // Id and props belong together in `View`; the compiler cannot follow them through the map.
    const page = pages[view.id] as (props: View['props'], desk: Desk) => Page
    return page(view.props, desk)
  }

  return {
    render(view, context): RenderedPage {
      lookAgain(context.nowMs)
      const desk = deskOf(context)
      const page = pageOf(view, desk)
      const document = page.bare ? page.body.toString() : material.layout(page, desk, localeSettings.paramName)
      return { html: document, headers: page.headers ?? {} }
    },
    json(view, context) {
      const desk = deskOf(context)
      return {
        view: view.id,
        locale: desk.context.locale,
        title: pageOf(view, desk).title,
        requestId: context.requestId,
        props: resolveMessages(view.props, desk),
        texts: textsOf(view.props, desk),
      }
    },
    chooseLocale({ parameter, cookie, service, acceptLanguage }) {
      if (localeSettings.forceDefaultLocale) return defaultLocale
      const { locales } = material.bundles
      for (const wish of [parameter, cookie, service]) {
        const found = matchLocale(wish, locales)
        if (found !== undefined) return found
      }
      return negotiateLocale(acceptLanguage, locales) ?? defaultLocale
    },
    chooseTheme({ parameter, service }) {
      for (const wish of [parameter, service]) if (wish !== undefined && material.themes.has(wish)) return wish
      return themeOf('').name
    },
    text: ({ key, args = [] }, locale) => bundleOf(locale).get(key)?.text(args) ?? unknown(key),
    themeFlag: (theme, key) => themeOf(theme).flag(key),
    staticRoutes: () => files.routes,
    asset: files.asset,
  }
}

/** Props that are keys of messages, as texts. */
function textsOf(props: View['props'], desk: Desk): Readonly<Record<string, string>> {
  const args = 'principalId' in props && typeof props.principalId === 'string' ? [props.principalId] : []
  return Object.fromEntries(
    Object.entries(props).flatMap(([name, value]) =>
      (name === 'heading' || name === 'message') && typeof value === 'string' ? [[name, desk.text(value, ...args)]] : [],
    ),
  )
}

function isMessage(value: object): value is Message {
  return 'key' in value && typeof value.key === 'string' && Object.keys(value).every((name) => name === 'key' || name === 'args')
}

/** Props as JSON, each `Message` with its text beside the key. */
function resolveMessages(value: unknown, desk: Desk): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return null
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => resolveMessages(one, desk))
  if (isMessage(value)) return { ...value, text: desk.text(value.key, ...(value.args ?? [])) }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolveMessages(one, desk)]))
}
