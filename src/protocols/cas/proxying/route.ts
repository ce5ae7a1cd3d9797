import type { Call, Route } from '../../../http/index.ts'
import { serviceReference } from '../../../services/index.ts'
import { jsonProxyFormat } from '../formats/json.ts'
import { xmlProxyFormat } from '../formats/xml.ts'
import { ValidationRefusal } from '../refusal.ts'
import { failureAnswer } from '../translate.ts'
import type { Proxying } from './proxying.ts'

export interface ProxyRouteParts {
  /** `undefined`: nobody may proxy (`cas.sso.proxy-authn-enabled=false`). */
  readonly proxying: Proxying | undefined
  readonly maxBodyBytes: number
}

const INCOMPLETE = 'The request is incorrectly formatted. Ensure all required parameters are properly encoded and included.'

/** `GET /proxy`: a proxy-granting ticket buys a proxy ticket for another application (cas-protocol.md 5.3). The status is 200 for yes and no. */
export function proxyRoute({ proxying, maxBodyBytes }: ProxyRouteParts): Route {
  return { method: 'GET', path: '/proxy', statuses: [200, 503], changesState: true, maxBodyBytes, handle }

  async function handle(call: Call): Promise<Response> {
    const parameters = call.get('parameters')
    const format = parameters.get('format')?.trim().toUpperCase() === 'JSON' ? jsonProxyFormat : xmlProxyFormat
    try {
      const pgt = parameters.get('pgt')?.trim()
      const target = serviceReference(parameters.get('targetService'))
      if (!pgt || target === undefined || target === 'unusable') throw new ValidationRefusal('INVALID_REQUEST_PROXY', INCOMPLETE)
      if (!proxying) throw new ValidationRefusal('UNAUTHORIZED_SERVICE_PROXY', 'Proxying is switched off')
      return new Response(format.success(await proxying.grant(pgt, target, call.get('client'))), {
        headers: { 'Content-Type': format.contentType },
      })
    } catch (cause) {
      if (cause instanceof ValidationRefusal) call.get('log').info({ code: cause.code, detail: cause.detail }, 'no proxy ticket')
      return failureAnswer(call, format, cause)
    }
  }
}
