import { isSecretName, MASK, maskQuery, maskTicketIds } from '../base/mask.ts'
import { Mistake } from '../base/schema.ts'
import type { Answered } from './access-log.ts'

/** Turns a request that was answered into a line, without its end. */
export type AccessLine = (answered: Answered) => string
type Piece = (answered: Answered) => string

const COMMON = '%h %l %u %t "%r" %s %b'
const NAMED: Readonly<Record<string, string>> = {
  common: COMMON,
  combined: `${COMMON} "%{Referer}i" "%{User-Agent}i"`,
}
const LONGEST_VALUE = 1000
const NOTHING = '-'
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** Their values are secrets, or have some in them. */
const SECRET_HEADERS = /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key)$/

const SIMPLE: Readonly<Record<string, Piece>> = {
  a: ({ client }) => client.address,
  h: ({ client }) => client.address,
  A: ({ client }) => client.serverAddress || NOTHING,
  v: ({ client }) => safe(client.header?.('host')),
  b: ({ responseHeader }) => (responseHeader?.('content-length') === '0' ? NOTHING : safe(responseHeader?.('content-length'))),
  B: ({ responseHeader }) => responseHeader?.('content-length') ?? NOTHING,
  D: ({ milliseconds }) => String(Math.round(milliseconds)),
  F: ({ milliseconds }) => String(Math.round(milliseconds)),
  T: ({ milliseconds }) => (milliseconds / 1000).toFixed(3),
  H: (answered) => protocolOf(answered),
  I: () => 'main',
  l: () => NOTHING,
  m: ({ method }) => method,
  p: ({ port }) => String(port?.() ?? NOTHING),
  q: ({ rawQuery }) => (rawQuery === '' ? '' : `?${maskQuery(rawQuery.slice(0, LONGEST_VALUE))}`),
  r: (answered) => `${answered.method} ${pathOf(answered)}${queryOf(answered)} ${protocolOf(answered)}`,
  S: () => NOTHING,
  s: ({ status }) => String(status),
  t: ({ atMs }) => `[${clfDate(atMs)}]`,
  U: (answered) => pathOf(answered),
  // Whoever logs in is known to the flow, not to the address that was asked for.
  u: () => NOTHING,
  X: () => '+',
}

const WITH_NAME: Readonly<Record<string, (name: string) => Piece>> = {
  i: (name) => header(name, ({ client }) => client.header),
  o: (name) => header(name, ({ responseHeader }) => responseHeader),
  c: () => () => MASK,
  t:
    (format) =>
    ({ atMs }) =>
      format === 'msec' ? String(atMs) : format === 'sec' ? String(Math.floor(atMs / 1000)) : new Date(atMs).toISOString(),
  T:
    (unit) =>
    ({ milliseconds }) =>
      unit === 's'
        ? (milliseconds / 1000).toFixed(3)
        : String(Math.round(milliseconds * (unit === 'us' ? 1000 : unit === 'ns' ? 1_000_000 : 1))),
  r: () => () => NOTHING,
  s: () => () => NOTHING,
  p: (which) => (which === 'remote' ? () => NOTHING : (SIMPLE['p'] as Piece)),
  a: () => SIMPLE['a'] as Piece,
}

/**
 * Reads a pattern of Tomcat's `AccessLogValve`: `%t %a "%r" %s (%D ms)`, or `common`, `combined`. What a browser sends is one line without quotes of its own;
 * secrets are masked.
 *
 * @throws {Mistake}
 */
export function accessPattern(pattern: string): AccessLine {
  const pieces: Piece[] = []
  const text = NAMED[pattern.trim().toLowerCase()] ?? pattern
  for (const [part] of text.matchAll(/%\{[^}]*\}[A-Za-z]|%[^{]|%$|%\{|[^%]+/g)) {
    if (!part.startsWith('%')) {
      pieces.push(() => part)
      continue
    }
    const named = /^%\{([^}]*)\}([A-Za-z])$/.exec(part)
    const piece = part === '%%' ? () => '%' : named ? WITH_NAME[named[2] ?? '']?.(named[1] ?? '') : SIMPLE[part.slice(1)]
    if (!piece) throw new Mistake(`has ${part}, which is not known here`)
    pieces.push(piece)
  }
  return (answered) => pieces.map((piece) => piece(answered)).join('')
}

