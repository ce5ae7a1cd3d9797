import { allOrNone, faultIf, type Rule, refusals } from '../base/setting-rules.ts'
import type { ServicesConfig } from './config.ts'
import { isZone } from './definitions/expiration-date.ts'
import { checkCron } from './schedule.ts'

/** What the settings of the service registry must have in common; its directories and its repository are looked at when it is opened. */
export const servicesRules: readonly Rule<ServicesConfig>[] = [
  ({ castellan }) =>
    faultIf(!isZone(castellan.serviceRegistry.expirationZone), 'castellan.service-registry.expiration-zone', 'is not a known zone'),
  ({ cas }) => {
    const { git } = cas.serviceRegistry
    if (git.repositoryUrl === undefined) return []
    const name = 'cas.service-registry.git'
    return [
      ...allOrNone(
        { [`${name}.username`]: git.username, [`${name}.password`]: git.password },
        'the repository is asked with both or neither',
      ),
      ...[
        { setting: `${name}.private-key-passphrase`, value: git.privateKeyPassphrase },
        { setting: `${name}.ssh-session-password`, value: git.sshSessionPassword },
      ].flatMap(({ setting, value }) =>
        faultIf(value !== undefined, setting, 'cannot be used here: give the key to an ssh agent, or use one without a passphrase'),
      ),
    ]
  },
  async ({ cas }) => {
    const { cronExpression, cronTimeZone } = cas.serviceRegistry.schedule
    if (cronExpression === undefined) return []
    const { Cron } = await import('croner')
    return refusals(() => checkCron(Cron, cronExpression, cronTimeZone))
  },
]
