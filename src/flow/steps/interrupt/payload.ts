import { createHash } from 'node:crypto'
import type { Json } from '../../../base/json.ts'
import type { OperatorText, TextFormat } from '../../../views/index.ts'
import { linkTarget } from './link.ts'

export interface InterruptLink {
  readonly text: OperatorText
  /** As the source wrote it; what the page sends back. */
  readonly address: string
  /** Where the browser is sent. */
  readonly href: string
  /** Whether one may come back from there and go on with the same login (14.7). */
  readonly resume: boolean
}

/** What a source has decided about a login that is interrupted (interrupt.md 4). */
export interface InterruptPayload {
  /** `undefined`: no message line. */
  readonly message: OperatorText | undefined
  /** Key of the message bundle; counts instead of `message`. */
  readonly messageCode: string | undefined
  readonly format: TextFormat | undefined
  readonly links: readonly InterruptLink[]
  readonly block: boolean
  readonly ssoEnabled: boolean
  readonly autoRedirect: boolean
  /** 0 and less: no delay. */
  readonly autoRedirectAfterSeconds: number
  readonly data: Readonly<Record<string, readonly string[]>>
  /** Whether the user has to, or may, confirm that it was read (14.4). */
  readonly acknowledge: 'required' | 'offered' | 'no'
  /** Whether the cookie remembers that it was accepted; announcements have other memories. */
  readonly tracked: boolean
}

export type ReadPayload =
  | { readonly kind: 'none' }
  | { readonly kind: 'interrupt'; readonly payload: InterruptPayload; readonly remarks: readonly string[] }
  | { readonly kind: 'invalid'; readonly reason: string }

export const DEFAULT_MESSAGE = 'Authentication flow is interrupted'

const MAX_MESSAGE = 20_000
const MAX_LINKS = 50
const MAX_LINK_TEXT = 500
const MAX_DATA = 200
const MAX_SECONDS = 86_400
const LANGUAGE = /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$|^default$/
const FORMATS: readonly TextFormat[] = ['SAFE_HTML', 'TEXT', 'MARKDOWN', 'RAW_HTML']

type Members = Readonly<Record<string, unknown>>
class Invalid extends Error {}
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)

export interface PayloadRules {
  /** In lower case. */
  readonly linkSchemes: ReadonlySet<string>
  /** Announcements may also have texts in several languages, links as a list, `format`, `acknowledge` (14.1, 14.5). */
  readonly extended?: boolean
}

/** Reads what a source answered: absent and wrong members as the tables of interrupt.md 4 say. Never throws. */
export function readPayload(document: unknown, rules: PayloadRules): ReadPayload {
  if (document === undefined || document === null || document === false) return { kind: 'none' }
  if (Array.isArray(document) && document.length === 0) return { kind: 'none' }
  const members = document === true ? {} : document
  if (!isObject(members)) return { kind: 'invalid', reason: 'the payload is no object' }
  try {
    if (!flagOf(members, 'interrupt', true)) return { kind: 'none' }
    const remarks: string[] = []
    const links = linksOf(members['links'], rules, remarks)
    const autoRedirect = flagOf(members, 'autoRedirect', false)
    if (autoRedirect && links.length === 0) remarks.push('autoRedirect is ignored, there is no link')
    const messageCode = codeOf(members['messageCode'])
    return {
      kind: 'interrupt',
      remarks,
      payload: {
        message: messageOf(members, rules, messageCode !== undefined),
        messageCode: hasMessage(members) ? undefined : messageCode,
        format: rules.extended ? formatOf(members['format']) : undefined,
        links,
        block: flagOf(members, 'block', false),
        ssoEnabled: flagOf(members, 'ssoEnabled', true),
        autoRedirect: autoRedirect && links.length > 0,
        autoRedirectAfterSeconds: Math.min(integerOf(members, 'autoRedirectAfterSeconds', -1), MAX_SECONDS),
        data: dataOf(members['data']),
        acknowledge: rules.extended ? acknowledgeOf(members) : 'no',
        tracked: true,
      },
    }
  } catch (error) {
    if (error instanceof Invalid) return { kind: 'invalid', reason: error.message }
    throw error
  }
}

const hasMessage = (members: Members): boolean => {
  const message = members['message']
  return message !== undefined && message !== null
}

function messageOf(members: Members, rules: PayloadRules, hasCode: boolean): OperatorText | undefined {
  const message = members['message']
  if (message === undefined && !hasCode) return DEFAULT_MESSAGE
  if (message === undefined || message === null) return undefined
  const text = textOf(message, 'message', MAX_MESSAGE, rules.extended === true)
  return typeof text === 'string' && text.trim() === '' ? undefined : text
}

