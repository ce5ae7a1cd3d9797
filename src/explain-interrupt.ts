import { randomBytes } from 'node:crypto'
import { hostNameOf } from './base/host-name.ts'
import type { Log } from './base/log.ts'
import { noMetrics } from './base/metrics.ts'
import type { LoadedConfiguration } from './config/index.ts'
import { type Explanation, openInterrupt } from './flow/index.ts'
import { contextPath } from './http/index.ts'
import { createServices, type Services, serviceReference } from './services/index.ts'

export interface InterruptQuestion {
  readonly configuration: LoadedConfiguration
  readonly username: string
  readonly attributes: Readonly<Record<string, readonly string[]>>
  readonly service: string | undefined
  readonly locale: string | undefined
  /** Definitions that are open already; they stay so. */
  readonly services?: Services
  /** What services and sources have to say of themselves: warnings and errors. */
  readonly onLog: (line: string) => void
}

/**
 * What the interrupt sources of a configuration say about a login, without a server: only services and sources are opened, and closed again.
 *
 * @throws {StartRefusal} as the start would.
 */
export async function explainInterrupt(question: InterruptQuestion): Promise<Explanation | 'no such service'> {
  const { configuration, username, attributes, locale } = question
  const { settings } = configuration
  const configurationDirectory = configuration.configurationDirectory ?? process.cwd()
  const log = loudLog(question.onLog)
  const common = { settings, configurationDirectory, metrics: noMetrics, clock: Date.now, log }
  const own = question.services
    ? undefined
    : await createServices({
        ...common,
        audit: { record() {}, async close() {} },
        profiles: configuration.profiles,
        defaultAttributesToRelease: settings.cas.authn.attributeRepository.core.defaultAttributesToRelease,
        hostName: hostNameOf(settings.cas.host.name).complete,
        onlyLooks: true,
      })
  const services = question.services ?? own
  // As if nobody had accepted anything yet: the stores belong to the server.
  const registry = { get: async () => undefined, add: async () => {}, ticketsOf: async () => ({ tickets: [], next: undefined }) }
  const interrupt = await openInterrupt({ ...common, registry, cookieKeys: [randomBytes(32)], contextPath: contextPath(settings) })
  try {
    const service = serviceReference(question.service)
    const finding = service && service !== 'unusable' ? await services?.find(service) : undefined
    if (service === 'unusable' || finding?.kind === 'refused') return 'no such service'
    return await interrupt.explain({
      username,
      attributes,
      ...(service ? { service } : {}),
      ...(finding ? { registeredService: finding.service } : {}),
      ...(locale === undefined ? {} : { locale }),
    })
  } finally {
    await Promise.all([interrupt.close(), own?.close()])
  }
}

/** Warnings and errors as lines of text. */
function loudLog(onLog: (line: string) => void): Log {
  const say = (fields: object, message: string) => onLog(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { debug() {}, info() {}, warn: say, error: say, child: () => log }
  return log
}
