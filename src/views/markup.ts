import { raw, html as tag } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** Text that is already HTML: made by `html`, or a message of a bundle. */
export type Markup = HtmlEscapedString

/** What may stand in a hole of a page. Texts and numbers are escaped; `undefined` and `false` leave nothing. No promises: pages are synchronous. */
export type Hole = string | number | boolean | undefined | Markup | readonly Hole[]

/** The escaping template tag of every page. */
export function html(strings: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  const made = tag(strings, ...holes)
  if (made instanceof Promise) throw new TypeError('a page must not wait')
  return made
}

/**
 * The only way past escaping. For texts of message bundles, which belong to the operator and may contain HTML, and for pieces that `html` made before
 * and that were joined. Never for anything that came with a request or from a service definition.
 */
export function trusted(text: string): Markup {
  return raw(text)
}

/** One value, escaped. */
export const escaped = (value: string | Markup): string => (typeof value === 'string' ? html`${value}` : value).toString()

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

/** What a reader sees of a message that contains HTML; for attributes, titles and JSON. */
export function plainText(message: string): string {
  return message
    .replace(/<\/?[a-z][^<>]*>/gi, '')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole
      const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
      return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
    })
}
