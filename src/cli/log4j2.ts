import { createRequire } from 'node:module'
import { type LevelName, levelNamed } from '../base/log-levels.ts'

/** What this server takes of a configuration of Log4j 2 (configuration.md 10.4). */
export interface Log4jFacts {
  /** By logger name; `root` is everything. */
  readonly levels: Readonly<Record<string, LevelName>>
  /** The file that the root logger writes. */
  readonly file?: Log4jFile
  /** The file of `org.apereo.inspektr`. */
  readonly auditFile?: Log4jFile
  /** Files of other appenders. */
  readonly others: readonly string[]
}

export interface Log4jFile {
  readonly path: string
  readonly maxBytes?: number
  readonly keptDays?: number
}

interface Appender {
  path?: string
  maxBytes?: number
  keptDays?: number
  readonly references: string[]
}
interface Logger {
  readonly level: string | undefined
  readonly references: string[]
}

const REFERENCE = /\$\{(?:(?:sys|env|ctx|main|bundle|spring):)?([^${}:]+)(?::-([^${}]*))?\}/g
const MOST_PASSES = 10
const AUDIT = 'org.apereo.inspektr'
const FILES = /^(?:rolling)?(?:random(?:access))?(?:memorymapped)?file$/
const LOGGERS = /^(?:async)?(?:logger|root)$/
const BYTES: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/**
 * Reads `log4j2.xml`. Names count in any case, as for Log4j; entities and documents from elsewhere are not looked at.
 *
 * @param lookUp What `${sys:name}`, `${env:name}` mean besides the properties of the file itself.
 * @throws {Error} when it is no configuration of Log4j 2.
 */
export function readLog4j(xml: string, lookUp: (name: string) => string | undefined): Log4jFacts {
  const properties = new Map<string, string>()
  const appenders = new Map<string, Appender>()
  const loggers = new Map<string, Logger>()
  const path: string[] = []
  let appender: Appender | undefined
  let logger: Logger | undefined
  let property: string | undefined
  let isLog4j = false

  /** From the inside out: the default of one reference may be another. */
  const resolve = (text: string): string => {
    let resolved = text
    for (let pass = 0; pass < MOST_PASSES; pass += 1) {
      const next = resolved.replace(
        REFERENCE,
        (whole, name: string, usual?: string) => properties.get(name) ?? lookUp(name) ?? usual ?? whole,
      )
      if (next === resolved) break
      resolved = next
    }
    return resolved
  }

  // Loaded when there is a file to be read.
  const { Parser } = createRequire(import.meta.url)('htmlparser2') as typeof import('htmlparser2')
  const parser = new Parser(
    {
      onopentag(raw, attributes) {
        const name = raw.toLowerCase()
        const of = (attribute: string) => {
          const found = Object.entries(attributes).find(([key]) => key.toLowerCase() === attribute.toLowerCase())?.[1]
          return found === undefined ? undefined : resolve(found)
        }
        path.push(name)
        if (path.length === 1) isLog4j = name === 'configuration'
        const parent = path.at(-2)
        if (name === 'property' && parent === 'properties') {
          property = of('name')
          const value = of('value')
          if (property !== undefined && value !== undefined) properties.set(property, value)
        } else if (parent === 'appenders') {
          const fileName = FILES.test(name) ? of('fileName') : undefined
          appender = { references: [], ...(fileName === undefined ? {} : { path: fileName }) }
          appenders.set(of('name') ?? '', appender)
        } else if (parent === 'loggers' && LOGGERS.test(name)) {
          logger = { level: of('level'), references: [] }
          loggers.set(name.endsWith('root') ? 'root' : (of('name') ?? ''), logger)
        } else if (name === 'appenderref') {
          ;(logger ?? appender)?.references.push(of('ref') ?? '')
        } else if (name === 'sizebasedtriggeringpolicy' && appender) {
          const size = /^([\d.]+)\s*([kmg]?)b?$/i.exec(of('size') ?? '10 MB')
          if (size) appender.maxBytes = Math.round(Number(size[1]) * (BYTES[(size[2] ?? '').toLowerCase()] ?? 1))
        } else if (name === 'iflastmodified' && appender) {
          const days = /^(?:P?(\d+)d)$/i.exec(of('age') ?? '')
          if (days) appender.keptDays = Number(days[1])
        }
      },
      ontext(text) {
        if (property !== undefined && path.at(-1) === 'property') properties.set(property, (properties.get(property) ?? '') + text.trim())
      },
      onclosetag() {
        const name = path.pop() ?? ''
        if (name === 'property') property = undefined
        if (path.at(-1) === 'appenders') appender = undefined
        if (path.at(-1) === 'loggers') logger = undefined
      },
    },
    { xmlMode: true, lowerCaseTags: false },
  )
  parser.write(xml)
  parser.end()
  if (!isLog4j) throw new Error('it is no configuration of Log4j 2')

  const filesOf = (names: readonly string[], seen = new Set<string>()): readonly Appender[] =>
    names.flatMap((name) => {
      const found = appenders.get(name)
      if (!found || seen.has(name)) return []
      seen.add(name)
      return found.path === undefined ? filesOf(found.references, seen) : [found]
    })
  const main = filesOf(loggers.get('root')?.references ?? [])[0] ?? filesOf(loggers.get('org.apereo.cas')?.references ?? [])[0]
  const auditLogger = [...loggers].find(([name]) => name === AUDIT || name.startsWith(`${AUDIT}.`))?.[1]
  const audit = filesOf(auditLogger?.references ?? []).find((one) => one !== main)
  const levels = [...loggers].flatMap(([name, { level }]) => {
    const known = levelNamed(level ?? '')
    return known === undefined || name === '' ? [] : [[name, known] as const]
  })
  const others = [...appenders.values()].filter((one) => one.path !== undefined && one !== main && one !== audit)
  return {
    levels: Object.fromEntries(levels),
    ...(main ? { file: fileOf(main) } : {}),
    ...(audit ? { auditFile: fileOf(audit) } : {}),
    others: others.map((one) => one.path ?? ''),
  }
}

function fileOf({ path = '', maxBytes, keptDays }: Appender): Log4jFile {
  return { path, ...(maxBytes === undefined ? {} : { maxBytes }), ...(keptDays === undefined ? {} : { keptDays }) }
}
