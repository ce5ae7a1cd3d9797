import type { Authentication, AuthenticationEngine, Throttle } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Interrupt } from '../../flow/index.ts'
import type { Call } from '../../http/index.ts'
import type { Multifactor } from '../../mfa/index.ts'
import { type RegisteredService, type ServiceReference, type Services, serviceReference } from '../../services/index.ts'
import { RestRefusal } from './refusal.ts'

export interface LoginParts {
  readonly engine: AuthenticationEngine
  readonly throttle: Throttle
  readonly services: Services
  readonly interrupt: Pick<Interrupt, 'refusesApi'>
  readonly multifactor: Pick<Multifactor, 'lacks'>
  readonly clock: Clock
}

/** An application that a request names, registered and enabled. */
export interface Application {
  readonly reference: ServiceReference
  readonly definition: RegisteredService
}

/**
 * The application of the parameter `service`.
 *
 * @throws {RestRefusal} 400 for an address that is none, 403 for one that may not be used.
 */
export async function applicationOf(call: Call, services: Services): Promise<Application | undefined> {
  const reference = serviceReference(call.get('parameters').get('service'))
  if (reference === undefined) return undefined
  if (reference === 'unusable') throw new RestRefusal(400, 'the service is no usable address')
  const finding = await services.find(reference, call.get('client'))
  if (finding.kind === 'refused') throw new RestRefusal(403, 'the service is not authorized to use CAS')
  return { reference, definition: finding.service }
}

/** @throws {RestRefusal} 401 when the definition does not admit this user. */
export async function admit(services: Services, { definition }: Application, { principal }: Authentication): Promise<void> {
  const decision = await services.authorize(definition, principal)
  if (decision.kind === 'denied') throw new RestRefusal(401, 'the user may not use this service', ['PrincipalException'])
}

/** Name and password of the body; those of a query do not count, for queries are logged everywhere. */
export function credentialsOf(call: Call): { readonly username: string; readonly password: string } | undefined {
  const { form } = call.get('parameters')
  const [username, password] = [form.get('username'), form.get('password')]
  return username === null || password === null ? undefined : { username, password }
}

/**
 * Logs a user in by the credentials of the form: handlers, throttling and audit as at the login page.
 *
 * @throws {RestRefusal} 400 without credentials, 401 for bad ones, 423 after too many failures, and what `refuseUnshown` throws.
 */
export async function logIn(call: Call, application: Application | undefined, parts: LoginParts): Promise<Authentication> {
  const { engine, throttle, clock } = parts
  const credentials = credentialsOf(call)
  if (!credentials) throw new RestRefusal(400, 'No credentials are provided or extracted to authenticate the REST request')
  const { username, password } = credentials
  const client = call.get('client')
  const suspect = { address: client.address, username, client }
  const attempt = await throttle.attempt(suspect, async () => {
    const value = await engine.authenticate(
      { kind: 'UsernamePasswordCredential', username, password },
      { client, service: application?.definition },
    )
    return { value, outcome: value.kind === 'failed' ? ('failed' as const) : ('neither' as const) }
  })
  if (attempt.kind === 'throttled') {
    const seconds = Math.max(1, Math.ceil((attempt.untilMs - clock()) / 1000))
    throw new RestRefusal(423, `too many failed attempts; try again in ${seconds} seconds`)
  }
  const outcome = attempt.value
  if (outcome.kind === 'failed') {
    const names = [...new Set(Object.values(outcome.failures))]
    throw new RestRefusal(401, 'the credentials are not valid', names.length > 0 ? names : [outcome.failure])
  }
  await throttle.succeeded(suspect)
  const { authentication } = outcome
  if (application) await admit(parts.services, application, authentication)
  await refuseUnshown(call, application, authentication, parts)
  return authentication
}

/**
 * What a browser would be shown before it goes on, and no program can be: a second factor, and interrupts where they count for programs
 * (`castellan.interrupt.enforce-block-on-api`).
 *
 * @throws {RestRefusal} 401 where a second factor is needed, 403 where a source of interrupts blocks the user.
 */
export async function refuseUnshown(
  call: Call,
  application: Application | undefined,
  authentication: Authentication,
  { interrupt, multifactor }: Pick<LoginParts, 'interrupt' | 'multifactor'>,
): Promise<void> {
  const way = { call, service: application?.reference, registeredService: application?.definition }
  if (await multifactor.lacks({ ...way, client: call.get('client') }, authentication)) {
    throw new RestRefusal(401, 'a second factor is needed, which only the login page can ask for', [
      'MultifactorAuthenticationRequiredException',
    ])
  }
  if (await interrupt.refusesApi(way, authentication)) throw new RestRefusal(403, 'something has to be done on the login page first')
}
