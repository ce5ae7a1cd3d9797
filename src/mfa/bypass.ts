import { compileJavaRegex } from '../base/java-regex.ts'
import type { Log } from '../base/log.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { Attributes, Scripts } from '../services/index.ts'
import type { Inquiry } from './provider.ts'
import { describedInquiry, openedScript } from './script.ts'

/** Settings of the bypass of one provider, below `cas.authn.mfa.<p>.bypass` (authentication.md 13.2). */
export interface BypassSettings {
  readonly principalAttributeName: string | undefined
  readonly principalAttributeValue: string | undefined
  readonly authenticationAttributeName: string | undefined
  readonly authenticationAttributeValue: string | undefined
  readonly authenticationHandlerName: string | undefined
  readonly authenticationMethodName: string | undefined
  readonly credentialClassType: string | undefined
  readonly httpRequestRemoteAddress: string | undefined
  readonly httpRequestHeaders: readonly string[]
}

type Rule = (inquiry: Inquiry) => boolean
type Test = (text: string) => boolean

/**
 * Who is let past a provider. Asked anew for every application: what one lets through is no proof for another.
 *
 * @param prefix Where the settings stand, for messages.
 * @throws {StartRefusal} for a pattern that cannot be used.
 */
export function bypassRules(settings: BypassSettings, prefix: string): (inquiry: Inquiry) => string | undefined {
  const pattern = (setting: string, text: string | undefined, match: 'full' | 'find' = 'full'): Test | undefined => {
    if (text === undefined || text.trim() === '') return undefined
    const regex = compileJavaRegex(text, { match, ignoreCase: false })
    if (regex.kind === 'invalid') throw new StartRefusal(`is not a usable pattern: ${regex.reason}`, { setting: `${prefix}.${setting}` })
    return (value) => regex.test(value)
  }
  const rules: [string, Rule][] = []
  const byAttribute = (setting: string, name: Test | undefined, value: Test | undefined, of: (inquiry: Inquiry) => Attributes) => {
    if (name) rules.push([setting, (inquiry) => hasAttribute(of(inquiry), name, value)])
  }
  const byFact = (setting: string, text: string | undefined, attribute: string) => {
    const test = pattern(setting, text)
    if (test)
      rules.push([setting, ({ authentication }) => (authentication.attributes[attribute] ?? []).some((value) => test(String(value)))])
  }
  byAttribute(
    'principal-attribute-name',
    pattern('principal-attribute-name', settings.principalAttributeName),
    pattern('principal-attribute-value', settings.principalAttributeValue),
    ({ authentication }) => authentication.principal.attributes,
  )
  byAttribute(
    'authentication-attribute-name',
    pattern('authentication-attribute-name', settings.authenticationAttributeName),
    pattern('authentication-attribute-value', settings.authenticationAttributeValue),
    ({ authentication }) => authentication.attributes,
  )
  byFact('authentication-handler-name', settings.authenticationHandlerName, 'successfulAuthenticationHandlers')
  byFact('authentication-method-name', settings.authenticationMethodName, 'authenticationMethod')
  byFact('credential-class-type', settings.credentialClassType, 'credentialType')
  const address = pattern('http-request-remote-address', settings.httpRequestRemoteAddress, 'find')
  // Where nobody's address is known (a proxy, a token that is exchanged) it is none that lets past.
  if (address) rules.push(['http-request-remote-address', ({ client }) => client.address !== '' && address(client.address)])
  const headers = settings.httpRequestHeaders.flatMap((text) => {
    // Names of headers have no case.
    const test = pattern('http-request-headers', text.toLowerCase())
    return test ? [test] : []
  })
  if (headers.length > 0) {
    rules.push([
      'http-request-headers',
      ({ headerNames }) => headerNames().some((name) => headers.some((test) => test(name.toLowerCase()))),
    ])
  }
  return (inquiry) => rules.find(([, holds]) => holds(inquiry))?.[0]
}

function hasAttribute(attributes: Attributes, name: Test, value: Test | undefined): boolean {
  return Object.entries(attributes).some(
    ([key, values]) => name(key) && (value === undefined || values.some((each) => value(String(each)))),
  )
}

const PARAMETERS = ['authentication', 'principal', 'registeredService', 'provider', 'logger', 'httpRequest']

/**
 * `….bypass.groovy.location`: a module `(authentication, principal, registeredService, provider, logger, httpRequest) => boolean`. As in CAS exactly `false` lets
 * past; a script that fails lets nobody.
 *
 * @throws {StartRefusal} for what can never be run.
 */
export function bypassScript(
  location: string | undefined,
  prefix: string,
  providerId: string,
  parts: { readonly scripts: Scripts; readonly log: Log },
): ((inquiry: Inquiry) => Promise<string | undefined>) | undefined {
  if (!location) return undefined
  const script = openedScript(parts, location, `${prefix}.groovy.location`, PARAMETERS)
  return async (inquiry) => {
    try {
      const { authentication, registeredService, httpRequest } = describedInquiry(inquiry)
      const input = { authentication, principal: authentication.principal, registeredService, provider: { id: providerId }, httpRequest }
      return (await script.call(input)) === false ? 'groovy' : undefined
    } catch (error) {
      parts.log.error({ reason: (error as Error).message }, 'a script that lets logins past the second factor failed, so this one is asked')
      return undefined
    }
  }
}
