/**
 * Second factors: who is asked for which (triggers), who is let past (bypass), what happens when one cannot be used, and the providers themselves. It hands
 * `Multifactor` to the login, which shows the pages and keeps what was passed in the session, and to protocols that can show none.
 */
export { type CodeLimits, codeLimits } from './code-limits.ts'
export { type Codes, oneTimeCodes } from './codes.ts'
export type { MultifactorConfig } from './config.ts'
export { explainMultifactor, type MultifactorQuestion } from './explain.ts'
export { type MultifactorMistake, mistakesOfDefinition } from './mistakes.ts'
export { type Demand, type Multifactor, type MultifactorParts, openMultifactor, type Way } from './multifactor.ts'
export type { FailureMode, Inquiry, MultifactorProvider, Posted, ProviderKind, ProviderOutcome, ProviderParts } from './provider.ts'
export { multifactorTicketKinds } from './providers/index.ts'
