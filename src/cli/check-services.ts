import { hostname } from 'node:os'
import { systemClock } from '../base/clock.ts'
import { type Log, silentLog } from '../base/log.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { LoadedConfiguration } from '../config/index.ts'
import type { Services } from '../services/index.ts'
import type { Finding } from './finding.ts'

export interface CheckedServices {
  /** Usable definitions by protocol. */
  readonly counts: Readonly<Record<string, number>>
  readonly findings: readonly Finding[]
}

/** Reads the service definitions as a start does, without watching them, deleting any or telling anybody. */
export async function checkServices(
  { settings, profiles, configurationDirectory }: LoadedConfiguration,
  cwd: string,
): Promise<CheckedServices> {
  const { createServices } = await import('../services/index.ts')
  const said: Finding[] = []
  try {
    const services = await createServices({
      settings,
      clock: systemClock,
      onlyLooks: true,
      log: collectingLog(said),
      audit: { record() {}, close: async () => {} },
      profiles,
      configurationDirectory: configurationDirectory ?? cwd,
      defaultAttributesToRelease: [],
      hostName: hostname(),
    })
    const problems = services.problems()
    const found = problems.map((problem): Finding => {
      const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':')
      const { severity, message, file, line, column } = problem
      const text = message.includes(problem.file) ? message : `${place} ${message}`
      return { severity: severity === 'error' ? 'error' : 'warn', kind: 'service', message: text, file, line, column }
    })
    const advice = settings.casFeatureModule.oauth.enabled ? await clientFindings(settings, services) : []
    const factors = await factorFindings(settings, services)
    const counts: Record<string, number> = {}
    for (const { protocol } of services.all()) counts[protocol] = (counts[protocol] ?? 0) + 1
    await services.close()
    // What is in the report of the registry is in the log too.
    return {
      counts,
      findings: [...found, ...said.filter(({ message }) => !problems.some((one) => message.endsWith(one.message))), ...factors, ...advice],
    }
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return { counts: {}, findings: [...said, { severity: 'error', kind: 'service', message: error.message, key: error.setting }] }
  }
}

/** What there is to say of OAuth clients: risks as warnings, the rest for information. */
async function clientFindings(settings: LoadedConfiguration['settings'], services: Services): Promise<readonly Finding[]> {
  const { adviseOnOAuth } = await import('../advise-on-oauth.ts')
  const { general, clients } = await adviseOnOAuth(settings, services)
  const told =
    (severity: 'warn' | 'info') =>
    (clientId: string, file: string) =>
    (text: string): Finding => ({
      severity,
      kind: 'client',
      message: `${file} the client ${clientId} ${text}`,
      file,
    })
  return [
    ...general.map((message): Finding => ({ severity: 'warn', kind: 'client', message })),
    ...clients.flatMap(({ clientId, file, risks, remarks }) => [
      ...risks.map(told('warn')(clientId, file)),
      ...remarks.map(told('info')(clientId, file)),
    ]),
  ]
}

/** Second factors that definitions ask for and that are not here. */
async function factorFindings(settings: LoadedConfiguration['settings'], services: Services): Promise<readonly Finding[]> {
  const { mistakesOfDefinition } = await import('../mfa/index.ts')
  return services
    .all()
    .flatMap((service) => mistakesOfDefinition(service, settings))
    .map(({ severity, message, file }) => ({ severity, kind: 'service', message: `${file} ${message}`, file }))
}

/** Keeps warnings and errors as findings. */
function collectingLog(said: Finding[]): Log {
  const log: Log = {
    ...silentLog,
    warn: (_fields, message) => void said.push({ severity: 'warn', kind: 'service', message }),
    error: (_fields, message) => void said.push({ severity: 'error', kind: 'service', message }),
    child: () => log,
  }
  return log
}
