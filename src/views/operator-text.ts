import { createRequire } from 'node:module'
import { html, type Markup, trusted } from './markup.ts'
import type { OperatorText, TextFormat } from './view.ts'

/** The text of a language: `fr_CA`, `fr`, `default`, the first that there is (interrupt.md 14.5). */
export function inLanguage(text: OperatorText, locale: string): string {
  if (typeof text === 'string') return text
  const language = locale.split('_', 1)[0] ?? ''
  return text[locale] ?? text[language] ?? text['default'] ?? Object.values(text)[0] ?? ''
}

export interface OperatorMarkup {
  readonly markup: Markup
  /** Whether it has paragraphs, lists or the like, which cannot stand in a `p`. */
  readonly hasBlocks: boolean
}

const MAX_KEPT = 200
const kept = new Map<string, OperatorMarkup>()

/** A message of an operator as a page may show it (interrupt.md 5.6, docs/decisions/070). */
export function operatorMarkup(text: string, format: TextFormat): OperatorMarkup {
  const key = `${format} ${text}`
  const known = kept.get(key)
  if (known) return known
  const made = make(text, format)
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(key, made)
  return made
}

function make(text: string, format: TextFormat): OperatorMarkup {
  switch (format) {
    case 'TEXT':
      return { markup: html`${text.split(/\r?\n/).map((line, index) => html`${index > 0 && html`<br>`}${line}`)}`, hasBlocks: false }
    case 'RAW_HTML':
      return withBlocks(text)
    case 'MARKDOWN':
      return withBlocks(sanitized(markdown(text)))
    case 'SAFE_HTML':
      return withBlocks(sanitized(text))
  }
}

const withBlocks = (markup: string): OperatorMarkup => ({
  markup: trusted(markup),
  hasBlocks: /<(?:p|ul|ol|li|dl|dt|dd|pre|blockquote|hr|h[1-6]|div|table|section|article)[\s>/]/i.test(markup),
})

type Attributes = Record<string, string>
type Sanitize = (dirty: string, options: object) => string
interface MarkdownIt {
  render(text: string): string
}

const load = createRequire(import.meta.url)
let sanitize: Sanitize | undefined
let parser: MarkdownIt | undefined

/** Both libraries come when the first message is shown: most servers never show one. */
function sanitized(text: string): string {
  sanitize ??= load('sanitize-html') as Sanitize
  return sanitize(text, RULES).trim()
}

function markdown(text: string): string {
  if (!parser) {
    const loaded = load('markdown-it') as { readonly default?: unknown }
    const Parser = (loaded.default ?? loaded) as new (options: object) => MarkdownIt
    parser = new Parser({ html: false, linkify: false })
  }
  return parser.render(text)
}

const ELEMENTS =
  'a b strong i em u s br p ul ol li dl dt dd code pre blockquote hr h2 h3 h4 span div img table thead tbody tr th td small sub sup'.split(
    ' ',
  )
/** Dropped with what is in them; any other unknown element leaves its content. */
const WITH_CONTENT =
  'script style iframe object embed form input button select option textarea svg math noscript template title frameset xmp plaintext'.split(
    ' ',
  )
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp)[;,]/i

/** The list of interrupt.md 5.6: whatever is not named is not there. */
const RULES = {
  allowedTags: ELEMENTS,
  nonTextTags: WITH_CONTENT,
  allowedAttributes: {
    '*': ['title', 'class', 'lang', 'dir'],
    a: ['href', 'target', 'rel'],
    img: ['src', 'alt', 'width', 'height'],
    td: ['colspan', 'rowspan'],
    th: ['colspan', 'rowspan', 'scope'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: ['https', 'data'] },
  allowedSchemesAppliedToAttributes: ['href', 'src'],
  allowProtocolRelative: false,
  nestingLimit: 30,
  transformTags: {
    a: (tagName: string, { target, rel: _, ...attribs }: Attributes) => ({
      tagName,
      attribs: target === '_blank' ? { ...attribs, target, rel: 'noopener noreferrer' } : attribs,
    }),
    img: (tagName: string, { src = '', ...attribs }: Attributes) => ({
      tagName,
      attribs: /^\s*data:/i.test(src) && !PICTURE.test(src) ? attribs : { src, ...attribs },
    }),
  },
  exclusiveFilter: ({ tag, attribs }: { readonly tag: string; readonly attribs: Attributes }) => tag === 'img' && !attribs['src'],
}
