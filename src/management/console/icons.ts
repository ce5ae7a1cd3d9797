import { html, type Markup } from '../../views/index.ts'

const icon = (paths: Markup, size: 16 | 18 = 16): Markup =>
  html`<svg width="${size}" height="${size}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${paths}</svg>`

/** Each stands next to a word. */
export const icons = {
  house: icon(html`<path d="M4 20h16M6 20V9l6-4 6 4v11M10 20v-5h4v5M10 10.5h.1M14 10.5h.1"/>`, 18),
  key: icon(html`<circle cx="12" cy="9" r="4"/><path d="M12 13v7"/>`, 18),
  people: icon(
    html`<circle cx="9" cy="9" r="3.2"/><path d="M3 19c.5-3.3 3-5 6-5s5.5 1.7 6 5M16 6.2a3 3 0 0 1 0 5.6M17.5 14.6c2 .6 3.2 2.1 3.5 4.4"/>`,
    18,
  ),
  search: icon(html`<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5"/>`, 18),
  check: icon(html`<path d="M4 12.5l5.5 5.5L20 6.5"/>`),
  cross: icon(html`<path d="M6 6l12 12M18 6L6 18"/>`),
  clock: icon(html`<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>`),
  dash: icon(html`<path d="M6 12h12"/>`),
  alert: icon(html`<circle cx="12" cy="12" r="9"/><path d="M12 7v6M12 16.5v.5"/>`, 18),
} as const

/** A state in a word, with its icon and colour. */
export function mark(kind: 'ok' | 'bad' | 'late' | 'soft', word: string): Markup {
  const picture = { ok: icons.check, bad: icons.cross, late: icons.clock, soft: icons.dash }[kind]
  return html`<span class="mark ${kind}">${picture} ${word}</span>`
}

/** What came of a form that was sent. */
export const banner = (kind: 'danger' | 'warning', text: Markup | string): Markup =>
  html`<div class="banner banner-${kind}" role="alert">${icons.alert}<div>${typeof text === 'string' ? html`<p>${text}</p>` : text}</div></div>`

/** `2026-01-31 09:58 UTC` */
export const moment = (ms: number): string =>
  Number.isFinite(ms) ? `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'never'
