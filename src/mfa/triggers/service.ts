import type { TriggerKind } from './trigger.ts'

/** The application asks for users with a fitting attribute only: `principalAttributeNameTrigger`, `principalAttributeValueToMatch` (6). */
export const serviceAttributeTrigger: TriggerKind = ({ policyOf }) => ({
  name: 'application, by attribute',
  ask(inquiry) {
    const policy = policyOf(inquiry.registeredService)
    if (!policy?.byAttribute || policy.providers.length === 0 || !policy.byAttribute(inquiry)) return undefined
    return { kind: 'providers', ids: policy.providers, all: false }
  },
})

/** The application asks for everybody: `multifactorAuthenticationProviders` (10). */
export const serviceTrigger: TriggerKind = ({ policyOf }) => ({
  name: 'application',
  ask({ registeredService }) {
    const policy = policyOf(registeredService)
    if (!policy || policy.byAttribute || policy.providers.length === 0) return undefined
    return { kind: 'providers', ids: policy.providers, all: false }
  },
})
