import type { Log } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { createScripts } from '../../services/index.ts'
import { type AccountSource, readPasswordlessAccount } from './account.ts'
import type { PasswordlessConfig } from './config.ts'

const SETTING = 'cas.authn.passwordless.accounts.groovy.location'

export interface ScriptAccountsParts {
  readonly configurationDirectory: string
  readonly scriptTimeoutMs: number
  readonly log: Log
}

/** `cas.authn.passwordless.accounts.groovy.location`: a module `(username, logger) => account`. @throws {StartRefusal} for what can never be run. */
export function script(
  { cas }: PasswordlessConfig,
  { configurationDirectory, scriptTimeoutMs, log }: ScriptAccountsParts,
  atTheEnd: (close: () => Promise<void>) => void,
): AccountSource | undefined {
  const { location } = cas.authn.passwordless.accounts.groovy
  if (!location) return undefined
  const scripts = createScripts({ timeoutMs: scriptTimeoutMs, configurationDirectory, log })
  atTheEnd(() => scripts.close())
  const opened = scripts.open(location, { member: SETTING, parameters: ['username', 'logger'] }, (_severity, message) =>
    log.error({ setting: SETTING }, typeof message === 'string' ? message : message()),
  )
  if (!opened)
    throw new StartRefusal('must be a JavaScript or TypeScript module that exports (username, logger) => account', { setting: SETTING })
  return {
    name: 'script',
    async find(username) {
      const answer = await opened.call({ username })
      if (answer === null || answer === undefined) return undefined
      const account = readPasswordlessAccount(answer, username)
      if (typeof account === 'string') throw new Error(`what the script returns ${account}`)
      return account
    },
  }
}
