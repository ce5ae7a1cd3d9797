import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { EOL, homedir, tmpdir, userInfo } from 'node:os'
import { sep } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { randomText } from '../base/crypto.ts'
import type { ExpressionWorld } from './expression.ts'

export interface WorldParts {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The `-D` values. */
  readonly systemProperties: ReadonlyMap<string, string>
  readonly cwd: string
  readonly clock: Clock
}

const ENVIRONMENT = new Set(['environmentVars', 'environmentVariables', 'envVars', 'env', 'systemEnvironment'])
const PROPERTIES = new Set(['systemProperties', 'sysProps'])

/** The predefined variables and maps of CAS (configuration.md 5.2). */
export function expressionWorld({ env, systemProperties, cwd, clock }: WorldParts): ExpressionWorld {
  const javaProperty = (key: string) => systemProperties.get(key) ?? JAVA_PROPERTIES[key]?.(cwd)
  return {
    variable: (name) => (Object.hasOwn(VARIABLES, name) ? VARIABLES[name]?.(new Date(clock())) : undefined),
    entry(map, key) {
      if (ENVIRONMENT.has(map)) return env[key] ?? null
      if (PROPERTIES.has(map)) return javaProperty(key) ?? null
      // Spring's `environment` holds both.
      if (map === 'environment') return javaProperty(key) ?? env[key] ?? null
      return undefined
    },
  }
}

const JAVA_PROPERTIES: Readonly<Record<string, (cwd: string) => string>> = {
  'user.home': () => homedir(),
  'user.dir': (cwd) => cwd,
  'user.name': () => userName(),
  'java.io.tmpdir': () => tmpdir(),
  'os.name': () => 'Linux',
  'file.separator': () => sep,
  'line.separator': () => EOL,
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return '?'
  }
}

const digits = (length: number) => Array.from({ length }, () => String(randomInt(10))).join('')
const two = (number: number) => String(number).padStart(2, '0')
const localDate = (now: Date) => `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
const localTime = (now: Date) =>
  `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${String(now.getMilliseconds()).padStart(3, '0')}`
const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone
function offset(now: Date): string {
  const minutes = -now.getTimezoneOffset()
  return minutes === 0 ? 'Z' : `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`
}

const VARIABLES: Readonly<Record<string, (now: Date) => string>> = {
  tempDir: () => tmpdir(),
  uuid: () => randomUUID(),
  randomNumber2: () => digits(2),
  randomNumber4: () => digits(4),
  randomNumber6: () => digits(6),
  randomNumber8: () => digits(8),
  randomNumber12: () => digits(12),
  randomString4: () => randomText(4),
  randomString6: () => randomText(6),
  randomString8: () => randomText(8),
  randomPort: () => String(randomInt(1024, 65536)),
  localDateTime: (now) => `${localDate(now)}T${localTime(now)}`,
  localDateTimeUtc: (now) => now.toISOString().slice(0, -1),
  localDate,
  localDateUtc: (now) => now.toISOString().slice(0, 10),
  zonedDateTime: (now) => `${localDate(now)}T${localTime(now)}${offset(now)}[${zone()}]`,
  zonedDateTimeUtc: (now) => `${now.toISOString()}[UTC]`,
  localStartWorkDay: (now) => `${localDate(now)}T08:00`,
  localEndWorkDay: (now) => `${localDate(now)}T17:00`,
  localStartDay: (now) => `${localDate(now)}T00:00`,
  localEndDay: (now) => `${localDate(now)}T23:59:59.999999999`,
  zoneId: () => zone(),
}

/** `${random.…}` of Spring; `undefined` for a form that it does not have. */
export function randomValue(name: string): string | undefined {
  if (name === 'value') return randomBytes(16).toString('hex')
  if (name === 'uuid') return randomUUID()
  if (name === 'int') return String(randomInt(-(2 ** 31), 2 ** 31))
  if (name === 'long') return String(randomBytes(8).readBigInt64BE())
  const range = /^(?:int|long)[([](?:(-?\d{1,10}),)?(\d{1,10})[)\]]$/.exec(name.replaceAll(' ', ''))
  if (!range) return undefined
  const from = Number(range[1] ?? 0)
  const to = Number(range[2])
  return to > from ? String(randomInt(from, to)) : undefined
}
