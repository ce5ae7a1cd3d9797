import { maskTicketIds } from '../base/mask.ts'
import type { AuditConfig } from './config.ts'
import type { AuditRecord } from './record.ts'

/** Turns a record into the text that stands in the log (configuration.md 15.2). */
export type AuditFormat = (record: AuditRecord, atMs: number) => string

const LINE = '============================================================='
/** Of what strangers send, so much is recorded. */
const LONGEST_VALUE = 2000
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g
const APPLICATION = 'CAS'
const UNKNOWN = 'unknown'

/** The fields in the order in which every form has them, however the setting lists them. */
const FIELDS = [
  { name: 'when', text: 'WHEN', json: 'when' },
  { name: 'who', text: 'WHO', json: 'who' },
  { name: 'what', text: 'WHAT', json: 'what' },
  { name: 'action', text: 'ACTION', json: 'action' },
  { name: 'application', text: 'APPLICATION', json: 'application' },
  { name: 'client_ip', text: 'CLIENT_IP', json: 'clientIpAddress' },
  { name: 'server_ip', text: 'SERVER_IP', json: 'serverIpAddress' },
  { name: 'user_agent', text: 'USER_AGENT', json: 'userAgent' },
] as const
type Field = (typeof FIELDS)[number]

/** CAS 5 and 6 know no choice of fields. */
const OLD_FIELDS = [
  ['WHO', 'who'],
  ['WHAT', 'what'],
  ['ACTION', 'action'],
  ['APPLICATION', 'application'],
  ['WHEN', 'when'],
  ['CLIENT IP ADDRESS', 'client_ip'],
  ['SERVER IP ADDRESS', 'server_ip'],
] as const satisfies readonly (readonly [string, Field['name']])[]

/** What is kept of a record, by the names of the JSON form. */
export interface AuditFields {
  readonly who: string
  readonly what: string
  readonly action: string
  readonly application: string
  readonly clientIpAddress: string
  readonly serverIpAddress: string
  readonly userAgent: string
}

/** The record with everything taken out that may not be kept: ids of tickets, control characters, what is too long. */
export function auditFields(record: AuditRecord): AuditFields {
  const value = (name: Field['name']) => fieldValue(name, record, '')
  return {
    who: value('who'),
    what: value('what'),
    action: record.action,
    application: APPLICATION,
    clientIpAddress: value('client_ip'),
    serverIpAddress: value('server_ip'),
    userAgent: value('user_agent'),
  }
}

export function auditFormat(settings: AuditConfig): AuditFormat {
  const { slf4j, engine } = settings.cas.audit
  const old = settings.castellan.audit.textFormat === 'cas6'
  const separator = slf4j.singlelineSeparator
  const listed = new Set(slf4j.auditableFields.split(',').map((name) => name.trim().toLowerCase().replaceAll('-', '_')))
  const fields: readonly (readonly [string, Field['name'], string])[] = old
    ? OLD_FIELDS.map(([label, name]) => [label, name, FIELDS.find((field) => field.name === name)?.json ?? name])
    : FIELDS.filter((field) => listed.has(field.name)).map(({ name, text, json }) => [text, name, json])
  const instant = onceAMillisecond(old ? longDate : isoDate)

  if (engine.auditFormat === 'JSON') {
    return (record, atMs) => {
      const when = instant(atMs)
      const values = Object.fromEntries(fields.map(([, name, json]) => [json, fieldValue(name, record, when)]))
      return JSON.stringify(values, undefined, slf4j.useSingleLine ? undefined : 2)
    }
  }
  if (slf4j.useSingleLine) {
    // A separator inside a value would move all values behind it into other columns.
    const column = (value: string) => (separator === '' ? value : value.replaceAll(separator, ' '))
    return (record, atMs) => {
      const when = instant(atMs)
      return fields.map(([, name]) => column(fieldValue(name, record, when)) + separator).join('')
    }
  }
  return (record, atMs) => {
    let text = `Audit trail record BEGIN\n${LINE}\n`
    const when = instant(atMs)
    for (const [label, name] of fields) text += `${label}: ${fieldValue(name, record, when)}\n`
    return `${text}${LINE}\n\n`
  }
}

function fieldValue(name: Field['name'], { who, what, action, client }: AuditRecord, when: string): string {
  switch (name) {
    case 'when':
      return when
    case 'who':
      return clean(who)
    case 'what':
      return maskTicketIds(clean(what))
    case 'action':
      return action
    case 'application':
      return APPLICATION
    case 'client_ip':
      return client?.address || UNKNOWN
    case 'server_ip':
      return client?.serverAddress || UNKNOWN
    case 'user_agent':
      return clean(client?.userAgent || UNKNOWN)
  }
}

/** Nobody makes a second record out of the text of one: line breaks and other controls are taken out. */
function clean(text: string): string {
  const bounded = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
  return bounded.search(CONTROL) === -1 ? bounded : bounded.replace(CONTROLS, '')
}

const two = (value: number) => String(value).padStart(2, '0')

/** A request makes two records or more. */
function onceAMillisecond(format: (atMs: number) => string): (atMs: number) => string {
  let last = { atMs: Number.NaN, text: '' }
  return (atMs) => {
    if (atMs !== last.atMs) last = { atMs, text: format(atMs) }
    return last.text
  }
}

/** `2026-01-31T09:58:11.123000`, local time, as Java's LocalDateTime. The clock counts milliseconds; CAS shows microseconds. */
function isoDate(atMs: number): string {
  const at = new Date(atMs)
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}000`
}

/** Made when it is first needed: it is expensive, and the form is old. */
let zone: Intl.DateTimeFormat | undefined

/** `Sat Jan 31 09:58:11 UTC 2026`, as Java's Date. */
function longDate(atMs: number): string {
  const [weekday, month, day, year, time] = new Date(atMs).toString().split(' ')
  zone ??= new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
  const name = zone.formatToParts(atMs).find((part) => part.type === 'timeZoneName')?.value ?? 'UTC'
  return `${weekday} ${month} ${day} ${time} ${name} ${year}`
}
