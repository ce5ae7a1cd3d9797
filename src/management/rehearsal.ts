import type { Authentication, AuthenticationEngine } from '../authentication/index.ts'
import type { Clock } from '../base/clock.ts'
import { HttpRefusal } from '../base/errors.ts'
import type { Call } from '../http/index.ts'
import { type RegisteredService, type Release, type ServiceReference, type Services, serviceReference } from '../services/index.ts'

export interface RehearsalParts {
  readonly engine: Pick<AuthenticationEngine, 'authenticate' | 'principalOf'>
  readonly services: Pick<Services, 'find' | 'byId' | 'authorize' | 'release'>
  readonly clock: Clock
}

/** What an operator wants to try: a login of somebody to an application. */
export interface Question {
  readonly username: string
  /** Without it nothing is checked: what the attribute sources know of the user counts. */
  readonly password: string | undefined
  /** An address, or the number of a definition. */
  readonly service: string | undefined
}

export interface Application {
  readonly reference: ServiceReference
  readonly definition: RegisteredService
}

/** Goes through a login without a browser and leaves nothing behind: no session, no ticket, no cookie. */
export interface Rehearsal {
  /** @throws {HttpRefusal} 403 for a wrong password. */
  authenticate(question: Question, call: Call, definition?: RegisteredService): Promise<Authentication>
  /** @throws {HttpRefusal} 400 without a usable address; 403 when no definition admits it. */
  application(question: Question, call: Call): Promise<Application>
  /** Why the user may not use it; `undefined`: he may. */
  refusal(application: Application, authentication: Authentication): Promise<string | undefined>
  release(application: Application, authentication: Authentication): Promise<Release>
}

export function rehearsal({ engine, services, clock }: RehearsalParts): Rehearsal {
  return {
    async authenticate({ username, password }, call, definition) {
      const client = call.get('client')
      if (password === undefined) {
        const principal = await engine.principalOf(username)
        return { principal, authenticatedAtMs: clock(), attributes: {}, successes: [], failures: {}, warnings: [] }
      }
      const outcome = await engine.authenticate({ kind: 'UsernamePasswordCredential', username, password }, { client, service: definition })
      if (outcome.kind === 'authenticated') return outcome.authentication
      throw new HttpRefusal(403, 'authentication_failed', `authentication failed: ${outcome.failure}`)
    },
    async application({ service }, call) {
      const written = service?.trim() ?? ''
      const byNumber = /^\d{1,19}$/.test(written) ? services.byId(written) : undefined
      if (/^\d+$/.test(written) && !byNumber) throw new HttpRefusal(403, 'no_such_service', 'there is no definition of this number')
      const reference = serviceReference(byNumber ? exampleOf(byNumber) : written)
      if (reference === undefined || reference === 'unusable')
        throw new HttpRefusal(400, 'no_service', 'service must be an address, or the number of a definition')
      if (byNumber) return { reference, definition: byNumber }
      const finding = await services.find(reference, call.get('client'))
      if (finding.kind === 'refused') throw new HttpRefusal(403, 'service_refused', `the application may not be used: ${finding.reason}`)
      return { reference, definition: finding.service }
    },
    async refusal({ definition }, { principal }) {
      const decision = await services.authorize(definition, principal)
      return decision.kind === 'allowed' ? undefined : decision.reason
    },
    release: ({ definition, reference }, { principal }) => services.release(definition, principal, reference),
  }
}

/** An address that stands for a definition: its pattern where that is an address, else a made-up one. */
function exampleOf({ id, serviceId }: RegisteredService): string {
  return /^https?:\/\/[\w.:-]+(?:\/[\w./-]*)?$/.test(serviceId) ? serviceId : `https://definition-${id}.invalid/`
}

/**
 * The question of a request: form, JSON or query, the body first.
 *
 * @throws {HttpRefusal} 400 without a user name, or for a body that cannot be read.
 */
export async function readQuestion(call: Call): Promise<Question> {
  const { form, query } = call.get('parameters')
  let members: Readonly<Record<string, unknown>> = {}
  if (call.req.method === 'POST' && call.req.header('content-type')?.includes('json')) {
    try {
      const written: unknown = await call.req.json()
      if (typeof written === 'object' && written !== null) members = written as typeof members
    } catch {
      throw new HttpRefusal(400, 'bad_body', 'the body is no JSON')
    }
  }
  const read = (name: string): string | undefined => {
    const member = members[name]
    return (typeof member === 'string' || typeof member === 'number' ? String(member) : (form.get(name) ?? query.get(name))) ?? undefined
  }
  const username = read('username')?.trim() ?? ''
  if (username === '' || username.length > 1000) throw new HttpRefusal(400, 'no_username', 'username is missing')
  return { username, password: read('password') || undefined, service: read('service') }
}