function textOf(value: unknown, name: string, longest: number, byLanguage: boolean): OperatorText {
  const check = (text: unknown): string => {
    if (typeof text !== 'string') throw new Invalid(`"${name}" must be a text`)
    if (text.length > longest) throw new Invalid(`"${name}" is longer than ${longest} characters`)
    return text
  }
  if (!byLanguage || !isObject(value)) return check(value)
  const texts = Object.entries(value).map(([language, text]) => {
    if (!LANGUAGE.test(language)) throw new Invalid(`"${name}" has a text for "${language.slice(0, 20)}", which is no language`)
    return [language.replaceAll('-', '_'), check(text)] as const
  })
  if (texts.length === 0) throw new Invalid(`"${name}" has no text`)
  return Object.fromEntries(texts)
}

function codeOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string' || !/^[A-Za-z0-9_.-]{1,200}$/.test(value))
    throw new Invalid('"messageCode" must be a key of the message bundle')
  return value
}

function formatOf(value: unknown): TextFormat | undefined {
  if (value === undefined || value === null) return undefined
  const found = FORMATS.find((format) => format === value)
  if (!found) throw new Invalid(`"format" must be one of ${FORMATS.join(', ')}`)
  return found
}

function linksOf(value: unknown, rules: PayloadRules, remarks: string[]): readonly InterruptLink[] {
  if (value === undefined || value === null) return []
  const pairs: (readonly [unknown, unknown])[] = isObject(value)
    ? Object.entries(value)
    : rules.extended && Array.isArray(value)
      ? value.map((link: unknown) => (isObject(link) ? [link['text'], link] : [undefined, undefined]))
      : [[undefined, undefined]]
  if (pairs.length > MAX_LINKS) throw new Invalid(`there are more than ${MAX_LINKS} links`)
  const links: InterruptLink[] = []
  for (const [text, destination] of pairs) {
    const { address, resume } = destinationOf(destination)
    const label = textOf(text, 'links', MAX_LINK_TEXT, rules.extended === true)
    const target = linkTarget(address, rules.linkSchemes)
    if (target.kind === 'dropped') {
      remarks.push(`a link is left out: ${target.reason}`)
      continue
    }
    if (target.completed) remarks.push('a link has no scheme, https is assumed')
    links.push({ text: label, address, href: target.href, resume })
  }
  return links
}

/** An address, or `{ href, resume }` for one that leads back (14.7). */
function destinationOf(value: unknown): { readonly address: string; readonly resume: boolean } {
  if (typeof value === 'string') return { address: value, resume: false }
  if (!isObject(value) || typeof value['href'] !== 'string') throw new Invalid('"links" must be texts and their destinations')
  return { address: value['href'], resume: flagOf(value, 'resume', false) }
}

function acknowledgeOf(members: Members): InterruptPayload['acknowledge'] {
  if (members['acknowledge'] === 'offered') return 'offered'
  return flagOf(members, 'acknowledge', false) ? 'required' : 'no'
}

function flagOf(members: Members, name: string, fallback: boolean): boolean {
  const value = members[name]
  if (value === undefined) return fallback
  if (typeof value === 'boolean') return value
  if (typeof value === 'string' && /^(true|false)$/i.test(value.trim())) return value.trim().toLowerCase() === 'true'
  throw new Invalid(`"${name}" must be true or false`)
}

function integerOf(members: Members, name: string, fallback: number): number {
  const value = members[name]
  if (value === undefined) return fallback
  const number = typeof value === 'string' && /^-?\d{1,12}$/.test(value.trim()) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw new Invalid(`"${name}" must be a whole number`)
  return number
}

function dataOf(value: unknown): Readonly<Record<string, readonly string[]>> {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw new Invalid('"data" must be an object')
  const entries = Object.entries(value)
  if (entries.length > MAX_DATA) throw new Invalid(`"data" has more than ${MAX_DATA} entries`)
  return Object.fromEntries(
    entries.map(([name, values]) => [
      name,
      (values === null ? [] : Array.isArray(values) ? values : [values]).map((each: unknown) => {
        if (typeof each === 'object' || each === undefined) throw new Invalid('"data" must be lists of texts')
        return String(each)
      }),
    ]),
  )
}

/** SHA-256 of everything that makes a payload what it is, base64url; the order of links counts, that of other members does not. */
export function payloadDigest(payload: InterruptPayload): string {
  const sorted = <T>(map: Readonly<Record<string, T>>) => Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1))
  const text = (value: OperatorText | undefined): Json => (value === undefined ? null : typeof value === 'string' ? value : sorted(value))
  const canonical: Json = [
    text(payload.message),
    payload.messageCode ?? null,
    payload.links.map((link) => [text(link.text), link.address, ...(link.resume ? [true] : [])]),
    payload.block,
    payload.ssoEnabled,
    payload.autoRedirect,
    payload.autoRedirectAfterSeconds,
    sorted(payload.data) as Json,
    payload.acknowledge,
  ]
  return createHash('sha256').update(JSON.stringify(canonical)).digest('base64url')
}
