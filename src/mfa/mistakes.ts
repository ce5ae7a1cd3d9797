import { compileJavaRegex } from '../base/java-regex.ts'
import type { RegisteredService } from '../services/index.ts'
import type { MultifactorConfig } from './config.ts'
import { providerIds } from './providers/index.ts'
import { policyMembers, textsOf } from './service-policy.ts'

/** Something about second factors that does not work, or not as whoever wrote it thinks. */
export interface MultifactorMistake {
  readonly severity: 'error' | 'warn'
  readonly message: string
  readonly setting?: string
  readonly file?: string
}

/** Settings about second factors that this server has no use for, although somebody who sets one counts on it. */
const UNBUILT: readonly { readonly setting: string; readonly says: string }[] = [
  { setting: 'cas.authn.mfa.simple.bypass.rest.url', says: 'nobody is let past the second factor by it' },
  { setting: 'cas.authn.mfa.simple.token.rest.url', says: 'codes are made and kept here' },
  { setting: 'cas.authn.mfa.simple.trusted-device-enabled', says: 'everybody is asked in every browser' },
  { setting: 'cas.authn.mfa.simple.phone.from', says: 'nobody is called' },
  { setting: 'cas.authn.mfa.simple.phone.text', says: 'nobody is called' },
  { setting: 'cas.authn.mfa.core.provider-selection.provider-selection-enabled', says: 'the provider with the highest rank is taken' },
  { setting: 'cas.authn.mfa.triggers.grouper.grouper-group-field', says: 'nobody is asked for a second factor by it' },
]
export const GLOBAL = 'cas.authn.mfa.triggers.global.global-provider-id'

/** What is configured and not built, by name: of all things this must not be found out by nobody being asked. */
export function unbuiltSettings(isSet: (setting: string) => boolean): readonly MultifactorMistake[] {
  return UNBUILT.filter(({ setting }) => isSet(setting)).map(({ setting, says }) => ({
    severity: 'error',
    setting,
    message: `${setting} has no effect here: ${says}.`,
  }))
}

/** Completes "cas.authn.mfa.triggers.global.global-provider-id …" where it names what is not here. */
export function unknownGlobal(settings: MultifactorConfig): string | undefined {
  const known = providerIds(settings)
  const unknown = settings.cas.authn.mfa.triggers.global.globalProviderId.filter((id) => !known.includes(id))
  if (unknown.length === 0) return undefined
  return `names ${unknown.join(', ')}, which this server has not (it has ${known.join(', ')}): every login is refused`
}

const PATTERNS = [
  'principalAttributeNameTrigger',
  'principalAttributeValueToMatch',
  'bypassPrincipalAttributeName',
  'bypassPrincipalAttributeValue',
]

/** The same of the policy of a definition. */
export function mistakesOfDefinition(service: RegisteredService, settings: MultifactorConfig): readonly MultifactorMistake[] {
  const members = policyMembers(service)
  if (!members) return []
  const mistake = (severity: MultifactorMistake['severity'], message: string): MultifactorMistake => ({
    severity,
    message: `"${service.name}": multifactorPolicy ${message}`,
    file: service.file,
  })
  const found: MultifactorMistake[] = []
  const known = providerIds(settings)
  const ids = textsOf(members['multifactorAuthenticationProviders'])
  const unknown = ids.filter((id) => !known.includes(id))
  const which = `names ${unknown.join(', ')}, which this server has not (it has ${known.join(', ')})`
  if (unknown.length > 0) {
    found.push(unknown.length === ids.length ? mistake('error', `${which}: every login for it is refused`) : mistake('warn', which))
  }
  for (const member of PATTERNS) {
    const text = members[member]
    const regex = typeof text === 'string' && text.trim() !== '' ? compileJavaRegex(text, { match: 'full', ignoreCase: false }) : undefined
    if (regex?.kind === 'invalid') found.push(mistake('error', `has a pattern ${member} that cannot be used: ${regex.reason}`))
  }
  if (String(members['bypassTrustedDeviceEnabled']).toLowerCase() === 'true') {
    found.push(mistake('warn', 'has bypassTrustedDeviceEnabled, which has no effect: browsers are not remembered here'))
  }
  return found
}
