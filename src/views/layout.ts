import { icons } from './icons.ts'
import { directionOf, languageName, languageTag } from './locale.ts'
import { html, type Markup, trusted } from './markup.ts'
import type { Desk, Page } from './page.ts'
import type { LinkName, Theme } from './themes.ts'

/** What of a page depends on language and theme only; made once for each pair. */
interface Shell {
  readonly beforeTitle: Markup
  readonly afterTitle: Markup
  readonly brand: Markup
  readonly menuHead: Markup
  readonly languages: readonly { readonly locale: string; readonly rest: Markup }[]
  readonly foot: Markup
}

export interface LayoutParts {
  readonly locales: readonly string[]
  readonly version: string
  /** Address of a static file of ours, with its version. */
  asset(path: string): string
}

const FOOTER_LINKS: readonly LinkName[] = ['help', 'privacy', 'accessibility']

function brandOf(theme: Theme): Markup {
  const image = html`<img id="cas-logo" src="${theme.logo}" alt="${theme.logoText}">`
  return theme.darkLogo === undefined
    ? image
    : html`<picture><source srcset="${theme.darkLogo}" media="(prefers-color-scheme: dark)">${image}</picture>`
}

function footOf(desk: Desk, version: string): Markup {
  const { theme } = desk
  if (!theme.flag('cas.footer.show')) return html``
  const links = FOOTER_LINKS.flatMap((name) => {
    const address = theme.link(name)
    return address === undefined ? [] : [html`<a href="${address}">${desk.say(`castellan.footer.${name}`)}</a>\n`]
  })
  const facts = [
    theme.flag('cas.footer.show-host') && desk.serverHost,
    theme.flag('cas.footer.show-version') && `Castellan ${version}`,
  ].filter((fact) => typeof fact === 'string' && fact !== '')
  return html`<footer class="foot">
${links}<span><bdi>${facts.join(' · ')}</bdi></span>
</footer>
`
}

function shellOf(desk: Desk, parts: LayoutParts): Shell {
  const { theme, context } = desk
  const style = (href: string) => html`<link rel="stylesheet" href="${href}">\n`
  const sheets = [...(theme.coreCss ? [parts.asset('/css/castellan.css')] : []), ...theme.css].map(style)
  const script = (src: string) => html`<script src="${src}" defer></script>\n`
  const scripts = [parts.asset('/js/castellan.js'), ...theme.js].map(script)
  return {
    beforeTitle: html`<!doctype html>
<html lang="${languageTag(context.locale)}" dir="${directionOf(context.locale)}">
<head>
<meta charset="utf-8">
<title>${theme.title} `,
    afterTitle: html`<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${theme.description !== '' && html`<meta name="description" content="${theme.description}">\n`}<link rel="icon" href="${theme.favicon}">
${sheets}${scripts}</head>
<body>
<a class="skip" href="#content">${desk.say('castellan.skip')}</a>
<header class="top">
`,
    brand: brandOf(theme),
    menuHead: html`<details class="menu" id="languages">
<summary>${icons.globe}<span class="hush">${desk.say('castellan.language')}</span> ${languageName(context.locale)} ${icons.flip}</summary>
<ul>
`,
    languages: parts.locales.map((locale) => {
      const tag = languageTag(locale)
      return {
        locale,
        rest: html`" lang="${tag}" hreflang="${tag}"${locale === context.locale && html` aria-current="true"`}>${languageName(locale)}</a></li>\n`,
      }
    }),
    foot: footOf(desk, parts.version),
  }
}

/** `/cas/login?service=x` as the beginning of a link that adds a parameter. Only ever a path of this server. */
function linkBase(here: string): string {
  const path = /^\/(?![/\\])/.test(here) ? here : ''
  const bare = path.split('#', 1)[0] ?? ''
  return `${bare}${bare.includes('?') ? '&' : '?'}`
}

/**
 * Puts pages into their frame: logo, language menu, the card, footer (login-flow.md 4.2).
 *
 * @returns A function of one page; what language and theme decide is kept.
 */
export function createLayout(parts: LayoutParts): (page: Page, desk: Desk, localeParameter: string) => string {
  const shells = new Map<string, Shell>()
  return (page, desk, localeParameter) => {
    const key = `${desk.context.locale} ${desk.theme.name}`
    const shell = shells.get(key) ?? shellOf(desk, parts)
    shells.set(key, shell)
    const base = html`<li><a href="${linkBase(desk.context.here)}${localeParameter}=`.toString()
    const languages = trusted(shell.languages.map(({ locale, rest }) => `${base}${locale}${rest}`).join(''))
    const brand = page.headed ? html`<div class="brand">${shell.brand}</div>` : html`<h1 class="brand">${shell.brand}</h1>`
    return html`${shell.beforeTitle}${page.title}</title>
${page.head}${shell.afterTitle}${brand}
${shell.menuHead}${languages}</ul>
</details>
</header>
<main id="main-content">
<div id="content" class="card">
${page.body}</div>
</main>
${shell.foot}</body>
</html>
`.toString()
  }
}
