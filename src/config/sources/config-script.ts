import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isolatedModule, ScriptFailure } from '../../base/isolated-module.ts'
import { silentLog } from '../../base/log.ts'
import { unusableFile } from '../problem.ts'
import { type FileSources, NO_FILES } from './directory.ts'
import { entriesOf } from './json-tree.ts'

/** The counterparts of `cas.groovy`; the first that is there is read. */
const NAMES = ['cas.config.mjs', 'cas.config.ts'] as const
const LIMIT_MS = 10_000

/** What the script is told of. */
export interface ScriptInput {
  readonly profiles: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * `cas.config.mjs` or `.ts` in the configuration directory (configuration.md 2.2): its default export is an object of settings, or a function of
 * `{ profiles, env }` that gives one. It ranks above all files of the directory, and runs in a thread of its own that sees nothing but what it is given.
 */
export async function readConfigScript(directory: string, { profiles, env }: ScriptInput): Promise<FileSources> {
  const candidates = NAMES.map((name) => join(directory, name))
  const [file, ...others] = candidates.filter((path) => existsSync(path))
  if (file === undefined) return { ...NO_FILES, files: candidates }
  const refuse = (what: string): FileSources => ({ sources: [], problems: [unusableFile(file, what)], files: candidates })
  if (others.length > 0) return refuse(`stands beside ${others.join()}; keep one of them`)
  const script = isolatedModule({ module: callerOf(file), timeoutMs: LIMIT_MS, log: silentLog })
  let tree: unknown
  try {
    tree = await script.call({ profiles, env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? ''])) })
  } catch (error) {
    if (!(error instanceof ScriptFailure)) throw error
    return refuse(`cannot be used: ${error.message.split('\n')[0]}`)
  } finally {
    await script.close()
  }
  const entries = entriesOf(tree, { source: file, file })
  if (typeof entries === 'string') return refuse(`${entries.replace('a JSON object', 'an object, or a function that gives one')}`)
  return { sources: [{ name: file, kind: 'file', entries }], problems: [], files: candidates }
}

/** A module that calls what the file exports, be it a function or the settings themselves. */
function callerOf(file: string): string {
  const source = `import settings from ${JSON.stringify(pathToFileURL(file).href)}
export default (input) => typeof settings === 'function' ? settings(input) : settings`
  return `data:text/javascript,${encodeURIComponent(source)}`
}
