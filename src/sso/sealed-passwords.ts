import { sealer } from '../base/crypto.ts'

/** Keeps passwords of logins for applications that are to have them (cas-protocol.md 4.6, `cas.clearpass.cache-credential`): sealed, in the session only. */
export interface SealedPasswords {
  seal(password: string, userId: string): string
  /** @returns `undefined` for what was not sealed here for this user. */
  open(sealed: string, userId: string): string | undefined
}

/** @param keys 32 bytes each; the first writes, all read. */
export function sealedPasswords(keys: readonly Buffer[]): SealedPasswords {
  const { seal, open } = sealer(keys)
  // For this user only: a session that somebody writes into the store must not give away the password of another.
  const context = (userId: string) => `password of ${userId}`
  return {
    seal: (password, userId) => seal(password, context(userId)),
    open: (sealed, userId) => open(sealed, context(userId))?.toString('utf8'),
  }
}
