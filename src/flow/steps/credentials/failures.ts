import type { Message } from '../../../views/index.ts'

/** Failures that have a page of their own (login-flow.md 8); its heading and text. */
const STATES: Readonly<Record<string, string>> = {
  AccountDisabledException: 'accountdisabled',
  AccountLockedException: 'accountlocked',
  AccountExpiredException: 'expiredpass',
  CredentialExpiredException: 'expiredpass',
  AccountPasswordMustChangeException: 'mustchangepass',
  InvalidLoginLocationException: 'badworkstation',
  InvalidLoginTimeException: 'badhours',
  UnauthorizedAuthenticationException: 'authnblocked',
}

/** Failures with a text of their own in the message bundle; any other shows the general one. */
const WORDED = new Set([
  'AccountNotFoundException',
  'FailedLoginException',
  'UnauthorizedServiceForPrincipalException',
  'UniquePrincipalRequiredException',
  'MultifactorAuthenticationProviderAbsentException',
  'MultifactorAuthenticationRequiredException',
  'RiskyAuthenticationException',
  'SurrogateAuthenticationException',
  'AuthenticationException',
])

export function accountState(failure: string): { readonly heading: string; readonly message: string } | undefined {
  const state = STATES[failure]
  return state === undefined ? undefined : { heading: `screen.${state}.heading`, message: `screen.${state}.message` }
}

/** @param uniform Whether an unknown user gets the text of a wrong password, so that names cannot be tried out. */
export function failureMessage(failure: string, uniform: boolean): Message {
  if (uniform && failure === 'AccountNotFoundException') return { key: 'authenticationFailure.FailedLoginException' }
  return { key: `authenticationFailure.${WORDED.has(failure) ? failure : 'UNKNOWN'}` }
}
