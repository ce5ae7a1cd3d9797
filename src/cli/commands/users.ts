import { readFile } from 'node:fs/promises'
import { type AccountChange, AccountFileRefusal, changeAccounts, listAccounts, storedPassword } from '../../authentication/index.ts'
import { replaceFile } from '../../base/replace-file.ts'
import { resourceAt } from '../../base/resource.ts'
import { loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'
import { readPassword } from '../password-input.ts'

export interface UsersOptions {
  readonly json?: boolean
  readonly file?: string
  readonly attribute?: readonly string[]
}

const LOCATION = 'cas.authn.json.location'

/** `castellan users list`: who is in the file of users, in what state; no password. */
export async function usersList(shell: Shell, options: UsersOptions): Promise<CommandResult> {
  return withFile(shell, options, async ({ text }) => {
    const accounts = listAccounts(text)
    const lines = accounts.map(({ username, status, expirationDate, problem }) =>
      [username, status, expirationDate ?? '', problem === undefined ? '' : `cannot be used: ${problem}`].join('\t').trimEnd(),
    )
    shell.process.stdout.write(options.json ? `${JSON.stringify(accounts, undefined, 2)}\n` : lines.map((line) => `${line}\n`).join(''))
  })
}

/** `castellan users add NAME`, `passwd NAME`, `remove NAME`: changes the file of users; passwords come from standard input and are stored as argon2 hashes. */
export async function usersChange(
  shell: Shell,
  kind: AccountChange['kind'],
  username: string,
  options: UsersOptions,
): Promise<CommandResult> {
  return withFile(shell, options, async ({ text, path, encoder, isNew }) => {
    const attributes: Record<string, string[]> = {}
    for (const pair of options.attribute ?? []) {
      const at = pair.indexOf('=')
      if (at < 1) throw new AccountFileRefusal(`--attribute must be name=value, not ${pair}`)
      const name = pair.slice(0, at)
      attributes[name] = [...(attributes[name] ?? []), pair.slice(at + 1)]
    }
    // What cannot be done is said before anybody types a password.
    if (kind !== 'remove') await storedPassword(encoder, 'x')
    changeAccounts(text, kind === 'remove' ? { kind, username } : { kind, username, password: '', attributes })
    if (kind === 'remove') return put(path, changeAccounts(text, { kind, username }), isNew)
    const typed = await readPassword(shell.process)
    if (typed === undefined) throw new AccountFileRefusal('a password is expected on standard input')
    const password = await storedPassword(encoder, typed)
    await put(path, changeAccounts(text, { kind, username, password, attributes }), isNew)
  })
}

interface UsersFile {
  readonly text: string
  readonly path: string
  readonly encoder: string
  readonly isNew: boolean
}

async function withFile(
  { argv, process }: Shell,
  { file }: UsersOptions,
  work: (found: UsersFile) => Promise<void>,
): Promise<CommandResult> {
  const fail = (message: string, exitCode: number = EXIT.mistakes): CommandResult => {
    process.stderr.write(`castellan users: ${message}\n`)
    return { exitCode }
  }
  const { settings, configurationDirectory } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const { location, passwordEncoder } = settings.cas.authn.json
  const named = file ?? location
  if (named === '') return fail(`${LOCATION} is not set; --file names a file`, EXIT.usage)
  const resource = resourceAt(named, configurationDirectory ?? process.cwd())
  if (resource.kind !== 'file') return fail(`${LOCATION} is no file`, EXIT.usage)
  const { path } = resource
  try {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    await work({ text, path, encoder: passwordEncoder.type, isNew: text === '' })
    return { exitCode: EXIT.good }
  } catch (error) {
    return fail(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Only its owner may read a new file; the rights of one that is there stay as they are. */
const put = (path: string, text: string, isNew: boolean) => replaceFile(path, text, isNew ? { mode: 0o600 } : { throughLinks: true })
