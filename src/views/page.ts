import type { Markup } from './markup.ts'
import type { Theme } from './themes.ts'
import type { PageContext, View } from './view.ts'

/** What a page is given besides its props: the words of its language, the theme, addresses. */
export interface Desk {
  readonly context: PageContext
  readonly theme: Theme
  readonly contextPath: string
  readonly serverHost: string
  /** A message as text; escaped where it stands in a page. */
  text(key: string, ...args: readonly string[]): string
  /** A message that may contain HTML; its arguments are escaped. */
  say(key: string, ...args: readonly (string | Markup)[]): Markup
  /** Whether a bundle knows this key. */
  knows(key: string): boolean
  /** An address of this server: `path` below the context path. */
  at(path: string): string
  /** A moment as a `time` element, in UTC; the script turns it to the clock of the reader. */
  time(ms: number, form: 'clock' | 'date'): Markup
  /** Day and time in UTC, as it stands in the log. */
  stamp(ms: number): string
}

export interface Page {
  /** The page's own title, after the theme's. */
  readonly title: string
  /** What stands in `#content`. */
  readonly body: Markup
  /** What else stands in `head`. */
  readonly head?: Markup
  /** Where the page's own heading is the `h1`, the logo is not one. */
  readonly headed?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** A whole document instead of a page in the layout. */
  readonly bare?: boolean
}

export type ViewId = View['id']
export type PropsOf<I extends ViewId> = Extract<View, { readonly id: I }>['props']
export type PageOf<I extends ViewId> = (props: PropsOf<I>, desk: Desk) => Page
export type Pages = { readonly [I in ViewId]: PageOf<I> }
