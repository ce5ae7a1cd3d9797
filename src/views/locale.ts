const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur'])
const NAMES: Readonly<Record<string, string>> = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español', ar: 'العربية' }

export const directionOf = (locale: string): 'rtl' | 'ltr' => (RIGHT_TO_LEFT.has(locale.split('_')[0] ?? '') ? 'rtl' : 'ltr')

/** `pt_BR` as HTML and `Intl` want it: `pt-BR`. */
export const languageTag = (locale: string): string => locale.replaceAll('_', '-')

/** What the speakers of a language call it. */
export function languageName(locale: string): string {
  const known = NAMES[locale]
  if (known !== undefined) return known
  const tag = languageTag(locale)
  const name = new Intl.DisplayNames([tag], { type: 'language', fallback: 'code' }).of(tag) ?? tag
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1)
}

/** The locale of ours that a tag such as `de-AT`, `pt_br` or `DE` asks for. */
export function matchLocale(wish: string | undefined, locales: readonly string[]): string | undefined {
  const match = /^([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:[-_.@].*)?$/i.exec(wish?.trim().slice(0, 35) ?? '')
  if (!match) return undefined
  const language = (match[1] ?? '').toLowerCase()
  const country = match[3]?.toUpperCase()
  const exact = country === undefined ? language : `${language}_${country}`
  if (locales.includes(exact)) return exact
  return locales.includes(language) ? language : locales.find((locale) => locale.startsWith(`${language}_`))
}

/** More than this of an `Accept-Language` is not read: nobody speaks so many. */
const MAX_RANGES = 20
const MAX_HEADER_LENGTH = 512

/** The best of ours for an `Accept-Language` header (RFC 9110 section 12.5.4): by weight, then by order. */
export function negotiateLocale(header: string | undefined, locales: readonly string[]): string | undefined {
  if (!header) return undefined
  let best: string | undefined
  let bestWeight = 0
  for (const range of header.slice(0, MAX_HEADER_LENGTH).split(',', MAX_RANGES)) {
    const [tag = '', ...parameters] = range.split(';')
    const quality = parameters.map((parameter) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(parameter)?.[1]).find((value) => value)
    const weight = Math.min(1, quality === undefined ? 1 : Number(quality))
    if (weight <= bestWeight) continue
    const found = matchLocale(tag, locales)
    if (found !== undefined) {
      best = found
      bestWeight = weight
    }
  }
  return best
}
