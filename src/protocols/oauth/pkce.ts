import { createHash } from 'node:crypto'
import { equalInConstantTime } from '../../base/crypto.ts'

export type ChallengeMethod = 'plain' | 'S256'
export interface Challenge {
  readonly method: ChallengeMethod
  readonly value: string
}

const UNRESERVED = /^[A-Za-z0-9\-._~]{43,128}$/

/**
 * The challenge of an authorization request (RFC 7636 section 4.3).
 *
 * @returns `undefined` when there is none; a sentence when it is none that can be used.
 */
export function readChallenge(
  value: string | undefined,
  method: string | undefined,
  allowed: readonly ChallengeMethod[],
): Challenge | string | undefined {
  if (value === undefined) return method === undefined ? undefined : 'code_challenge required'
  const name = method ?? 'plain'
  if (name !== 'plain' && name !== 'S256') return 'the code_challenge_method is not known'
  if (!allowed.includes(name)) return 'the code_challenge_method is not allowed'
  return UNRESERVED.test(value) ? { method: name, value } : 'the code_challenge is malformed'
}

/** Whether a verifier belongs to a challenge; case counts, and the time does not depend on the difference. */
export function verifies(verifier: string, { method, value }: Challenge): boolean {
  if (!UNRESERVED.test(verifier)) return false
  const answer = method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  return equalInConstantTime(answer, value)
}
