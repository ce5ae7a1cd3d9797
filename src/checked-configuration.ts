/**
 * A configuration together with what is wrong with its settings as a whole (configuration.md 7.2): what a start, a reload and `castellan check` ask for, and
 * a verb that only looks something up does not. The rules of each room stand on the code that opens it, so this is loaded when something is checked.
 */
import { auditRules } from './audit/config-rules.ts'
import { authenticationRules } from './authentication/config-rules.ts'
import { passwordlessRules } from './authentication/passwordless/config-rules.ts'
import { asFault, type Fault, type Rule, type RuleWorld } from './base/setting-rules.ts'
import { frameRules } from './config/config-rules.ts'
import { type LoadedConfiguration, type Problem, ruleProblem, type Settings, withoutConsequences } from './config/index.ts'
import { flowRules } from './flow/config-rules.ts'
import { interruptRules } from './flow/steps/interrupt/config-rules.ts'
import { httpRules } from './http/config-rules.ts'
import { managementRules } from './management/config-rules.ts'
import { multifactorRules } from './mfa/config-rules.ts'
import { notificationsRules } from './notifications/config-rules.ts'
import { oauthRules } from './protocols/oauth/config-rules.ts'
import { servicesRules } from './services/config-rules.ts'
import { ssoRules } from './sso/config-rules.ts'
import { ticketsRules } from './tickets/config-rules.ts'

const rooms: readonly (readonly Rule<Settings>[])[] = [
  frameRules,
  httpRules,
  auditRules,
  notificationsRules,
  servicesRules,
  ticketsRules,
  authenticationRules,
  passwordlessRules,
  ssoRules,
  flowRules,
  interruptRules,
  multifactorRules,
  oauthRules,
  managementRules,
]

/** @param cwd Where `classpath:` looks when there is no configuration directory. */
export async function checked(configuration: LoadedConfiguration, cwd: string): Promise<LoadedConfiguration> {
  const found = await brokenRules(configuration, { configurationDirectory: configuration.configurationDirectory ?? cwd })
  if (found.length === 0) return configuration
  const problems = withoutConsequences([...configuration.problems, ...found])
  return { ...configuration, problems, refused: problems.some(({ fatal }) => fatal) }
}

/**
 * What the rules say, in the order of the rooms. A setting whose value cannot be read has been told of: its default stands in, and what follows from that is
 * nobody's mistake.
 */
async function brokenRules(configuration: LoadedConfiguration, world: RuleWorld): Promise<readonly Problem[]> {
  const told = new Set(
    configuration.problems.filter(({ kind, fatal }) => fatal && (kind === 'type' || kind === 'placeholder')).map(({ key }) => key),
  )
  const faults: Fault[] = []
  for (const rule of rooms.flat()) {
    try {
      faults.push(...(await rule(configuration.settings, world)))
    } catch (error) {
      faults.push(asFault(error))
    }
  }
  const strict = configuration.settings.castellan.config.strict
  return faults
    .filter(({ setting }) => !told.has(setting))
    .map((fault) => ruleProblem(fault, configuration.originOf(fault.setting)))
    .map((problem) => (strict && problem.severity === 'error' ? { ...problem, fatal: true } : problem))
}
