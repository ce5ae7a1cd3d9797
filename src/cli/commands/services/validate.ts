import { adviseOnPattern, type Problem } from '../../../services/index.ts'
import { type CommandResult, EXIT, type Shell } from '../../command.ts'
import { count } from './list.ts'
import { problemLine, withServices } from './open.ts'

export interface ValidateOptions {
  readonly json?: boolean
  readonly failOnWarning?: boolean
}

/**
 * `castellan services validate [DIRECTORY]`: reads the definitions as the server would, says everything that is wrong with them, and where patterns take
 * more than they seem to (services.md 14). Nothing is changed.
 */
export function servicesValidate(shell: Shell, directory: string | undefined, options: ValidateOptions): Promise<CommandResult> {
  return withServices(shell, { directory }, async ({ services, problems: found }) => {
    const advice = services
      .all()
      .flatMap((service) => adviseOnPattern(service).map((message): Problem => ({ file: service.file, severity: 'warning', message })))
    // What the registry warns of at every load is not said twice.
    const problems = [...found, ...advice.filter(({ file, message }) => !found.some((one) => one.file === file && one.message === message))]
    const errors = problems.filter(({ severity }) => severity === 'error').length
    const warnings = problems.length - errors
    const ok = errors === 0 && (warnings === 0 || !options.failOnWarning)
    const out = (text: string) => void shell.process.stdout.write(text)
    if (options.json) out(`${JSON.stringify({ ok, services: services.all().length, problems }, undefined, 2)}\n`)
    else {
      for (const problem of problems) out(`${problemLine(problem)}\n`)
      out(`${count(services.all().length, 'definition')}, ${count(errors, 'error')}, ${count(warnings, 'warning')}\n`)
    }
    return { exitCode: ok ? EXIT.good : EXIT.mistakes }
  })
}
