import { awaitedFile, type Fault, faultIf, type Rule, refusals } from '../base/setting-rules.ts'
import { encryption, type HttpConfig } from '../http/index.ts'
import { accessRules } from './access-rules.ts'
import type { ManagementConfig } from './config.ts'
import { ownPortSettings } from './own-port.ts'

/** What the settings of the management endpoints must have in common. */
export const managementRules: readonly Rule<ManagementConfig & HttpConfig>[] = [
  (settings) => {
    const said: Fault[] = []
    const warn = (message: string) => {
      const [, setting = '', rest = ''] = /^(cas\.[^ :]+)(?::? )(.*)$/s.exec(message) ?? []
      said.push({ setting, message: rest, severity: 'warn', saidByRoom: true })
    }
    const refused = refusals(() => accessRules(settings, warn))
    return [...refused, ...said]
  },
  async (settings) => {
    const own = ownPortSettings(settings)
    const isOwn = own !== undefined && Object.values(settings.management.server.ssl).some((value) => value !== undefined)
    const faults = isOwn ? await encryption(own) : []
    return faults.map(({ setting, message }) => ({ setting: `management.${setting}`, message }))
  },
  ({ cas }, world) =>
    awaitedFile('cas.monitor.endpoints.json.location', cas.monitor.endpoints.json.location, world, 'nobody of it can log in'),
  ({ spring }) => {
    const { name, password } = spring.security.user
    return faultIf(
      name.trim() !== '' && password === '',
      'spring.security.user.name',
      'has no password beside it (spring.security.user.password): nobody can log in as this user',
      { severity: 'warn' },
    )
  },
]
