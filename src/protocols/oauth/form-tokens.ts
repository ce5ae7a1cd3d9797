import { equalInConstantTime, keyedDigest } from '../../base/crypto.ts'

/** Tokens of forms that only a page of this server, for this session, can have (oauth.md 16.3). */
export function formTokens(proofKey: Buffer) {
  const make = (purpose: string, sessionId: string) => keyedDigest(proofKey, `form\u0000${purpose}\u0000${sessionId}`)
  return {
    make,
    fits: (token: string | null, purpose: string, sessionId: string) =>
      token !== null && equalInConstantTime(token, make(purpose, sessionId)),
  }
}
