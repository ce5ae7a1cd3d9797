import type { TriggerKind } from './trigger.ts'

/** `cas.authn.mfa.triggers.global.global-provider-id`: everybody, everywhere. */
export const globalTrigger: TriggerKind = ({ settings }) => {
  const ids = settings.cas.authn.mfa.triggers.global.globalProviderId
  return ids.length > 0 ? { name: 'global', ask: () => ({ kind: 'providers', ids, all: true }) } : undefined
}
