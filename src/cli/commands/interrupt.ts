import { StartRefusal } from '../../base/start-refusal.ts'
import { loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

export interface InterruptTestOptions {
  readonly service?: string
  readonly locale?: string
  readonly attribute?: readonly string[]
  readonly json?: boolean
}

/**
 * `castellan interrupt test USER`: what a login of this user would be told, and why (interrupt.md 14.3). Sources are really asked; no session is made, nothing
 * is remembered, and what the user accepted before does not count.
 */
export async function interruptTest({ argv, process }: Shell, user: string, options: InterruptTestOptions): Promise<CommandResult> {
  const fail = (message: string, exitCode: number): CommandResult => {
    process.stderr.write(`castellan interrupt test: ${message}\n`)
    return { exitCode }
  }
  const attributes: Record<string, string[]> = {}
  for (const pair of options.attribute ?? []) {
    const at = pair.indexOf('=')
    if (at < 1) return fail(`--attribute must be name=value, not ${pair}`, EXIT.usage)
    const name = pair.slice(0, at)
    attributes[name] = [...(attributes[name] ?? []), pair.slice(at + 1)]
  }
  const configuration = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  try {
    const { explainInterrupt } = await import('../../explain-interrupt.ts')
    const explanation = await explainInterrupt({
      configuration,
      username: user,
      attributes,
      service: options.service,
      locale: options.locale,
      onLog: (line) => process.stderr.write(`${line}\n`),
    })
    if (explanation === 'no such service') return fail(`${options.service} is not a registered service that may be used`, EXIT.mistakes)
    const { view: _, ...shown } = explanation
    process.stdout.write(options.json ? `${JSON.stringify(shown, undefined, 2)}\n` : inWords(user, options.service, shown))
    return { exitCode: EXIT.good }
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return fail(error.message, error.exitCode)
  }
}

interface Shown {
  readonly triggerMode: string
  readonly outcome: string
  readonly why?: string
  readonly sources: readonly { readonly source: string; readonly outcome: string; readonly detail?: string }[]
  readonly payload?: Readonly<Record<string, unknown>>
}

function inWords(user: string, service: string | undefined, { triggerMode, outcome, why, sources, payload }: Shown): string {
  const way = service === undefined ? 'without an application' : `on the way to ${service}`
  const verdict = {
    interrupt: 'is interrupted',
    'no interrupt': 'is not interrupted',
    'service unavailable': 'is stopped: a source does not answer',
  }[outcome]
  const lines = [`${user} ${way} ${verdict ?? outcome}${why === undefined ? '' : `: ${why}`} (${triggerMode})`]
  if (sources.length === 0) lines.push('No source is configured.')
  for (const { source, outcome: said, detail } of sources)
    lines.push(`  ${source.padEnd(14)} ${said}${detail === undefined ? '' : `: ${detail}`}`)
  if (payload) lines.push(JSON.stringify(payload, undefined, 2))
  return `${lines.join('\n')}\n`
}
