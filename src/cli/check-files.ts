import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ClassifiedKey } from '../config/index.ts'

/** A file of the configuration directory that this server does not read, and what to make of it. */
export interface UnreadFile {
  readonly file: string
  readonly remark: string
}

const KNOWN: readonly (readonly [name: RegExp, remark: string])[] = [
  [/\.groovy$/i, 'Groovy is not run; a JavaScript or TypeScript module has to take its place'],
  [
    /^log4j2?.*\.(xml|ya?ml|json|properties)$/i,
    'the log is set by logging.*; an XML file that logging.config names is read for levels and files',
  ],
  [/^management\.(properties|ya?ml)$/i, 'belongs to the separate management application of CAS'],
  [/^(bootstrap)\.(properties|ya?ml)$/i, 'belongs to Spring Cloud, whose sources are not read'],
  [/^saml$/i, 'metadata and keys of a SAML 2.0 identity provider, which this server is not yet'],
]

interface UnreadParts {
  readonly keys: readonly ClassifiedKey[]
  readonly profiles: readonly string[]
  /** What `logging.config` names. */
  readonly logConfig: string | undefined
}

/**
 * What of the configuration directory a start passes over (configuration.md 13): files by which CAS is configured, and this server is not.
 */
export function unreadFiles(directory: string, { keys, profiles, logConfig }: UnreadParts): readonly UnreadFile[] {
  const read = new Set(keys.map(({ origin }) => origin.file))
  let names: readonly string[]
  try {
    names = readdirSync(directory).sort()
  } catch {
    // That the directory cannot be listed has been said already.
    return []
  }
  return names.flatMap((name) => {
    const file = join(directory, name)
    if (read.has(file) || (logConfig?.endsWith(`/${name}`) && /\.xml$/i.test(name))) return []
    const known = KNOWN.find(([pattern]) => pattern.test(name))
    if (known) return [{ file, remark: known[1] }]
    const settings = /^(\w[^/]*)\.(?:properties|ya?ml)$/.exec(name)
    return settings ? [{ file, remark: remarkOn(settings[1] ?? '', profiles) }] : []
  })
}

/** A file of settings that gave none: empty, or that of another environment, which can be looked at by itself. */
function remarkOn(name: string, profiles: readonly string[]): string {
  const profile = /^(?:application|cas)-(.+)$/.exec(name)?.[1] ?? name
  if (profiles.includes(profile) || /^(application|cas)$/i.test(name)) return 'it holds no settings'
  return `profile ${profile} is not active; --spring.profiles.active=${[...profiles, profile].join(',')} looks at it`
}
