import type { Audit } from '../../audit/index.ts'
import type { AuthenticationEngine, Throttle } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import { compileJavaRegex } from '../../base/java-regex.ts'
import type { Log } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import type { Multifactor } from '../../mfa/index.ts'
import type { Services } from '../../services/index.ts'
import type { Sso } from '../../sso/index.ts'
import type { Views } from '../../views/index.ts'
import type { Login, Place, Step } from '../login.ts'
import { checkPlaces } from '../machine.ts'
import type { Answer } from '../page.ts'
import type { FlowSettings } from '../settings.ts'
import { accessStep } from './access/index.ts'
import { cookiesStep } from './cookies/index.ts'
import { credentialsStep } from './credentials/index.ts'
import { deliverStep } from './deliver/index.ts'
import { existingSessionStep } from './existing-session/index.ts'
import type { Interrupt } from './interrupt/index.ts'
import { interruptStep } from './interrupt/index.ts'
import { multifactorStep } from './multifactor/index.ts'
import { passwordWarningsStep } from './password-warnings/index.ts'
import { passwordlessStep } from './passwordless/index.ts'
import type { Passwordless } from './passwordless/open.ts'
import { requiredServiceStep } from './required-service/index.ts'
import { serviceStep } from './service/index.ts'
import { ticketGrantingTicketStep } from './ticket-granting-ticket/index.ts'
import { warnStep } from './warn/index.ts'

export interface StepParts {
  readonly settings: FlowSettings
  readonly engine: AuthenticationEngine
  readonly throttle: Throttle
  readonly services: Services
  readonly sso: Sso
  readonly audit: Audit
  readonly clock: Clock
  readonly log: Log
  readonly answer: Answer
  readonly views: Views
  readonly interrupt: Interrupt
  readonly multifactor: Multifactor
  readonly passwordless: Passwordless
  readonly loginPath: string
}

/** The only place where the order of a login is decided; read from top to bottom (login-flow.md 16.2). */
export function places(parts: StepParts): readonly Place[] {
  const { settings, services, sso, audit } = parts
  const { login } = settings.castellan
  const access = accessStep({ services, audit })
  const multifactor = multifactorStep(parts)
  const required = requiredService(settings.cas.sso.services.requiredServicePattern)
  // Without a source no login has the step at all.
  const interrupt = parts.interrupt.active ? interruptStep({ settings, sso, audit, ...parts.interrupt }) : undefined
  const afterSso = settings.cas.interrupt.core.triggerMode === 'AFTER_SSO'
  const form = {
    uniformFailureMessage: login.uniformFailureMessage,
    rememberMeEnabled: settings.cas.ticket.tgt.rememberMe.enabled,
    offers: (option: 'cas.warn-on-redirect.enabled' | 'cas.public-workstation.enabled', { request, registeredService }: Login) =>
      parts.views.themeFlag(parts.views.chooseTheme({ parameter: request.theme, service: registeredService?.theme }), option),
    secureCookie: settings.cas.tgc.secure,
    customFields: Object.entries(settings.cas.view.customLoginFormFields).map(([name, field]) => ({
      name,
      labelKey: field.messageBundleKey ?? name,
      required: field.required,
    })),
  }
  const all: readonly { readonly phase: Place['phase']; readonly step: Step | undefined }[] = [
    {
      phase: 'request',
      step: serviceStep({
        ...parts,
        allowMissingService: settings.cas.sso.services.allowMissingServiceParameter,
        inFlowStatus: Number(login.inFlowRefusalStatus),
      }),
    },
    { phase: 'session', step: existingSessionStep({ ...parts, renewAllowed: settings.cas.sso.renewAuthnEnabled }) },
    ...(required ? [{ phase: 'session', step: requiredServiceStep(sso, required) } as const] : []),
    { phase: 'identify', step: parts.passwordless.active ? passwordlessStep({ ...parts, ...form }) : undefined },
    { phase: 'identify', step: credentialsStep({ ...parts, ...form }) },
    { phase: 'authenticated', step: access },
    { phase: 'authenticated', step: multifactor },
    { phase: 'authenticated', step: afterSso ? undefined : interrupt },
    { phase: 'establish-session', step: ticketGrantingTicketStep(sso) },
    { phase: 'establish-session', step: passwordWarningsStep },
    { phase: 'establish-session', step: cookiesStep(sso) },
    { phase: 'session-ready', step: afterSso ? interrupt : undefined },
    { phase: 'before-ticket', step: access },
    { phase: 'before-ticket', step: multifactor },
    { phase: 'before-ticket', step: interrupt },
    { phase: 'before-ticket', step: warnStep({ sso, services }) },
    {
      phase: 'deliver',
      step: deliverStep({
        ...parts,
        defaultRedirectUrl: settings.cas.view.defaultRedirectUrl,
        listApplications: settings.cas.view.authorizedServicesOnSuccessfulLogin,
      }),
    },
  ]
  const standing = all.flatMap(({ phase, step }): Place[] => (step ? [{ phase, step }] : []))
  return checkPlaces(standing.filter(({ step }) => !SWITCHABLE.has(step.id) || login.steps[step.id]?.enabled !== false))
}

/** Steps an operator may switch off: those that only ask or tell. Who the user is and what they may use is always asked. */
const SWITCHABLE: ReadonlySet<string> = new Set(['interrupt', 'password-warnings', 'warn'])

/** @throws {StartRefusal} for a pattern that is none. */
function requiredService(pattern: string | undefined): ((serviceId: string) => boolean) | undefined {
  if (!pattern) return undefined
  const compiled = compileJavaRegex(pattern, { match: 'full', ignoreCase: true })
  if (compiled.kind === 'invalid')
    throw new StartRefusal(`is not a usable pattern: ${compiled.reason}`, { setting: 'cas.sso.services.required-service-pattern' })
  return (serviceId) => compiled.test(serviceId)
}
