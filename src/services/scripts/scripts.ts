import { existsSync } from 'node:fs'
import { compileGroovy, GroovyMistake } from '../../base/groovy.ts'
import { type IsolatedModule, isolatedModule, ScriptFailure } from '../../base/isolated-module.ts'
import type { Json } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import { inlineModule, scriptPath, scriptText } from '../../base/operator-script.ts'
import type { Report } from '../definitions/check.ts'

/** What a place of a definition asks of its script. */
export interface ScriptPlace {
  /** Member of the definition that names it. */
  readonly member: string
  /** Arguments of the default export in their order, one of them `logger`; names of an inline script. */
  readonly parameters: readonly string[]
  /** Functions that a module has to export in place of a default one; each is given one object. */
  readonly functions?: readonly string[]
}

/** A script of a definition, ready to be asked. */
export interface Script {
  /**
   * @param input Values of the parameters, by name.
   * @param name One of the functions, where the place has some.
   * @throws {ScriptFailure} for everything that goes wrong; what was asked has to be denied then.
   */
  call(input: Readonly<Record<string, Json>>, name?: string): Promise<Json>
}

/** The scripts of all definitions: modules in threads of their own, inline JavaScript likewise, and the little Groovy that is understood (services.md 13). */
export interface Scripts {
  /**
   * @param text A path, `js { … }` or `groovy { … }`.
   * @returns `undefined` for what can never be run, which has been reported then.
   */
  open(text: string, place: ScriptPlace, report: Report): Script | undefined
  close(): Promise<void>
}

export interface ScriptsParts {
  readonly timeoutMs: number
  readonly configurationDirectory: string
  readonly log: Log
}

/** Threads that are kept; each has a heap of its own. The one that was not asked for longest goes first. */
const MAX_THREADS = 32

export function createScripts({ timeoutMs, configurationDirectory, log }: ScriptsParts): Scripts {
  const modules = new Map<string, IsolatedModule>()

  function moduleAt(module: string, { parameters, functions }: ScriptPlace): IsolatedModule {
    const key = JSON.stringify([module, functions ?? parameters])
    const known = modules.get(key)
    modules.delete(key)
    const opened = known ?? isolatedModule({ module, timeoutMs, log, ...(functions ? { functions } : { parameters: [...parameters] }) })
    modules.set(key, opened)
    const [oldest] = modules
    if (modules.size > MAX_THREADS && oldest) {
      modules.delete(oldest[0])
      void oldest[1].close()
    }
    return opened
  }

  const inThread = (find: () => string, place: ScriptPlace): Script => ({
    call: async (input, name) => moduleAt(find(), place).call(input, name),
  })

  function fileScript(path: string, place: ScriptPlace, report: Report): Script {
    const find = () => {
      const found = scriptPath(path)
      if (found !== undefined) return found
      throw new ScriptFailure('load', notGroovy(path, place))
    }
    const found = scriptPath(path)
    if (found === undefined) report('error', notGroovy(path, place), place.member)
    else if (!existsSync(found)) report('error', `${found} is missing; it has to export ${exportsOf(place)}`, place.member)
    // Whoever writes it afterwards need not touch the definition.
    return inThread(find, place)
  }

  function groovyScript(body: string, place: ScriptPlace, report: Report): Script | undefined {
    try {
      const evaluate = compileGroovy(body, place.parameters)
      return {
        async call(input) {
          try {
            return evaluate(input)
          } catch (error) {
            throw error instanceof GroovyMistake ? new ScriptFailure('threw', error.message) : error
          }
        },
      }
    } catch (error) {
      if (!(error instanceof GroovyMistake)) throw error
      report('error', `this Groovy is not understood here (${error.message}); write js { … } or a module`, place.member)
      return undefined
    }
  }

  return {
    open(text, place, report) {
      const script = scriptText(text, configurationDirectory)
      if (script?.kind === 'file') return fileScript(script.path, place, report)
      if (script && !place.functions) {
        if (script.kind === 'groovy') return groovyScript(script.body, place, report)
        const module = inlineModule(script.body, place.parameters.join(', '))
        return inThread(() => module, place)
      }
      report('error', `"${place.member}" is no script that can be run here; name a module that exports ${exportsOf(place)}`, place.member)
      return undefined
    },
    async close() {
      await Promise.all([...modules.values()].map((module) => module.close()))
    },
  }
}

const exportsOf = ({ parameters, functions }: ScriptPlace) =>
  functions ? `the functions ${functions.join(', ')}` : `the default function run(${parameters.join(', ')})`

const notGroovy = (path: string, place: ScriptPlace) =>
  `Groovy cannot be run: write ${path.replace(/\.groovy$/i, '.mjs')}, which exports ${exportsOf(place)}`
