import type { Json } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import type { Script } from '../../services/index.ts'
import type { Inquiry } from '../provider.ts'
import { describedInquiry, openedScript } from '../script.ts'
import type { Trigger, Triggered, TriggerKind } from './trigger.ts'

const PARAMETERS = ['service', 'registeredService', 'authentication', 'httpRequest', 'logger']

/** `cas.authn.mfa.groovy-script.location`: a module `(service, registeredService, authentication, httpRequest, logger) => provider or null` (5). */
export const scriptTrigger: TriggerKind = (parts) => {
  const { location } = parts.settings.cas.authn.mfa.groovyScript
  if (!location) return undefined
  const script = openedScript(parts, location, 'cas.authn.mfa.groovy-script.location', PARAMETERS)
  return { name: 'script', ask: (inquiry) => asked(script, inquiry, parts.log) }
}

/** `….principal.global-principal-attribute-predicate.location`: a module `(service, principal, provider, logger) => true or false`, asked for each provider (7). */
export const predicateTrigger: TriggerKind = (parts) => {
  const { providers, log } = parts
  const { location } = parts.settings.cas.authn.mfa.triggers.principal.globalPrincipalAttributePredicate
  if (!location) return undefined
  const setting = 'cas.authn.mfa.triggers.principal.global-principal-attribute-predicate.location'
  const script = openedScript(parts, location, setting, ['service', 'principal', 'provider', 'logger'])
  return {
    name: 'predicate',
    async ask(inquiry) {
      const { service, authentication } = describedInquiry(inquiry)
      const ids: string[] = []
      for (const { id } of providers) {
        const answer = await answerOf(script, { service, principal: authentication.principal, provider: { id } }, log)
        if (typeof answer !== 'boolean') return UNAVAILABLE
        if (answer) ids.push(id)
      }
      return ids.length > 0 ? { kind: 'providers', ids, all: false } : undefined
    },
  }
}

/** The `script` of the policy of an application, with the same arguments; without one the application does not speak here. */
export const serviceScriptTrigger: TriggerKind = ({ policyOf, scripts, log }): Trigger => {
  const known = new WeakMap<object, Script | 'unusable'>()
  return {
    name: 'application, by script',
    ask(inquiry) {
      const { registeredService } = inquiry
      const policy = policyOf(registeredService)
      if (!registeredService || policy?.script === undefined) return undefined
      let script = known.get(policy)
      if (script === undefined) {
        const place = { member: 'multifactorPolicy.script', parameters: PARAMETERS }
        const report = (_severity: string, message: string | (() => string)) =>
          log.error({ service: registeredService.name, file: registeredService.file }, typeof message === 'string' ? message : message())
        script = scripts.open(policy.script, place, report) ?? 'unusable'
        known.set(policy, script)
      }
      return script === 'unusable' ? UNAVAILABLE : asked(script, inquiry, log)
    },
  }
}

/** Nobody gets in because whoever decides about it does not work. */
const UNAVAILABLE: Triggered = { kind: 'unavailable' }

async function asked(script: Script, inquiry: Inquiry, log: Log): Promise<Triggered | undefined> {
  const answer = await answerOf(script, describedInquiry(inquiry), log)
  if (answer === null || answer === '') return undefined
  if (typeof answer === 'string') return { kind: 'providers', ids: [answer.trim()], all: true }
  if (answer !== FAILED)
    log.error({}, 'a script that decides about second factors answers with something else than the name of a provider, or null')
  return UNAVAILABLE
}

const FAILED = undefined

async function answerOf(script: Script, input: Readonly<Record<string, unknown>>, log: Log): Promise<Json | typeof FAILED> {
  try {
    return await script.call(input as Readonly<Record<string, Json>>)
  } catch (error) {
    log.error({ reason: (error as Error).message }, 'a script that decides about second factors failed, so nobody gets in')
    return FAILED
  }
}
