/**
 * Authentication: from a credential to a principal with attributes. It owns handlers, password encoders, policies, attribute sources and
 * throttling; it hands an `Authentication` to the login and to whoever checks a password.
 */

export { type AccountChange, AccountFileRefusal, changeAccounts, type ListedAccount, listAccounts, storedPassword } from './account-file.ts'
export type {
  Authentication,
  AuthenticationEngine,
  AuthenticationOutcome,
  AuthenticationRequest,
  Credential,
  HandlerFacts,
  MessageRef,
  Proof,
  UsernamePasswordCredential,
} from './authentication.ts'
export type { AuthenticationConfig } from './config.ts'
export { type AuthenticationOptions, createAuthentication } from './engine.ts'
export { HASH_ENCODERS, type HashEncoder, hashPassword } from './hash-password.ts'
export type { PasswordlessAccount } from './passwordless/account.ts'
export { openPasswordlessAccounts, type PasswordlessAccounts, unbuiltPasswordless } from './passwordless/accounts.ts'
export type { PasswordlessConfig } from './passwordless/config.ts'
export { requiredHandlersSucceeded } from './policy.ts'
export { type StoredHashCheck, storedHashCheck } from './stored-hash.ts'
export {
  type AttemptOutcome,
  createThrottle,
  type HitStore,
  type Suspect,
  type Throttle,
  type ThrottleAnswer,
  type ThrottledSubmission,
  type ThrottleOptions,
} from './throttle/throttle.ts'
