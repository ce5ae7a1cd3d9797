/**
 * The moment in which a definition ends (services.md 10). Syntaxes are tried in this order: ISO with zone or offset, ISO local, `MM/dd/yyyy` with a time of
 * 12 or 24 hours, `MM/dd/yyyy`, `yyyy-MM-dd`, milliseconds since the epoch. A date alone means the first moment of that day; what names no zone is in `zone`.
 *
 * @returns Milliseconds since the epoch, or `undefined` for a text that is none of these.
 */
export function parseExpirationDate(text: string, zone: string): number | undefined {
  if (lately.text !== text || lately.zone !== zone) lately = { text, zone, atMs: readDate(text.trim(), zone) }
  return lately.atMs
}

/** What was asked for last: definitions that were made together often end together. */
let lately: { readonly text: string; readonly zone: string; readonly atMs: number | undefined } = { text: '', zone: '', atMs: undefined }

function readDate(date: string, zone: string): number | undefined {
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|[+-]\d{2}:\d{2})?(?:\[([\w/+-]+)\])?$/.exec(
    date,
  )
  if (iso) {
    const [, year, month, day, hour, minute, second, fraction, offset, region] = iso
    if (hour === undefined && (offset || region)) return undefined
    const ms = Math.floor(Number(`0.${fraction ?? '0'}`) * 1000)
    const local = moment(Number(year), Number(month), Number(day), Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0), ms)
    if (local === undefined) return undefined
    if (offset === 'Z') return local
    if (offset) return local - offsetInMs(offset)
    return inZone(local, region ?? zone)
  }
  const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:\s+(\d{1,2}):(\d{2})(?:\s*([AaPp])[Mm])?)?$/.exec(date)
  if (american) {
    const [, month, day, year, hourText, minute, half] = american
    const hour = hourOf(Number(hourText ?? 0), half?.toLowerCase())
    const local = hour === undefined ? undefined : moment(Number(year), Number(month), Number(day), hour, Number(minute ?? 0), 0, 0)
    return local === undefined ? undefined : inZone(local, zone)
  }
  return /^\d{10,15}$/.test(date) ? Number(date) : undefined
}

function hourOf(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour
  return hour < 1 || hour > 12 ? undefined : (hour % 12) + (half === 'p' ? 12 : 0)
}

/** As if in UTC; `undefined` for a day or a time that does not exist. */
function moment(year: number, month: number, day: number, hour: number, minute: number, second: number, ms: number): number | undefined {
  const value = Date.UTC(year, month - 1, day, hour, minute, second, ms)
  const back = new Date(value)
  const exists = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  return exists && !Number.isNaN(value) ? value : undefined
}

function offsetInMs(offset: string): number {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6))
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000
}

/** Moves a local time into its zone. Asked twice, because the offset depends on the moment that is looked for. */
function inZone(local: number, zone: string): number | undefined {
  if (zone === 'UTC' || zone === 'Z') return local
  try {
    const first = local - zoneOffsetInMs(local, zone)
    return local - zoneOffsetInMs(first, zone)
  } catch {
    return undefined
  }
}

function zoneOffsetInMs(atMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(atMs)
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
  const match = /GMT([+-]\d{2}:\d{2})/.exec(name)
  return match?.[1] ? offsetInMs(match[1]) : 0
}

/** Whether the zone is one that dates can be read in. */
export function isZone(zone: string): boolean {
  return inZone(0, zone) !== undefined
}
