import { html, type Markup } from './markup.ts'

const icon = (paths: Markup, size: 16 | 18 | 20 = 20, classes = ''): Markup =>
  html`<svg${classes && html` class="${classes}"`} width="${size}" height="${size}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${paths}</svg>`

const alertPaths = html`<circle cx="12" cy="12" r="9"/><path d="M12 7v6M12 16.5v.5"/>`

/** Every icon stands next to a word; none carries meaning alone. */
export const icons = {
  alert: icon(alertPaths),
  alertSmall: icon(alertPaths, 18),
  check: icon(html`<path d="M4 12.5l5.5 5.5L20 6.5"/>`, 16),
  checkLarge: icon(html`<path d="M4 12.5l5.5 5.5L20 6.5"/>`),
  clock: icon(html`<circle cx="12" cy="12" r="9"/><path d="M12 7v5.5l3.5 2"/>`),
  eye: icon(
    html`<path d="M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12z"/><circle cx="12" cy="12" r="3"/><path class="slash" d="M4 4l16 16"/>`,
  ),
  flip: icon(html`<path d="M6 9l6 6 6-6"/>`, 16, 'flip'),
  globe: icon(html`<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9S9 6 12 3z"/>`),
  info: icon(html`<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7v.5"/>`),
  mail: icon(html`<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M4 7l8 6 8-6"/>`),
  out: icon(html`<path d="M8 16L17 7M9 7h8v8"/>`, 20, 'turn'),
  leave: icon(html`<path d="M14 4H6v16h8M11 12h10M17.5 8.5L21 12l-3.5 3.5"/>`, 20, 'turn'),
} as const
