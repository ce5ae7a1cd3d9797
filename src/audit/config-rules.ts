import { type Rule, refusals } from '../base/setting-rules.ts'
import { wantedActions } from './audit.ts'
import type { AuditConfig } from './config.ts'

/** What the settings of the audit must have in common. */
export const auditRules: readonly Rule<AuditConfig>[] = [(settings) => refusals(() => wantedActions(settings))]
