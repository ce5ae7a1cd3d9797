import type { Authentication } from '../../authentication/index.ts'
import type { Sealer } from '../../base/crypto.ts'
import type { Json } from '../../base/json.ts'
import { authenticationFromBody, authenticationToBody, type Sso } from '../../sso/index.ts'
import type { Ticket } from '../../tickets/index.ts'

/** On whose behalf a code or token is: of somebody's session, or of somebody alone. */
export type Holder =
  | {
      readonly kind: 'session'
      /** Of one that came out of a ticket, opened when it is asked for. */
      readonly sessionId: string
      readonly authentication: Authentication
      /** Whether this is newer than what the session knows: then it goes along with the tokens. */
      readonly renewed?: boolean
      /** As it lay in the ticket that it came out of: it can go into the next one as it is. */
      readonly stored?: StoredHolder
    }
  | { readonly kind: 'free'; readonly authentication: Authentication }

/** A holder as it lies in a ticket: the id of the session sealed (tickets.md 7.7), or the whole authentication; both where that was renewed. */
export type StoredHolder = { readonly l: string } | { readonly a: Json } | { readonly l: string; readonly a: Json }

export interface Holders {
  /** @param bound Whether it shall end with the session; else the authentication is kept with it. */
  pack(holder: Holder, bound: boolean): StoredHolder
  /**
   * @param session What the ticket hangs on, where that was read with it; else the session is looked for.
   * @returns `undefined` when the session has ended, or the ticket was not written here.
   */
  open(stored: StoredHolder, session?: Ticket): Promise<Holder | undefined>
}

const CONTEXT = 'oauth-session'

export function holders(sealer: Sealer, sso: Pick<Sso, 'load'>): Holders {
  const sessionIn = ({ l }: { readonly l: string }) => sealer.open(l, CONTEXT)?.toString()
  return {
    pack(holder, bound) {
      if (!bound || holder.kind !== 'session') return { a: authenticationToBody(holder.authentication) }
      if (holder.stored) return holder.stored
      const link = { l: sealer.seal(holder.sessionId, CONTEXT) }
      return holder.renewed ? { ...link, a: authenticationToBody(holder.authentication) } : link
    },
    async open(stored, above) {
      const own = 'a' in stored ? authenticationFromBody(stored.a) : undefined
      if (!('l' in stored)) return own && { kind: 'free', authentication: own }
      const known = above && authenticationFromBody(above.body)
      if (known) {
        return {
          kind: 'session',
          stored,
          authentication: own ?? known,
          get sessionId() {
            // What cannot be opened names no session: nothing can be hung on it.
            return sessionIn(stored) ?? ''
          },
        }
      }
      const sessionId = sessionIn(stored)
      const session = sessionId === undefined ? undefined : await sso.load(sessionId)
      return session && { kind: 'session', stored, sessionId: session.id, authentication: own ?? session.authentication }
    },
  }
}
