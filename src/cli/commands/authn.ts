import { createAuthentication } from '../../authentication/index.ts'
import { systemClock } from '../../base/clock.ts'
import { hostNameOf } from '../../base/host-name.ts'
import type { Log } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { loadConfiguration } from '../../config/index.ts'
import { createServices, serviceReference } from '../../services/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'
import { readPassword } from '../password-input.ts'

export interface AuthnTestOptions {
  readonly service?: string
  readonly json?: boolean
}

/**
 * `castellan authn test USER`: tries a login as the server would, with the password of standard input: which handlers were asked, in which order, with which result,
 * and what the user's attributes would be (authentication.md 18). No session is made, nothing is recorded. Exit code 1 when the login would fail.
 */
export async function authnTest({ argv, process }: Shell, user: string, options: AuthnTestOptions): Promise<CommandResult> {
  const fail = (message: string, exitCode: number): CommandResult => {
    process.stderr.write(`castellan authn test: ${message}\n`)
    return { exitCode }
  }
  const configuration = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  if (configuration.refused) return fail('the configuration has mistakes; castellan check names them', EXIT.configuration)
  const { settings } = configuration
  const configurationDirectory = configuration.configurationDirectory ?? process.cwd()
  const say = (fields: object, message: string) => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`)
  const log: Log = { debug() {}, info() {}, warn: say, error: say, child: () => log }
  const common = { settings, configurationDirectory, clock: systemClock, log, audit: { record() {}, async close() {} } }
  const closings: (() => Promise<unknown>)[] = []
  try {
    const { name: serverName } = settings.cas.server
    const engine = await createAuthentication({ ...common, serverName })
    closings.push(() => engine.close())
    const reference = serviceReference(options.service)
    if (reference === 'unusable') return fail(`${options.service} is no address of an application`, EXIT.usage)
    const services = reference
      ? await createServices({
          ...common,
          profiles: configuration.profiles,
          defaultAttributesToRelease: settings.cas.authn.attributeRepository.core.defaultAttributesToRelease,
          hostName: hostNameOf(settings.cas.host.name).complete,
          onlyLooks: true,
        })
      : undefined
    if (services) closings.push(() => services.close())
    const finding = reference ? await services?.find(reference) : undefined
    if (finding?.kind === 'refused') return fail(`${options.service} is not a registered service that may be used`, EXIT.mistakes)

    const password = await readPassword(process)
    if (password === undefined) return fail('a password is expected on standard input', EXIT.usage)
    const client = { address: '127.0.0.1', serverAddress: '127.0.0.1', userAgent: 'castellan authn test', secure: true }
    const credential = { kind: 'UsernamePasswordCredential', username: user, password } as const
    const outcome = await engine.authenticate(credential, { client, service: finding?.service })
    const [successes, failures] =
      outcome.kind === 'authenticated'
        ? [outcome.authentication.successes, outcome.authentication.failures]
        : [[] as readonly string[], outcome.failures]
    const told = {
      user,
      outcome: outcome.kind,
      ...(outcome.kind === 'failed' ? { failure: outcome.failure } : {}),
      handlers: engine.handlers().map(({ name, type, order, state }) => {
        const result = successes.includes(name) ? 'success' : (failures[name] ?? 'not asked')
        return { name, type, order, state, result }
      }),
      ...(outcome.kind === 'authenticated'
        ? { principal: outcome.authentication.principal.id, attributes: outcome.authentication.principal.attributes }
        : {}),
    }
    process.stdout.write(options.json ? `${JSON.stringify(told, undefined, 2)}\n` : inWords(told))
    return { exitCode: outcome.kind === 'authenticated' ? EXIT.good : EXIT.mistakes }
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return fail(error.message, error.exitCode)
  } finally {
    for (const close of closings.reverse()) await close()
  }
}

interface Told {
  readonly user: string
  readonly outcome: string
  readonly failure?: string
  readonly handlers: readonly { readonly name: string; readonly result: string }[]
  readonly principal?: string
  readonly attributes?: Readonly<Record<string, readonly unknown[]>>
}

function inWords({ user, outcome, failure, handlers, principal, attributes }: Told): string {
  const lines = [
    `${user} ${outcome === 'authenticated' ? `would be logged in as ${principal}` : `would not be logged in: ${failure}`}`,
    ...(handlers.length === 0 ? ['No authentication handler is configured.'] : []),
    ...handlers.map(({ name, result }) => `  ${name}: ${result}`),
    ...Object.entries(attributes ?? {}).map(([name, values]) => `  ${name} = ${values.map(String).join(', ')}`),
  ]
  return `${lines.join('\n')}\n`
}
