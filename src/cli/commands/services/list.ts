import type { RegisteredService } from '../../../services/index.ts'
import { type CommandResult, EXIT, type Shell } from '../../command.ts'
import { printable, problemLine, withServices } from './open.ts'

/** `castellan services list`: exit code 0, or 1 when files cannot be used. */
export function servicesList(shell: Shell, { json }: { readonly json?: boolean }): Promise<CommandResult> {
  return withServices(shell, {}, async ({ services, problems }) => {
    const rows = services.all().map((service) => ({ ...factsOf(service), state: services.stateOf(service) }))
    const errors = problems.filter(({ severity }) => severity === 'error')
    const out = (text: string) => void shell.process.stdout.write(text)
    if (json) out(`${JSON.stringify({ services: rows, problems }, undefined, 2)}\n`)
    else {
      for (const { id, type, evaluationOrder, state, name, serviceId, file } of rows) {
        out(`${[id, type, String(evaluationOrder), state, name, serviceId, file].map(printable).join('\t')}\n`)
      }
      for (const problem of errors) out(`${problemLine(problem)}\n`)
      const others = problems.length - errors.length
      out(
        `${count(rows.length, 'definition')}, ${count(errors.length, 'error')}, ${count(others, 'warning')}${others === 0 ? '' : ' (castellan services validate prints them)'}\n`,
      )
    }
    return { exitCode: errors.length === 0 ? EXIT.good : EXIT.mistakes }
  })
}

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

function factsOf({ id, className, evaluationOrder, name, serviceId, file }: RegisteredService) {
  return { id, type: className.slice(className.lastIndexOf('.') + 1), evaluationOrder, name, serviceId, file }
}
