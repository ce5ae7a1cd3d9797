/**
 * Failures by the simple names of CAS's exceptions, in the order in which they decide what the user sees: the first of this list that any
 * handler raised (authentication.md 8).
 */
const PRECEDENCE = [
  'AccountLockedException',
  'CredentialExpiredException',
  'AccountExpiredException',
  'AccountDisabledException',
  'InvalidLoginLocationException',
  'AccountPasswordMustChangeException',
  'InvalidLoginTimeException',
  'UniquePrincipalRequiredException',
  'AccountNotFoundException',
  'FailedLoginException',
  'UnauthorizedServiceForPrincipalException',
  'PrincipalException',
  'UnsatisfiedAuthenticationPolicyException',
  'UnauthorizedAuthenticationException',
  'MultifactorAuthenticationProviderAbsentException',
  'MultifactorAuthenticationRequiredException',
] as const

/** Failures a handler may answer with. `PreventedException`: it could not find out (authentication.md 2.4). */
export type FailureName = (typeof PRECEDENCE)[number] | 'PreventedException' | 'UnresolvedPrincipalException'

/** What is shown when no failure of the list was raised. */
export const UNKNOWN_FAILURE = 'UNKNOWN'

/**
 * Builds the function that chooses among failures.
 *
 * @param further `cas.authn.errors.exceptions`: class names, complete or simple, that count after the known ones.
 */
export function failurePrecedence(further: readonly string[]): (raised: Iterable<string>) => string {
  const order: readonly string[] = [...PRECEDENCE, ...further.map((name) => name.trim().replace(/^.*[.$]/, ''))]
  return (raised) => {
    const names = new Set(raised)
    return order.find((name) => names.has(name)) ?? UNKNOWN_FAILURE
  }
}
