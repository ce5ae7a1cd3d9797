import { compileJavaRegex } from '../../base/java-regex.ts'
import type { Json } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import { announce, cachedFile } from '../cached-file.ts'
import { fileOf } from '../location.ts'
import { parseUserMap } from '../typed-json.ts'
import { type AccountSource, readPasswordlessAccount } from './account.ts'
import type { PasswordlessConfig } from './config.ts'

const SETTING = 'cas.authn.passwordless.accounts.json.location'
const IS_PATTERN = /[\\^$.|?*+()[\]{}]/

interface Accounts {
  readonly exact: ReadonlyMap<string, Json>
  /** In the order of the file; looked at where no name fits exactly. */
  readonly patterns: readonly { readonly test: (name: string) => boolean; readonly account: Json }[]
}

/** `cas.authn.passwordless.accounts.json.location`: a file, read when it has changed. A name counts as it stands before any pattern does. */
export async function json(
  { cas }: PasswordlessConfig,
  { configurationDirectory, log }: { readonly configurationDirectory: string; readonly log: Log },
): Promise<AccountSource | undefined> {
  const { location } = cas.authn.passwordless.accounts.json
  if (!location) return undefined
  const read = cachedFile(fileOf(location, configurationDirectory, SETTING), (text): Accounts => {
    const written = parseUserMap(text)
    const patterns = written.flatMap(([name, account]) => {
      const regex = IS_PATTERN.test(name) ? compileJavaRegex(name, { match: 'full', ignoreCase: false }) : undefined
      return regex?.kind === 'ok' ? [{ test: (typed: string) => regex.test(typed), account }] : []
    })
    return { exact: new Map(written), patterns }
  })
  await announce(read, SETTING, log)
  return {
    name: 'json',
    async find(username) {
      const state = await read()
      if (state.kind === 'unreadable') throw new Error(state.reason)
      const { exact, patterns } = state.value
      // All are looked at for any name: how long it takes tells nothing.
      const [fitting] = patterns.filter(({ test }) => test(username))
      const written = exact.get(username) ?? fitting?.account
      if (written === undefined) return undefined
      const account = readPasswordlessAccount(written, username)
      if (typeof account === 'string') throw new Error(`an account of the file ${account}`)
      return account
    },
  }
}
