import { silentLog } from '../../base/log.ts'
import { allOrNone, awaitedFile, faultIf, type Rule, refusals } from '../../base/setting-rules.ts'
import { fileOf } from '../location.ts'
import type { PasswordlessConfig } from './config.ts'
import { ldap } from './ldap.ts'
import { restAccountsAddress } from './rest.ts'

const PREFIX = 'cas.authn.passwordless'

/** What the settings of logins without a password must have in common. */
export const passwordlessRules: readonly Rule<PasswordlessConfig>[] = [
  ({ cas }, world) => {
    const { location } = cas.authn.passwordless.accounts.json
    const setting = `${PREFIX}.accounts.json.location`
    return [
      ...(location ? refusals(() => fileOf(location, world.configurationDirectory, setting)) : []),
      ...awaitedFile(setting, location, world, 'nobody of it can log in'),
    ]
  },
  (settings, { configurationDirectory }) =>
    refusals(
      () => restAccountsAddress(settings),
      // What is made of these settings at the start is made here too; no connection is.
      () => ldap(settings, { configurationDirectory, log: silentLog }, () => {}),
    ),
  ({ cas }) => {
    const { from, subject, text } = cas.authn.passwordless.tokens.mail
    const all = { [`${PREFIX}.tokens.mail.from`]: from, [`${PREFIX}.tokens.mail.subject`]: subject, [`${PREFIX}.tokens.mail.text`]: text }
    return allOrNone(all, 'no code goes by mail').map((fault) => ({ ...fault, severity: 'error' }))
  },
  ({ cas }) => {
    const { basicAuthUsername, basicAuthPassword } = cas.authn.passwordless.accounts.rest
    const pair = {
      [`${PREFIX}.accounts.rest.basic-auth-username`]: basicAuthUsername,
      [`${PREFIX}.accounts.rest.basic-auth-password`]: basicAuthPassword,
    }
    return allOrNone(pair, 'the server is asked with both or neither')
  },
  ({ cas }) =>
    faultIf(
      cas.authn.passwordless.tokens.core.expiration < 1,
      `${PREFIX}.tokens.core.expiration`,
      'must be a second at least: no code would ever be good',
    ),
]
