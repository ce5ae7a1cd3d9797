import type { Call } from '../../http/index.ts'
import { html, type Markup } from '../../views/index.ts'
import type { MayDo, Need } from './access.ts'
import { icons } from './icons.ts'
import type { Visit } from './visits.ts'

/** A page, and what it needs of its frame. */
export interface Screen {
  readonly title: string
  readonly body: Markup
  readonly status?: number
}

/** Everything that a page may look at besides its data. */
export interface Desk {
  readonly call: Call
  readonly visit: Visit
  /** `/cas/admin` */
  readonly base: string
  readonly may: (need: Need) => boolean
}

export const deskFor = (call: Call, visit: Visit, base: string, mayDo: MayDo): Desk => ({
  call,
  visit,
  base,
  may: (need) => mayDo(call, visit.operator, need),
})

const PLACES: readonly { readonly path: string; readonly name: string; readonly icon: Markup; readonly need?: Need }[] = [
  { path: '', name: 'Overview', icon: icons.house },
  { path: '/services', name: 'Services', icon: icons.key, need: { endpoint: 'registeredServices' } },
  { path: '/sessions', name: 'Sessions', icon: icons.people, need: { endpoint: 'ssoSessions' } },
]

/** No script at all, and nothing of another host (configuration.md 17.3); forms lead back here. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** @param asset Address of a shipped file, with its version. */
export function consoleFrame(asset: (path: string) => string) {
  const head = (title: string): Markup => html`<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<title>${title} – Castellan console</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="${asset('/favicon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${asset('/css/castellan.css')}">
<link rel="stylesheet" href="${asset('/css/console.css')}">
</head>
`
  const logo = html`<picture><source srcset="${asset('/images/logo-dark.svg')}" media="(prefers-color-scheme: dark)"><img src="${asset('/images/logo.svg')}" alt="Castellan"></picture>`
  const place = ({ base, may, call }: Desk) =>
    PLACES.filter(({ need }) => need === undefined || may(need)).map(({ path, name, icon }) => {
      const here = call.req.path.slice(base.length).replace(/\/+$/, '')
      const isHere = path === '' ? here === '' : here === path || here.startsWith(`${path}/`)
      return html`<li><a href="${base}${path}"${isHere && html` aria-current="page"`}>${icon} ${name}</a></li>\n`
    })

  return {
    /** For who has logged in. */
    show(desk: Desk, { title, body, status = 200 }: Screen): Response {
      const { visit, base } = desk
      return page(
        html`${head(title)}<body class="console">
<a class="skip" href="#content">Skip to content</a>
<header class="side">
${logo}
<nav aria-label="Console"><ul>
${place(desk)}</ul></nav>
<form class="who" method="post" action="${base}/logout"><input type="hidden" name="csrf" value="${visit.csrf}"><p><bdi>${visit.operator.name}</bdi></p><button class="quiet" type="submit">Log out</button></form>
</header>
<main id="main-content"><div id="content" class="desk">
${body}
</div></main>
</body>
</html>
`,
        status,
      )
    },
    /** For who has not. */
    showAlone({ title, body, status = 200 }: Screen): Response {
      return page(
        html`${head(title)}<body>
<a class="skip" href="#content">Skip to content</a>
<header class="top"><div class="brand">${logo}</div></header>
<main id="main-content"><div id="content" class="card">
${body}
</div></main>
</body>
</html>
`,
        status,
      )
    },
  }
}

const page = (body: Markup, status: number): Response =>
  new Response(body.toString(), {
    status,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-store' },
  })
