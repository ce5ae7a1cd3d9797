import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { HASH_ENCODERS, hashPassword } from '../../authentication/index.ts'
import { type CommandResult, EXIT, type ProcessParts, type Shell } from '../command.ts'

const MAX_LENGTH = 4096

/**
 * `castellan hash-password [--encoder NAME]`: reads one password from standard input, at a terminal without showing it, and prints its stored form and nothing
 * else. A password is never an argument: those can be seen by everybody on the machine.
 */
export async function hashPasswordCommand({ process }: Shell, wanted: string | undefined): Promise<CommandResult> {
  const encoder = HASH_ENCODERS.find((name) => name === (wanted ?? HASH_ENCODERS[0]).toLowerCase().replaceAll('-', '_'))
  const password = encoder && (await readPassword(process))
  if (encoder && password && password.length <= MAX_LENGTH) {
    process.stdout.write(`${await hashPassword(encoder, password)}\n`)
    return { exitCode: EXIT.good }
  }
  const what = encoder
    ? `a password of 1 to ${MAX_LENGTH} characters is expected on standard input`
    : `--encoder must be one of ${HASH_ENCODERS.join(', ')}`
  process.stderr.write(`castellan hash-password: ${what}\n`)
  return { exitCode: EXIT.usage }
}

async function readPassword({ stdin, stderr }: ProcessParts): Promise<string> {
  const terminal = 'isTTY' in stdin && stdin.isTTY === true
  if (terminal) stderr.write('Password: ')
  // The line editor writes what is typed; here it goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal })
  try {
    return await new Promise<string>((resolve) => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(''))
    })
  } finally {
    lines.close()
    if (terminal) stderr.write('\n')
  }
}
