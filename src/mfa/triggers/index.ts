import { authenticationAttributeTrigger, principalAttributeTrigger } from './attributes.ts'
import { globalTrigger } from './global.ts'
import { acrTrigger, requestTrigger } from './request.ts'
import { restTrigger } from './rest.ts'
import { predicateTrigger, scriptTrigger, serviceScriptTrigger } from './script.ts'
import { serviceAttributeTrigger, serviceTrigger } from './service.ts'
import type { TriggerKind } from './trigger.ts'

/** In the order in which they are asked; the first that says something counts (authentication.md 13.1). */
export const triggerKinds: readonly TriggerKind[] = [
  globalTrigger,
  requestTrigger,
  restTrigger,
  scriptTrigger,
  serviceAttributeTrigger,
  predicateTrigger,
  principalAttributeTrigger,
  authenticationAttributeTrigger,
  serviceScriptTrigger,
  serviceTrigger,
  acrTrigger,
]
