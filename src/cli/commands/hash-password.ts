import { HASH_ENCODERS, hashPassword } from '../../authentication/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'
import { MAX_PASSWORD_LENGTH, readPassword } from '../password-input.ts'

/**
 * `castellan hash-password [--encoder NAME]`: reads one password from standard input, at a terminal without showing it, and prints its stored form and nothing
 * else. A password is never an argument: those can be seen by everybody on the machine.
 */
export async function hashPasswordCommand({ process }: Shell, wanted: string | undefined): Promise<CommandResult> {
  const encoder = HASH_ENCODERS.find((name) => name === (wanted ?? HASH_ENCODERS[0]).toLowerCase().replaceAll('-', '_'))
  const password = encoder && (await readPassword(process))
  if (encoder && password !== undefined) {
    process.stdout.write(`${await hashPassword(encoder, password)}\n`)
    return { exitCode: EXIT.good }
  }
  const what = encoder
    ? `a password of 1 to ${MAX_PASSWORD_LENGTH} characters is expected on standard input`
    : `--encoder must be one of ${HASH_ENCODERS.join(', ')}`
  process.stderr.write(`castellan hash-password: ${what}\n`)
  return { exitCode: EXIT.usage }
}