const EXTENDED: Readonly<Record<string, Piece>> = {
  date: ({ atMs }) => new Date(atMs).toISOString().slice(0, 10),
  time: ({ atMs }) => new Date(atMs).toISOString().slice(11, 19),
  'time-taken': ({ milliseconds }) => (milliseconds / 1000).toFixed(3),
  bytes: SIMPLE['B'] as Piece,
  'c-ip': SIMPLE['a'] as Piece,
  'c-dns': SIMPLE['a'] as Piece,
  's-ip': SIMPLE['A'] as Piece,
  's-dns': SIMPLE['A'] as Piece,
  'cs-method': SIMPLE['m'] as Piece,
  'cs-uri': (answered) => pathOf(answered) + queryOf(answered),
  'cs-uri-stem': (answered) => pathOf(answered),
  'cs-uri-query': ({ rawQuery }) => (rawQuery === '' ? NOTHING : maskQuery(rawQuery.slice(0, LONGEST_VALUE))),
  'sc-status': SIMPLE['s'] as Piece,
  cached: () => NOTHING,
  'x-threadname': () => 'main',
  'x-H(secure)': ({ client }) => String(client.secure),
  'x-H(protocol)': SIMPLE['H'] as Piece,
  'x-H(scheme)': ({ client }) => (client.secure ? 'https' : 'http'),
}

/**
 * Reads a pattern of Tomcat's `ExtendedAccessLogValve`: `c-ip s-ip cs-uri sc-status time x-threadname x-H(secure)`. Attributes and sessions, which are not
 * here, are `-`.
 *
 * @throws {Mistake}
 */
export function extendedAccessPattern(pattern: string): AccessLine {
  const pieces = pattern
    .trim()
    .split(/\s+/)
    .map((field): Piece => {
      const known = EXTENDED[field]
      if (known) return known
      const named = /^(cs|sc)\(([^()]+)\)$/.exec(field)
      if (named) return header(named[2] ?? '', named[1] === 'cs' ? ({ client }) => client.header : ({ responseHeader }) => responseHeader)
      if (/^x-[ACOPRSH]\([^()]+\)$/.test(field)) return () => NOTHING
      throw new Mistake(`has ${field}, which is not known here`)
    })
  return (answered) => pieces.map((piece) => piece(answered)).join(' ')
}

function header(name: string, of: (answered: Answered) => ((lowerCaseName: string) => string | undefined) | undefined): Piece {
  const lower = name.trim().toLowerCase()
  if (SECRET_HEADERS.test(lower) || isSecretName(lower)) return () => MASK
  return (answered) => safe(of(answered)?.(lower))
}

/** What a stranger sent, as one word of a line. */
function safe(value: string | undefined): string {
  if (value === undefined || value === '') return NOTHING
  const masked = maskTicketIds(value.slice(0, LONGEST_VALUE))
  // A URL in a header may have a query with secrets, as a referrer has.
  const mark = masked.search(/[?#]/)
  return (mark === -1 ? masked : `${masked.slice(0, mark)}?…`).replace(/["\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
}

const protocolOf = ({ httpVersion }: Answered) => `HTTP/${httpVersion?.() ?? '1.1'}`
const pathOf = ({ path }: Answered) => maskTicketIds(path.slice(0, LONGEST_VALUE)).replace(/["\\\u0000-\u001f]/g, '?')
const queryOf = ({ rawQuery }: Answered) =>
  rawQuery === '' ? '' : `?${maskQuery(rawQuery.slice(0, LONGEST_VALUE)).replaceAll('"', '%22')}`

/** `31/Jan/2026:09:58:11 +0000` */
function clfDate(ms: number): string {
  const iso = new Date(ms).toISOString()
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
}
