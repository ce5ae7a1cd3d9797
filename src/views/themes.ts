import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '../base/log.ts'
import { imageSource, webLink } from './links.ts'
import { readProperties } from './messages/bundles.ts'

/** What a theme says about every page (login-flow.md 14). */
export interface Theme {
  readonly name: string
  /** First part of every page's title. */
  readonly title: string
  readonly description: string
  readonly coreCss: boolean
  readonly css: readonly string[]
  readonly js: readonly string[]
  readonly logo: string
  readonly darkLogo: string | undefined
  readonly logoText: string
  readonly favicon: string
  flag(key: string): boolean
  /** Address for one of the links that the organisation may have; `undefined` when it has none. */
  link(name: LinkName): string | undefined
}

/** `castellan.link.<name>` of a theme file. */
export type LinkName = 'help' | 'privacy' | 'accessibility' | 'service-desk' | 'forgot-password' | 'forgot-username' | 'sign-up'

/** As in the theme file that CAS ships; what CAS does not have begins with `castellan.`. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['cas.theme.name', 'CAS - Central Authentication Service'],
  ['cas.theme.description', ''],
  ['cas.logo.file', '/images/logo.svg'],
  ['castellan.logo.dark.file', '/images/logo-dark.svg'],
  ['castellan.logo.text', 'Castellan'],
  ['cas.favicon.file', '/favicon.svg'],
  ['cas.css.core.enabled', 'true'],
  ['cas.js.core.enabled', 'true'],
  ['cas.drawer-menu.enabled', 'true'],
  ['cas.notifications-menu.enabled', 'true'],
  ['cas.pm-links.enabled', 'true'],
  ['cas.login-form.enabled', 'true'],
  ['cas.successful-login.display-attributes', 'true'],
  ['cas.public-workstation.enabled', 'false'],
  ['cas.warn-on-redirect.enabled', 'false'],
  ['cas.footer.show', 'true'],
  ['cas.footer.show-version', 'false'],
  ['cas.footer.show-host', 'true'],
  ['cas.service-ui.show', 'true'],
  ['cas.service-ui.show-details', 'true'],
  ['cas.login-side-panel.enabled', 'true'],
])

/** Files that every CAS theme names and Castellan has its own for. */
const REPLACED = new Set(['/css/cas.css', '/css/material.css', '/js/cas.js', '/js/material.js', '/favicon.ico', '/images/cas-logo.png'])
const THEME_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/
const MAX_THEMES = 500
/** The theme that is always there. */
export const PLAIN_THEME = 'cas-theme-default'
const MAX_THEME_BYTES = 256 * 1024

function themeOf(name: string, own: ReadonlyMap<string, string>, contextPath: string): Theme {
  const value = (key: string) => own.get(key)?.trim() || DEFAULTS.get(key) || ''
  const files = (key: string, older?: string) =>
    (own.get(key) ?? (older === undefined ? undefined : own.get(older)) ?? '')
      .split(',')
      .map((file) => file.trim())
      .filter((file) => file !== '' && !REPLACED.has(file))
      .flatMap((file) => imageSource(file, contextPath) ?? [])
  const image = (key: string): string | undefined => {
    const file = own.get(key)?.trim()
    return file === undefined || file === '' || REPLACED.has(file) ? undefined : imageSource(file, contextPath)
  }
  const ownLogo = image('cas.logo.file')
  const flags = new Map([...DEFAULTS, ...own])
  return {
    name,
    title: value('cas.theme.name'),
    description: value('cas.theme.description'),
    coreCss: value('cas.css.core.enabled') !== 'false',
    css: files('cas.standard.css.file'),
    js: files('cas.standard.js.file', 'cas.javascript.file'),
    logo: ownLogo ?? `${contextPath}/images/logo.svg`,
    darkLogo: image('castellan.logo.dark.file') ?? (ownLogo === undefined ? `${contextPath}/images/logo-dark.svg` : undefined),
    logoText: own.get('castellan.logo.text')?.trim() || (ownLogo === undefined ? 'Castellan' : value('cas.theme.name')),
    favicon: image('cas.favicon.file') ?? `${contextPath}/favicon.svg`,
    flag: (key) => /^(?:true|on|yes|1)$/i.test(flags.get(key)?.trim() ?? ''),
    link: (link) => webLink(own.get(`castellan.link.${link}`)?.trim()),
  }
}

/** Directories of `cas.view.template-prefixes`, absolute. */
export function themeDirectories(prefixes: readonly string[], configurationDirectory: string): readonly string[] {
  return prefixes
    .filter((prefix) => !/^(?:https?|classpath):/.test(prefix))
    .map((prefix) => resolve(configurationDirectory, prefix.startsWith('file://') ? fileURLToPath(prefix) : prefix.replace(/^file:/, '')))
}

interface ThemeFile {
  readonly name: string
  readonly file: string
  readonly size: number
  readonly mark: string
}

async function findThemes(directories: readonly string[], log: Log): Promise<readonly ThemeFile[]> {
  const found = new Map<string, ThemeFile>()
  for (const directory of directories) {
    const names = await readdir(directory).catch((cause: unknown) => {
      log.warn({ directory, cause: String(cause) }, 'template directory cannot be read')
      return []
    })
    for (const entry of names.sort()) {
      const name = entry.endsWith('.properties') ? entry.slice(0, -'.properties'.length) : ''
      if (!THEME_NAME.test(name) || found.has(name) || found.size >= MAX_THEMES) continue
      const file = join(directory, entry)
      const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: 0 }))
      found.set(name, { name, file, size, mark: `${file} ${size} ${mtimeMs}` })
    }
  }
  return [...found.values()]
}

const fingerprintOf = (files: readonly ThemeFile[]): string => files.map(({ mark }) => mark).join('\n')

/** What the themes would be read from now; changes when a file is added, changed or removed. */
export async function themesFingerprint(directories: readonly string[], log: Log): Promise<string> {
  return fingerprintOf(await findThemes(directories, log))
}

/**
 * Reads the themes of all template directories; a name in an earlier directory wins. The default theme is there in any case.
 *
 * @returns By name, and a fingerprint that changes when a file does.
 */
export async function readThemes(options: {
  readonly directories: readonly string[]
  readonly contextPath: string
  readonly defaultName: string
  readonly log: Log
}): Promise<{ readonly themes: ReadonlyMap<string, Theme>; readonly fingerprint: string }> {
  const { contextPath, defaultName, log } = options
  const files = await findThemes(options.directories, log)
  const themes = new Map<string, Theme>()
  for (const { name, file, size } of files) {
    try {
      if (size > MAX_THEME_BYTES) throw new RangeError(`is larger than ${MAX_THEME_BYTES} bytes`)
      themes.set(name, themeOf(name, readProperties(await readFile(file, 'utf8')), contextPath))
    } catch (cause) {
      log.warn({ file, cause: String(cause) }, 'theme cannot be read')
    }
  }
  for (const name of [PLAIN_THEME, defaultName]) {
    if (themes.has(name)) continue
    if (name !== PLAIN_THEME) log.warn({ theme: name }, 'the default theme has no file; the plain one is used')
    themes.set(name, themeOf(name, new Map(), contextPath))
  }
  return { themes, fingerprint: fingerprintOf(files) }
}
