import { allOrNone, awaitedFile, faultIf, needs, type Rule, refusals } from '../base/setting-rules.ts'
import { bypassRules } from './bypass.ts'
import type { MultifactorConfig } from './config.ts'
import { GLOBAL, unknownGlobal } from './mistakes.ts'
import { attributePatterns } from './triggers/attributes.ts'
import { restTarget } from './triggers/rest.ts'

const SIMPLE = 'cas.authn.mfa.simple'
const TRIGGERS = 'cas.authn.mfa.triggers'

/** What the settings of second factors must have in common. */
export const multifactorRules: readonly Rule<MultifactorConfig>[] = [
  (settings) => {
    const unknown = unknownGlobal(settings)
    return unknown === undefined ? [] : [{ setting: GLOBAL, message: unknown, severity: 'error', saidByRoom: true }]
  },
  (settings) =>
    refusals(
      () => bypassRules(settings.cas.authn.mfa.simple.bypass, `${SIMPLE}.bypass`),
      ...attributePatterns(settings),
      () => restTarget(settings),
    ),
  ({ cas }) => {
    const { enabled, bandwidth } = cas.authn.mfa.simple.bucket4j
    return faultIf(enabled && bandwidth.length === 0, `${SIMPLE}.bucket4j.enabled`, 'needs at least one bandwidth')
  },
  ({ cas }) => {
    const { from, subject, text } = cas.authn.mfa.simple.mail
    const all = { [`${SIMPLE}.mail.from`]: from, [`${SIMPLE}.mail.subject`]: subject, [`${SIMPLE}.mail.text`]: text }
    return allOrNone(all, 'no code goes by mail').map((fault) => ({ ...fault, severity: 'error' }))
  },
  ({ cas }) => {
    const { principal, authentication } = cas.authn.mfa.triggers
    return [
      ...needs(
        `${TRIGGERS}.principal.global-principal-attribute-value-regex`,
        principal.globalPrincipalAttributeValueRegex,
        { [`${TRIGGERS}.principal.global-principal-attribute-name-triggers`]: principal.globalPrincipalAttributeNameTriggers },
        'it says whose values are looked at',
      ),
      ...needs(
        `${TRIGGERS}.authentication.global-authentication-attribute-value-regex`,
        authentication.globalAuthenticationAttributeValueRegex,
        {
          [`${TRIGGERS}.authentication.global-authentication-attribute-name-triggers`]:
            authentication.globalAuthenticationAttributeNameTriggers,
        },
        'it says whose values are looked at',
      ),
    ]
  },
  ({ cas }) => {
    const { url, basicAuthUsername, basicAuthPassword } = cas.authn.mfa.triggers.rest
    const pair = {
      [`${TRIGGERS}.rest.basic-auth-username`]: basicAuthUsername,
      [`${TRIGGERS}.rest.basic-auth-password`]: basicAuthPassword,
    }
    return [
      ...allOrNone(pair, 'the server is asked with both or neither'),
      ...needs(`${TRIGGERS}.rest.basic-auth-username`, basicAuthUsername, { [`${TRIGGERS}.rest.url`]: url }, 'it says who is asked'),
    ]
  },
  ({ cas }, world) => {
    const { groovyScript, simple, triggers } = cas.authn.mfa
    const { location } = triggers.principal.globalPrincipalAttributePredicate
    return [
      ...awaitedModule('cas.authn.mfa.groovy-script.location', groovyScript.location, world, 'nobody gets in'),
      ...awaitedModule(`${TRIGGERS}.principal.global-principal-attribute-predicate.location`, location, world, 'nobody gets in'),
      ...awaitedModule(`${SIMPLE}.bypass.groovy.location`, simple.bypass.groovy.location, world, 'it lets nobody past'),
    ]
  },
]

/** A Groovy script has a module beside it, or the room says that it needs one. */
function awaitedModule(...[setting, location, world, until]: Parameters<typeof awaitedFile>): ReturnType<typeof awaitedFile> {
  const isText = location !== undefined && /\.groovy$|^\s*(js|groovy)\s*\{/i.test(location)
  return isText ? [] : awaitedFile(setting, location, world, until)
}
