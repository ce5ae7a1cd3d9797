import type { Audit } from '../../../audit/index.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import { applyServiceHeaders } from '../../../http/index.ts'
import type { Finding, ServiceReference, Services } from '../../../services/index.ts'
import type { Outcome, Step } from '../../login.ts'
import { refusalLog } from './refusal-log.ts'

export interface ServiceStepParts {
  readonly services: Services
  readonly audit: Audit
  readonly clock: Clock
  readonly log: Log
  readonly allowMissingService: boolean
  /** Status inside a running login, where CAS answers 200 (login-flow.md 9). */
  readonly inFlowStatus: number
}

/** Is this application registered, and may it be used at all? Asked before any form is shown, and again at every later request (services.md 9). */
export function serviceStep(parts: ServiceStepParts): Step {
  const logRefusal = refusalLog(parts.log, parts.clock)
  return {
    id: 'service',
    async enter(login): Promise<Outcome> {
      const { service } = login.request
      if (!service) {
        if (parts.allowMissingService) return { kind: 'pass', login: { registeredService: undefined } }
        return refuse({ message: 'screen.service.required.message', reason: 'MISSING', service: '', redirectUrl: undefined }, false)
      }
      const finding = await parts.services.find(service, login.call.get('client'))
      if (finding.kind === 'found') {
        applyServiceHeaders(login.call, (name) => finding.service.property(name)[0])
        return { kind: 'pass', login: { registeredService: finding.service } }
      }
      report(service, finding, login.call.get('client'))
      return refuse(
        {
          message: finding.messageKey,
          reason: finding.reason.toUpperCase().replaceAll('-', '_'),
          service: service.id,
          redirectUrl: finding.unauthorizedRedirectUrl,
        },
        login.resumed,
      )
    },
  }

  function refuse(props: { message: string; reason: string; service: string; redirectUrl: string | undefined }, inFlow: boolean): Outcome {
    return { kind: 'block', view: { id: 'error/casServiceErrorView', props }, status: inFlow ? parts.inFlowStatus : 403 }
  }

  function report(
    service: ServiceReference,
    finding: Extract<Finding, { kind: 'refused' }>,
    client: Parameters<Services['find']>[1],
  ): void {
    logRefusal(service, finding)
    parts.audit.record({
      action: 'SERVICE_ACCESS_ENFORCEMENT_TRIGGERED',
      who: 'audit:unknown',
      what: `{result=Service Access Denied, service=${service.id.slice(0, 200)}, reason=${finding.reason}}`,
      client,
    })
  }
}
