import { faultIf, type Rule } from '../base/setting-rules.ts'
import type { FlowConfig } from './config.ts'

/** What the settings of the login conversation must have in common. */
export const flowRules: readonly Rule<FlowConfig>[] = [
  ({ castellan }) =>
    (
      [
        ['castellan.login.max-time-to-live', castellan.login.maxTimeToLive],
        ['castellan.login.authenticated-max-time-to-live', castellan.login.authenticatedMaxTimeToLive],
      ] as const
    ).flatMap(([setting, seconds]) => faultIf(seconds === 0, setting, 'ends every login before it began: give a duration such as PT30M')),
]
