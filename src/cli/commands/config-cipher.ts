import { text } from 'node:stream/consumers'
import {
  CIPHER_PREFIX,
  CipherMistake,
  type CipherSettings,
  cipherSettings,
  decryptValue,
  ENCRYPTING_ALGORITHM,
  encryptValue,
  loadConfiguration,
} from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

interface CipherOptions {
  readonly alg?: string
}

const ALGORITHM_SETTING = 'cas.standalone.configuration-security.alg'

/**
 * `castellan config encrypt [--alg NAME] VALUE|-`: prints `{cas-cipher}…` and nothing else (configuration.md 6). The password is that of
 * `cas.standalone.configuration-security.psw`; the algorithm that of the settings, else a sound one, of which the operator is told.
 */
export async function configEncrypt(shell: Shell, value: string | undefined, { alg }: CipherOptions): Promise<CommandResult> {
  return withPassword(shell, 'encrypt', async (settings, isAlgorithmSet) => {
    const algorithm = alg ?? (isAlgorithmSet ? settings.algorithm : ENCRYPTING_ALGORITHM)
    const encrypted = await encryptValue(await givenValue(shell, value), { ...settings, algorithm })
    if (algorithm.toLowerCase() !== settings.algorithm.toLowerCase())
      shell.process.stderr.write(`castellan config encrypt: to read it, the server needs ${ALGORITHM_SETTING}=${algorithm}\n`)
    return encrypted
  })
}

/** `castellan config decrypt [--alg NAME] VALUE|-`: prints the clear text; `{cas-cipher}` before the value may be left out. */
export async function configDecrypt(shell: Shell, value: string | undefined, { alg }: CipherOptions): Promise<CommandResult> {
  return withPassword(shell, 'decrypt', async (settings) => {
    const given = (await givenValue(shell, value)).trim()
    const prefixed = given.startsWith(CIPHER_PREFIX) ? given : CIPHER_PREFIX + given
    return decryptValue(prefixed, alg === undefined ? settings : { ...settings, algorithm: alg })
  })
}

type Work = (settings: CipherSettings, isAlgorithmSet: boolean) => Promise<string>

async function withPassword({ argv, process }: Shell, verb: string, work: Work): Promise<CommandResult> {
  const fail = (message: string, exitCode: number): CommandResult => {
    process.stderr.write(`castellan config ${verb}: ${message}\n`)
    return { exitCode }
  }
  const { settings, explain } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const cipher = cipherSettings(settings)
  if (!cipher)
    return fail('there is no password: give cas.standalone.configuration-security.psw as -D or as an environment variable', EXIT.usage)
  try {
    const isAlgorithmSet = (explain(ALGORITHM_SETTING)?.sources.length ?? 0) > 0
    process.stdout.write(`${await work(cipher, isAlgorithmSet)}\n`)
    return { exitCode: EXIT.good }
  } catch (error) {
    if (error instanceof CipherMistake) return fail(`the value ${error.message}`, EXIT.mistakes)
    throw error
  }
}

/** Arguments can be seen by everybody on the machine; standard input cannot. The line end of a terminal or of `echo` does not count. */
async function givenValue({ process }: Shell, value: string | undefined): Promise<string> {
  if (value !== undefined && value !== '-') return value
  return (await text(process.stdin as AsyncIterable<Buffer> & NodeJS.ReadableStream)).replace(/\r?\n$/, '')
}
