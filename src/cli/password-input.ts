import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { ProcessParts } from './command.ts'

/** Longer ones are nobody's. */
export const MAX_PASSWORD_LENGTH = 4096

/**
 * One password from standard input, at a terminal without showing it. It is never an argument: those can be seen by everybody on the machine.
 *
 * @returns `undefined` when there is none, or one that is too long.
 */
export async function readPassword({ stdin, stderr }: Pick<ProcessParts, 'stdin' | 'stderr'>): Promise<string | undefined> {
  const terminal = 'isTTY' in stdin && stdin.isTTY === true
  if (terminal) stderr.write('Password: ')
  // The line editor writes what is typed; here it goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal })
  try {
    const typed = await new Promise<string>((resolve) => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(''))
    })
    return typed === '' || typed.length > MAX_PASSWORD_LENGTH ? undefined : typed
  } finally {
    lines.close()
    if (terminal) stderr.write('\n')
  }
}
