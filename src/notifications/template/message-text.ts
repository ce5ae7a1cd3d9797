import { existsSync, readFileSync } from 'node:fs'
import { join, parse } from 'node:path'
import { type IsolatedModule, isolatedModule } from '../../base/isolated-module.ts'
import type { Log } from '../../base/log.ts'
import { inlineModule, moduleNamed } from '../../base/operator-script.ts'
import { fileNamed } from '../../base/resource.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { type Template, type TemplateValues, template } from './template.ts'

/** A text as configured, ready to be filled in. */
export interface MessageText {
  render(values: TemplateValues, options?: { readonly encode?: (value: string) => string; readonly locale?: string }): Promise<string>
  close(): Promise<void>
}

export interface MessageTextParts {
  /** The value of the setting. */
  readonly text: string
  readonly setting: string
  /** What the text may name, for warnings at the start. */
  readonly names: readonly string[]
  readonly positions: number
  /** Most characters the fixed part should have. */
  readonly longest?: number
  readonly configurationDirectory: string
  readonly log: Log
}

const SCRIPT_TIMEOUT_MS = 2000
const PARAMETERS = ['parameters', 'logger', 'locale']
const LARGEST_FILE = 1024 * 1024

/**
 * A text is a file with the text, a module with `run(parameters, logger, locale)`, an inline module `js { … }`, or the text itself (notifications.md 3). Files
 * are read when the message is made, so that a corrected file counts.
 *
 * @throws {StartRefusal} for a module that is missing, and a Groovy script.
 */
export function messageText(parts: MessageTextParts): MessageText {
  const { text, setting, configurationDirectory, log } = parts
  const inline = /^\s*js\s*\{([\s\S]*)\}\s*$/.exec(text)
  const inThread = (module: string) => scripted(isolatedModule({ module, parameters: PARAMETERS, timeoutMs: SCRIPT_TIMEOUT_MS, log }))
  // The parameters stand by their names in the body.
  if (inline) return inThread(inlineModule(inline[1] ?? '', `{ ${parts.names.join(', ')} }, logger, locale`))
  const path = fileNamed(text, configurationDirectory)
  if (path !== undefined && /\.(mjs|js|mts|ts|groovy)$/.test(path)) {
    const found = moduleNamed(text, configurationDirectory)
    if ('mistake' in found) throw new StartRefusal(found.mistake, { setting })
    return inThread(found.path)
  }
  if (path !== undefined && existsSync(path)) {
    warnOf(templateOf(path), parts)
    return {
      render: async (values, { encode, locale } = {}) => templateOf(localised(path, locale)).render(values, encode),
      close: async () => {},
    }
  }
  const literal = template(text)
  warnOf(literal, parts)
  return { render: async (values, { encode } = {}) => literal.render(values, encode), close: async () => {} }
}

function scripted(module: IsolatedModule): MessageText {
  return {
    async render({ named }, { locale } = {}) {
      const made = await module.call({ parameters: { ...named }, locale: locale ?? null })
      if (typeof made === 'string') return made
      throw new Error('the module that makes the text gave none')
    },
    close: () => module.close(),
  }
}

function templateOf(path: string): Template {
  return template(readFileSync(path, 'utf8').slice(0, LARGEST_FILE), { groovy: path.endsWith('.gtemplate') })
}

/** `Name_de.html` before `Name.html`. */
function localised(path: string, locale: string | undefined): string {
  if (locale === undefined || !/^[A-Za-z]{2,3}([_-][A-Za-z]{2,4})?$/.test(locale)) return path
  const { dir, name, ext } = parse(path)
  const candidates = [locale.replace('-', '_'), locale.slice(0, locale.search(/[_-]|$/))].map((one) => join(dir, `${name}_${one}${ext}`))
  return candidates.find((candidate) => existsSync(candidate)) ?? path
}

function warnOf(made: Template, { names, positions, longest, setting, log }: MessageTextParts): void {
  for (const mistake of made.mistakes(names, positions)) log.warn({ setting }, `${setting}: ${mistake}.`)
  for (const mistake of made.errors) log.error({ setting }, `${setting}: ${mistake}.`)
  const fixed = made.render({ named: Object.fromEntries(names.map((name) => [name, ''])), positional: Array(positions).fill('') })
  if (longest !== undefined && fixed.length > longest)
    log.warn({ setting, characters: fixed.length }, `${setting} has more than ${longest} characters; such messages are refused.`)
}
