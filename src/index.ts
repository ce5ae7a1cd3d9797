/**
 * The door for authors of plug-ins: the types of what a plug-in may be given or has to give. Nothing else of this package is public.
 */
export type { Client } from './base/client.ts'
export type { Clock } from './base/clock.ts'
export { Refusal, type RefusalOptions } from './base/errors.ts'
export type { Log } from './base/log.ts'
export type {
  Inquiry,
  InterruptContext,
  InterruptDocument,
  InterruptSource,
  InterruptTrackerPlugin,
  InterruptVisit,
} from './flow/index.ts'
export type { Attributes, AttributeValue, Principal } from './services/index.ts'
