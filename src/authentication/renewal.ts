import { Unavailable } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Principal } from '../services/index.ts'
import type { Authentication } from './authentication.ts'
import type { Handler, HandlerAnswer } from './handler.ts'
import type { PrincipalResolver } from './principal.ts'

/** What is known today of somebody who logged in before. */
export type Renewed =
  | { readonly kind: 'current'; readonly principal: Principal }
  /** The account may not be used any more. */
  | { readonly kind: 'refused'; readonly failure: string }

export interface RenewalParts {
  readonly handlers: readonly Handler[]
  readonly resolver: PrincipalResolver
  /** Whether principals may have other names than those that people log in by. */
  readonly principalsAreRenamed: boolean
  readonly log: Log
}

/**
 * Asks the sources of a login anew, without a password: for the state of the account, and for attributes. A handler that can only check passwords is not
 * asked; what it said at the login stays.
 *
 * @throws {Unavailable} when a source cannot be asked now.
 */
export function renewal({ handlers, resolver, principalsAreRenamed, log }: RenewalParts) {
  async function look(handler: Handler | undefined, { principal }: Authentication): Promise<HandlerAnswer> {
    const as = { kind: 'success', id: principal.id, attributes: principal.attributes } as const
    if (!handler?.lookUp) return as
    const answer = await handler.lookUp(principal.id)
    const isElsewhere = principalsAreRenamed && answer.kind === 'failure' && answer.failure === 'AccountNotFoundException'
    return isElsewhere ? as : answer
  }

  return async (authentication: Authentication): Promise<Renewed> => {
    const { principal } = authentication
    const found: Principal[] = []
    for (const name of authentication.successes) {
      const answer = await look(
        handlers.find((handler) => handler.name === name),
        authentication,
      )
      if (answer.kind === 'prevented') {
        log.error({ handler: name, reason: answer.reason, cause: String(answer.cause ?? '') }, 'a source of users cannot be asked anew')
        throw new Unavailable('user-source', 'the service is not available at the moment')
      }
      if (answer.kind === 'failure') return { kind: 'refused', failure: answer.failure }
      const resolution = await resolver.resolve(name, { id: answer.id, attributes: answer.attributes ?? {} })
      if (resolution.kind === 'unresolved') return { kind: 'refused', failure: resolution.failure }
      found.push(resolution.principal)
    }
    if (found.length === 0) return { kind: 'current', principal }
    // Tokens are of this name, whatever the sources would call a new login.
    return { kind: 'current', principal: { ...resolver.elect(found), id: principal.id } }
  }
}
