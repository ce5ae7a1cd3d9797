import { keyedDigest, randomText } from '../../base/crypto.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import { AUTHORIZATION, REFRESH_TOKEN } from './kinds.ts'

/** Characters of a refresh token that say to which authorization it belongs; the rest is its own secret. */
const NAME_LENGTH = 22

/**
 * The tokens of one authorization hang on one ticket, so that they end together: when the code that bought them comes again, when a refresh token is
 * revoked, or when one that was rotated out is used (oauth.md 8.1, 8.4, 12). Its id follows from the code, or from any of its refresh tokens, so that no trail
 * has to be kept (tickets.md 5.3).
 */
export interface Families {
  /** A name that nobody else has; of the code that begins the family, if there is one. */
  begin(codeId: string | undefined): string
  /** The name in a refresh token; `undefined` for a text that is none. */
  nameIn(refreshTokenId: string): string | undefined
  /** The ticket that the tokens of this name hang on. */
  node(name: string): string
  /** A refresh token of the family. */
  refreshToken(name: string): string
  /** The one successor of a refresh token, the same each time it is asked for. */
  successor(refreshTokenId: string, name: string): string
  /** Ends all tokens of the family. */
  end(name: string): Promise<void>
}

export interface FamiliesParts {
  readonly key: Buffer
  readonly registry: Pick<TicketRegistry, 'destroyTree'>
  readonly newTicketId: (kind: string) => string
}

export function families({ key, registry, newTicketId }: FamiliesParts): Families {
  const node = (name: string) => `${AUTHORIZATION}-1-${keyedDigest(key, `node ${name}`)}`
  return {
    begin: (codeId) => (codeId === undefined ? randomText(NAME_LENGTH) : plain(keyedDigest(key, `code ${codeId}`)).slice(0, NAME_LENGTH)),
    nameIn: (id) => /^RT-\d{1,19}-([A-Za-z0-9]{22})[A-Za-z0-9]{22,}(?:-|$)/.exec(id.slice(0, 512))?.[1],
    node,
    refreshToken(name) {
      // The name stands before the random part: `RT-1-` is followed by it.
      const own = newTicketId(REFRESH_TOKEN)
      const start = own.indexOf('-', own.indexOf('-') + 1) + 1
      return own.slice(0, start) + name + own.slice(start)
    },
    successor: (id, name) => {
      // The number in front counts nothing here, and must be the same again, at whatever node it is asked for.
      const [, , , ...host] = id.split('-')
      return [REFRESH_TOKEN, '1', name + plain(keyedDigest(key, `successor ${id}`)).slice(0, 43), ...host].join('-')
    },
    async end(name) {
      await registry.destroyTree(node(name), 'logout')
    },
  }
}

/** Ids have letters and digits only; of the 64 characters of a digest two are others. */
const plain = (digest: string) => digest.replaceAll('-', 'x').replaceAll('_', 'y')
