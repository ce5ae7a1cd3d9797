// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of messages
/** What a text may name, and in which order old texts mean it. */
export interface TemplateValues {
  /** By name, for `${name}`. */
  readonly named: Readonly<Record<string, string>>
  /** For `%s`, `%1$s`. */
  readonly positional: readonly string[]
}

export interface Template {
  /** Puts values in; `encode` is applied to each of them. A value is never looked into again. */
  render(values: TemplateValues, encode?: (value: string) => string): string
  /** What of a Groovy template cannot be done here and stays in the text, in words for the log. */
  readonly errors: readonly string[]
  /** What else will stay in the text as it is. */
  mistakes(names: readonly string[], positions: number): readonly string[]
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'position'; readonly at: number; readonly upper: boolean; readonly source: string }
  | { readonly kind: 'name'; readonly name: string; readonly fallback: string | undefined; readonly source: string }

/** `%s`, `%S`, `%2$s`, `%n`, `%%` of old texts; `${name}`, `${name:-default}` of new ones (notifications.md 3). Everything else is text. */
const PLACEHOLDER = /%(?:(\d{1,3})\$)?([sS])|%([n%])|\$\{([A-Za-z_][\w.]{0,63})(?::-([^}]{0,500}))?\}/g
/** Groovy templates: `<%= name %>` and `$name` too. */
const GROOVY_PLACEHOLDER = /<%=\s*([A-Za-z_]\w{0,63})\s*%>|\$([A-Za-z_]\w{0,63})\b/g
const EXPRESSION = /#\{/
/** A percent sign that means nothing, in a text that has others that do. */
const STRAY_PERCENT = /%(?!(?:\d{1,3}\$)?[sS]|[n%])/

/** Both families of placeholders work in one text (decisions.md D10). It never throws: what means nothing stays as it is. */
export function template(text: string, { groovy = false }: { readonly groovy?: boolean } = {}): Template {
  const source = groovy ? text.replace(GROOVY_PLACEHOLDER, (_all, one?: string, other?: string) => `\${${one ?? other}}`) : text
  const parts: Part[] = []
  let next = 0
  let at = 0
  for (const match of source.matchAll(PLACEHOLDER)) {
    const [all, position, letter, sign, name, fallback] = match
    if (match.index > at) parts.push({ kind: 'text', text: source.slice(at, match.index) })
    at = match.index + all.length
    if (sign !== undefined) parts.push({ kind: 'text', text: sign === 'n' ? '\n' : '%' })
    else if (name !== undefined) parts.push({ kind: 'name', name, fallback, source: all })
    else parts.push({ kind: 'position', at: position === undefined ? next++ : Number(position) - 1, upper: letter === 'S', source: all })
  }
  if (at < source.length) parts.push({ kind: 'text', text: source.slice(at) })

  const isProgram = groovy && /<%(?!=\s*[A-Za-z_]\w*\s*%>)/.test(text)
  return {
    errors: isProgram ? ['only ${name}, $name and <%= name %> of a Groovy template are understood'] : [],
    render({ named, positional }, encode = (value) => value) {
      let out = ''
      for (const part of parts) {
        if (part.kind === 'text') out += part.text
        else if (part.kind === 'position') {
          const value = positional[part.at]
          out += value === undefined ? part.source : encode(part.upper ? value.toUpperCase() : value)
        } else {
          const value = Object.hasOwn(named, part.name) ? named[part.name] : undefined
          out += value ? encode(value) : (part.fallback ?? value ?? part.source)
        }
      }
      return out
    },
    mistakes(names, positions) {
      const said: string[] = []
      for (const part of parts) {
        if (part.kind === 'position' && (part.at < 0 || part.at >= positions)) said.push(`${part.source} has no value and stays as it is`)
        if (part.kind === 'name' && !names.includes(part.name) && part.fallback === undefined)
          said.push(`${part.source} names nothing known and stays as it is; known are ${names.join(', ')}`)
      }
      if (STRAY_PERCENT.test(source) && parts.some(({ kind }) => kind === 'position'))
        said.push('a % that begins no placeholder stays as it is')
      if (EXPRESSION.test(source)) said.push('#{…} is an expression, which is not evaluated here')
      return said
    },
  }
}

/** For values that stand in HTML. */
export const escapeHtml = (value: string): string =>
  value.replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] ?? sign)

/** A header is one line. */
export const oneLine = (value: string): string => value.replace(/[\r\n\u0000-\u001f\u007f]+/g, ' ').trim()
