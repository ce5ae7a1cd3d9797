import type { Log } from '../base/log.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import { describedService, type Script, type Scripts } from '../services/index.ts'
import type { Inquiry } from './provider.ts'

/**
 * A module that a setting names.
 *
 * @throws {StartRefusal} for what can never be run.
 */
export function openedScript(
  { scripts, log }: { readonly scripts: Scripts; readonly log: Log },
  location: string,
  setting: string,
  parameters: readonly string[],
): Script {
  const report = (_severity: string, message: string | (() => string)) =>
    log.error({ setting }, typeof message === 'string' ? message : message())
  const script = scripts.open(location, { member: setting, parameters }, report)
  if (!script) throw new StartRefusal(`must be a JavaScript or TypeScript module that exports (${parameters.join(', ')}) => …`, { setting })
  return script
}

/** What a script is told of a login. */
export function describedInquiry({ service, registeredService, authentication, client }: Inquiry) {
  return {
    service: service ? { id: service.id, originalUrl: service.originalUrl } : null,
    registeredService: registeredService ? describedService(registeredService) : null,
    authentication: {
      principal: { id: authentication.principal.id, attributes: authentication.principal.attributes },
      attributes: authentication.attributes,
    },
    httpRequest: { remoteAddress: client.address, userAgent: client.userAgent },
  }
}
