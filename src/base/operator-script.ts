import { existsSync } from 'node:fs'
import { fileNamed, resourceAt } from './resource.ts'

/** What an operator wrote where a script of CAS may stand (services.md 13). */
export type ScriptText =
  /** A module, or the Groovy file beside which one has to stand. */
  | { readonly kind: 'file'; readonly path: string }
  /** `js { … }` */
  | { readonly kind: 'js'; readonly body: string }
  /** `groovy { … }` */
  | { readonly kind: 'groovy'; readonly body: string }

/** @returns `undefined` for what is neither a script nor the path of one. @param directory Where relative locations start. */
export function scriptText(text: string, directory: string): ScriptText | undefined {
  const inline = /^\s*(js|groovy)\s*\{([\s\S]*)\}\s*$/.exec(text)
  if (inline) return { kind: inline[1] === 'js' ? 'js' : 'groovy', body: inline[2] ?? '' }
  if (!/\.(groovy|mjs|js|ts)\s*$/i.test(text)) return undefined
  try {
    const resource = resourceAt(text.trim(), directory)
    return resource.kind === 'file' ? { kind: 'file', path: resource.path } : undefined
  } catch {
    // A `file:` address of another host.
    return undefined
  }
}

/** The module at a path; that beside a Groovy script; `undefined` when there is only the Groovy script. */
export function scriptPath(path: string): string | undefined {
  if (!/\.groovy$/i.test(path)) return path
  const stem = path.replace(/\.groovy$/i, '')
  return ['.mjs', '.js', '.ts'].map((ending) => stem + ending).find((candidate) => existsSync(candidate))
}

/**
 * The module at a setting where CAS has a Groovy script (decisions.md D16): the one named, or for `….groovy` the one beside it.
 *
 * @returns the path, or what is wrong, as the end of a sentence that begins with the setting.
 */
export function moduleNamed(text: string, configurationDirectory: string): { readonly path: string } | { readonly mistake: string } {
  const named = fileNamed(text, configurationDirectory)
  if (named === undefined) return { mistake: `names no file: ${text}` }
  const path = scriptPath(named)
  if (path === undefined)
    return {
      mistake: `is a Groovy script, which cannot run here: write the module ${named.replace(/\.groovy$/i, '.mjs')} that exports run(…)`,
    }
  if (!/\.(mjs|js|mts|ts)$/.test(path)) return { mistake: `must be a JavaScript or TypeScript module: ${path}` }
  return existsSync(path) ? { path } : { mistake: `does not exist: ${path}` }
}

/**
 * The body of `js { … }` as a module whose default export takes these parameters.
 *
 * @param body An expression, or statements with `return`.
 * @param parameters As they stand between the parentheses of a function.
 */
export function inlineModule(body: string, parameters: string): string {
  const statements = /\breturn\b/.test(body) ? body : `return (${body}\n)`
  return `data:text/javascript,${encodeURIComponent(`export default (${parameters}) => { ${statements}\n}`)}`
}
