const ISO = /^([+-])?P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i
const SIMPLE = /^([+-]?\d+)(ns|us|ms|s|m|h|d)$/i
const SECONDS_OF = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 } as const

/**
 * Reads a duration as CAS writes it (configuration.md 4.1): ISO-8601 (`PT8H`, `P1DT30M`, `pt0.5s`), Spring's simple form (`30s`, `100ms`),
 * a bare number, `0`, `NEVER`, `-1`, `INFINITE`.
 *
 * @param text What stood in the configuration, untrimmed.
 * @param unitOfBareNumber What a number without a unit counts: seconds in `cas.*`, milliseconds in `server.*` and in schedules.
 * @returns Seconds, fractions included; `Infinity` for "never ends"; `undefined` for a text that is no duration.
 */
export function parseDuration(text: string, unitOfBareNumber: 's' | 'ms' = 's'): number | undefined {
  const trimmed = text.trim()
  const upper = trimmed.toUpperCase()
  if (upper === 'NEVER') return 0
  if (upper === 'INFINITE' || upper === '-1') return Number.POSITIVE_INFINITY
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * SECONDS_OF[unitOfBareNumber]
  const simple = SIMPLE.exec(trimmed)
  if (simple) return Number(simple[1]) * SECONDS_OF[(simple[2] ?? 's').toLowerCase() as keyof typeof SECONDS_OF]
  const iso = ISO.exec(trimmed)
  if (!iso || upper.endsWith('P') || upper.endsWith('T')) return undefined
  const [, sign, weeks, days, hours, minutes, seconds] = iso
  const total =
    Number(weeks ?? 0) * 604_800 + Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  return sign === '-' ? -total : total
}
