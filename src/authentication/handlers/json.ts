import { announce, cachedFile } from '../cached-file.ts'
import { failed, type Handler } from '../handler.ts'
import { type Authenticate, checkPassword, frame, type HandlerParts } from '../handler-frame.ts'
import { type JsonAccount, judge, readAccount } from '../json-account.ts'
import { fileOf } from '../location.ts'
import { parseUserMap } from '../typed-json.ts'

interface Users {
  readonly accounts: ReadonlyMap<string, JsonAccount>
  readonly names: readonly string[]
  /** Name → why the account cannot be used. */
  readonly broken: ReadonlyMap<string, string>
}

/** `cas.authn.json`: a file of accounts with attributes, state and end (authentication.md 4.2). */
export async function json(parts: HandlerParts): Promise<Handler | undefined> {
  const settings = parts.settings.cas.authn.json
  if (settings.location === '') return undefined
  const { enabled, warnAll, warningDays } = settings.passwordPolicy
  const warnFrom = enabled ? (warnAll ? Number.POSITIVE_INFINITY : warningDays) : undefined
  const path = fileOf(settings.location, parts.configurationDirectory, 'cas.authn.json.location')
  const read = cachedFile(path, (text): Users => {
    const accounts = new Map<string, JsonAccount>()
    const broken = new Map<string, string>()
    for (const [name, written] of parseUserMap(text)) {
      const account = readAccount(written)
      if (typeof account === 'string') broken.set(name, account)
      else accounts.set(name, account)
    }
    if (broken.size > 0) {
      const [first] = broken
      parts.log.error(
        { file: path, accounts: broken.size, first: first?.[0], problem: first?.[1] },
        'accounts that cannot be used: refused',
      )
    }
    return { accounts, names: [...accounts.keys()], broken }
  })
  await announce(read, 'cas.authn.json.location', parts.log)
  const check: Authenticate = async (attempt, encoder) => {
    const state = await read()
    if (state.kind === 'unreadable') return { kind: 'prevented', reason: state.reason }
    const { accounts, names, broken } = state.value
    const checked = await checkPassword(attempt, accounts, names, ({ password }) => password, encoder)
    if (checked.kind === 'wrong') return failed('FailedLoginException')
    if (checked.kind === 'unknown') {
      const problem = broken.get(attempt.username)
      return problem === undefined ? failed('AccountNotFoundException') : { kind: 'prevented', reason: `${path}: this account ${problem}` }
    }
    const verdict = judge(checked.account, parts.clock(), attempt.client.address, warnFrom)
    if ('failure' in verdict) return failed(verdict.failure)
    return { kind: 'success', id: attempt.username, attributes: checked.account.attributes, warnings: verdict.warnings }
  }
  return frame(
    { ...settings, ...parts.settings.castellan.authn.json },
    'cas.authn.json',
    'JsonResourceAuthenticationHandler',
    parts,
    check,
    async (username) => {
      const state = await read()
      if (state.kind === 'unreadable') return { kind: 'prevented', reason: state.reason }
      const account = state.value.accounts.get(username)
      if (!account) return failed('AccountNotFoundException')
      const verdict = judge(account, parts.clock(), undefined, warnFrom)
      return 'failure' in verdict ? failed(verdict.failure) : { kind: 'success', id: username, attributes: account.attributes }
    },
  )
}
