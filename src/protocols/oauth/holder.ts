import type { Authentication } from '../../authentication/index.ts'
import type { Sealer } from '../../base/crypto.ts'
import type { Json } from '../../base/json.ts'
import { authenticationFromBody, authenticationToBody, type Sso } from '../../sso/index.ts'

/** On whose behalf a code or token is: of somebody's session, or of somebody alone. */
export type Holder =
  | { readonly kind: 'session'; readonly sessionId: string; readonly authentication: Authentication }
  | { readonly kind: 'free'; readonly authentication: Authentication }

/** A holder as it lies in a ticket: the id of the session sealed (tickets.md 7.7), or the whole authentication. */
export type StoredHolder = { readonly l: string } | { readonly a: Json }

export interface Holders {
  /** @param bound Whether it shall end with the session; else the authentication is kept with it. */
  pack(holder: Holder, bound: boolean): StoredHolder
  /** `undefined` when the session has ended, or the ticket was not written here. */
  open(stored: StoredHolder): Promise<Holder | undefined>
}

const CONTEXT = 'oauth-session'

export function holders(sealer: Sealer, sso: Pick<Sso, 'load'>): Holders {
  return {
    pack(holder, bound) {
      if (bound && holder.kind === 'session') return { l: sealer.seal(holder.sessionId, CONTEXT) }
      return { a: authenticationToBody(holder.authentication) }
    },
    async open(stored) {
      if ('a' in stored) {
        const authentication = authenticationFromBody(stored.a)
        return authentication && { kind: 'free', authentication }
      }
      const sessionId = sealer.open(stored.l, CONTEXT)?.toString()
      const session = sessionId === undefined ? undefined : await sso.load(sessionId)
      return session && { kind: 'session', sessionId: session.id, authentication: session.authentication }
    },
  }
}
