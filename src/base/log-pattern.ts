import { Mistake } from './schema.ts'

/** An event of the log, as it comes from `createLog`. */
export interface LogEvent {
  /** ISO 8601. */
  readonly time: string
  readonly level: string
  readonly room: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Turns an event into text. */
export type LogLayout = (event: LogEvent) => string

type Piece = (event: LogEvent) => string

/** Conversion words of Logback and Log4j 2 by what they stand for. */
const WORDS: Readonly<Record<string, (options: readonly string[]) => Piece>> = {
  date: ([format, zone]) => dateText(format, zone),
  level: () => (event) => event.level,
  logger: () => (event) => event.room,
  message: () => messageText,
  newline: () => () => '\n',
  thread: () => () => 'main',
  pid: () => () => String(process.pid),
  relative: () => (event) => String(Math.max(0, Math.round(Date.parse(event.time) - performance.timeOrigin))),
  mdc: ([name]) => fieldOf(name),
  exception: () => () => '',
  unknown: () => () => '?',
}

const NAMES: Readonly<Record<string, keyof typeof WORDS>> = Object.fromEntries(
  (
    [
      ['date', 'd date'],
      ['level', 'p le level'],
      ['logger', 'c lo logger C class'],
      ['message', 'm msg message'],
      ['newline', 'n'],
      ['thread', 't tn thread threadName'],
      ['pid', 'pid processId PID'],
      ['relative', 'r relative'],
      ['mdc', 'X mdc MDC'],
      ['exception', 'ex exception throwable xEx xThrowable xException rEx rThrowable rException wEx wex xwEx nopex nopexception'],
      ['unknown', 'F file L line M method l location T tid threadId sn sequenceNumber marker'],
    ] as const
  ).flatMap(([word, names]) => names.split(' ').map((name) => [name, word])),
)
/** Colours and the like: what they wrap stays. */
const WRAPPERS = new Set(['highlight', 'style', 'clr', 'enc', 'encode', 'notEmpty', 'varsNotEmpty', 'variablesNotEmpty'])

/**
 * Reads a layout such as `%d{yyyy-MM-dd HH:mm:ss} %-5level [%c] - %m%n`, of Logback (`logging.pattern.*`) and Log4j 2. An event is one line, whatever a stranger
 * has sent; fields stand behind the message.
 *
 * @throws {Mistake}
 */
export function logPattern(pattern: string): LogLayout {
  const { pieces, rest } = piecesOf(pattern, '')
  if (rest !== '') throw new Mistake(`has a bracket too many before ${JSON.stringify(rest.slice(0, 20))}`)
  return (event) => pieces.map((piece) => piece(event)).join('')
}

/** @param until The bracket that ends a group; `''`: the end. */
function piecesOf(text: string, until: string): { readonly pieces: readonly Piece[]; readonly rest: string } {
  const pieces: Piece[] = []
  let rest = text
  let plain = ''
  const flush = () => {
    const fixed = plain
    if (fixed !== '') pieces.push(() => fixed)
    plain = ''
  }
  while (rest !== '') {
    if (until !== '' && rest.startsWith(until)) {
      flush()
      return { pieces, rest: rest.slice(1) }
    }
    if (rest.startsWith('\\') && rest.length > 1) {
      plain += rest[1]
      rest = rest.slice(2)
      continue
    }
    const word = rest.startsWith('%') ? /^%(-?\d+)?(?:\.(-?\d+))?([A-Za-z]+|%|\()/.exec(rest) : undefined
    if (!word) {
      if (rest.startsWith('%')) throw new Mistake(`has ${JSON.stringify(rest.slice(0, 10))}, which is no conversion word`)
      plain += rest[0]
      rest = rest.slice(1)
      continue
    }
    flush()
    rest = rest.slice(word[0].length)
    const [, width, longest, name = ''] = word
    const fit = fitting(width, longest)
    if (name === '%') {
      plain += '%'
    } else if (name === '(' || (WRAPPERS.has(name) && /^[({]/.test(rest))) {
      const close = name === '(' || rest.startsWith('(') ? ')' : '}'
      const inner = piecesOf(name === '(' ? rest : rest.slice(1), close)
      rest = optionsOf(inner.rest).rest
      pieces.push((event) => fit(inner.pieces.map((piece) => piece(event)).join('')))
    } else {
      const found = knownWord(name)
      const { options, rest: after } = optionsOf(name.slice(found.length) + rest)
      rest = after
      const piece = WORDS[NAMES[found] ?? '']?.(options) ?? (() => '')
      pieces.push((event) => fit(piece(event)))
    }
  }
  if (until !== '') throw new Mistake(`has no ${until} at the end of a group`)
  flush()
  return { pieces, rest: '' }
}

/** Capitals may follow a word at once, as in `%nEND`. */
function knownWord(name: string): string {
  for (let length = name.length; length > 0; length -= 1) {
    const word = name.slice(0, length)
    if (Object.hasOwn(NAMES, word) && !/^[a-z]/.test(name.slice(length))) return word
  }
  throw new Mistake(`has %${name}, which is not known here`)
}

function optionsOf(text: string): { readonly options: readonly string[]; readonly rest: string } {
  const options: string[] = []
  let rest = text
  for (let match = /^\{([^{}]*)\}/.exec(rest); match; match = /^\{([^{}]*)\}/.exec(rest)) {
    options.push(match[1] ?? '')
    rest = rest.slice(match[0].length)
  }
  return { options, rest }
}

function fitting(width: string | undefined, longest: string | undefined): (text: string) => string {
  const least = Number(width ?? 0)
  const most = longest === undefined ? Infinity : Number(longest)
  return (text) => {
    const cut = text.length <= Math.abs(most) ? text : most < 0 ? text.slice(0, -most) : text.slice(text.length - most)
    return least < 0 ? cut.padEnd(-least) : cut.padStart(least)
  }
}

const messageText: Piece = ({ message, fields }) => message + fieldsText(fields)

/** ` name=value` for each. */
export function fieldsText(fields: LogEvent['fields']): string {
  return Object.entries(fields)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('')
}

function fieldOf(option: string | undefined): Piece {
  const [name, usual = ''] = (option ?? '').split(':-')
  if (name === undefined || name === '') return ({ fields }) => `{${fieldsText(fields).trim().replaceAll(' ', ', ')}}`
  return ({ fields }) => (fields[name] === undefined ? usual : String(fields[name]))
}

const UNIT = /yyyy|yy|MMM|MM|dd|HH|mm|ss|SSS|XXX|Z|'[^']*'/g
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Patterns of Java's dates, as far as logs use them; UTC. */
function dateText(format = '', zone = ''): Piece {
  if (zone !== '' && !/^(UTC|GMT([+-]0+(:00)?)?|Z)$/i.test(zone)) throw new Mistake(`has the zone ${zone}; times are written in UTC`)
  if (/^UNIX_MILLIS$/i.test(format)) return ({ time }) => String(Date.parse(time))
  if (/^UNIX$/i.test(format)) return ({ time }) => String(Math.floor(Date.parse(time) / 1000))
  const java = NAMED_FORMATS[format] ?? format
  return ({ time }) => {
    const [day = '', clock = ''] = time.replace('Z', '').split('T')
    const [year = '', month = '', date = ''] = day.split('-')
    const [hour = '', minute = '', second = ''] = clock.split(':')
    const parts: Readonly<Record<string, string>> = {
      yyyy: year,
      yy: year.slice(2),
      MMM: MONTHS[Number(month) - 1] ?? '',
      MM: month,
      dd: date,
      HH: hour,
      mm: minute,
      ss: second.slice(0, 2),
      SSS: second.slice(3),
      XXX: 'Z',
      Z: '+0000',
    }
    return java.replace(UNIT, (unit) => parts[unit] ?? (unit === "''" ? "'" : unit.slice(1, -1)))
  }
}

const NAMED_FORMATS: Readonly<Record<string, string>> = {
  '': 'yyyy-MM-dd HH:mm:ss,SSS',
  DEFAULT: 'yyyy-MM-dd HH:mm:ss,SSS',
  ISO8601: "yyyy-MM-dd'T'HH:mm:ss,SSS",
  ABSOLUTE: 'HH:mm:ss,SSS',
  COMPACT: 'yyyyMMddHHmmssSSS',
  DATE: 'dd MMM yyyy HH:mm:ss,SSS',
}
