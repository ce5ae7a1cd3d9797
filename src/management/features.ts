/** The switches of features that this server has (configuration.md 11). */
export interface FeatureSettings {
  readonly casFeatureModule: {
    readonly cas: { readonly enabled: boolean }
    readonly oauth: { readonly enabled: boolean }
    readonly restProtocol: { readonly enabled: boolean }
    readonly interruptNotifications: { readonly enabled: boolean }
    readonly palantir: { readonly enabled: boolean }
  }
}

/** Names of what is switched on, as CAS has them. What is always there is in the list, so that it is the same question for every feature. */
export function featureNames({ casFeatureModule }: FeatureSettings): readonly string[] {
  const { cas, oauth, restProtocol, interruptNotifications, palantir } = casFeatureModule
  const on = [
    'AuditLog.core',
    'Authentication.core',
    'Authentication.policy',
    'Logout.core',
    'ServiceRegistry.json',
    'SSO.core',
    'Throttling.core',
    'TicketRegistry.core',
    ...(cas.enabled ? ['CAS.core'] : []),
    ...(oauth.enabled ? ['OAuth'] : []),
    ...(restProtocol.enabled ? ['RestProtocol'] : []),
    ...(interruptNotifications.enabled ? ['InterruptNotifications'] : []),
    ...(palantir.enabled ? ['Palantir'] : []),
  ]
  return on.map((name) => `CasFeatureModule.${name}`)
}
