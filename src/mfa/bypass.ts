import { compileJavaRegex } from '../base/java-regex.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { Attributes } from '../services/index.ts'
import type { Inquiry } from './provider.ts'

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
  if (address) rules.push(['http-request-remote-address', ({ client }) => address(client.address)])
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
