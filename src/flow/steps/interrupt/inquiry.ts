import type { Authentication } from '../../../authentication/index.ts'
import type { Call } from '../../../http/index.ts'
import type { RegisteredService, ServiceReference } from '../../../services/index.ts'
import type { Inquiry } from './source.ts'

/** On the way to what somebody logs in, and by which request. */
export interface Way {
  readonly call: Call
  readonly service: ServiceReference | undefined
  readonly registeredService: RegisteredService | undefined
  readonly locale: string | undefined
}

/** What sources are told of a login: nothing of the credential. */
export function inquiryOf({ call, service, registeredService, locale }: Way, authentication: Authentication): Inquiry {
  return { principal: authentication.principal, authentication, service, registeredService, request: requestOf(call, locale) }
}

const SECRET_HEADER = /^(cookie|authorization|proxy-authorization|x-csrf.*|.*token.*|.*secret.*)$/i
const SECRET_PARAMETER = /pass|execution|token|secret|ticket|code|handover|resume|txn/i

function requestOf(call: Call, locale: string | undefined): Inquiry['request'] {
  const client = call.get('client')
  return {
    address: client.address,
    userAgent: client.userAgent,
    method: call.req.method,
    locale,
    acceptLanguage: call.req.header('accept-language'),
    headers: () => Object.fromEntries(Object.entries(call.req.header()).filter(([name]) => !SECRET_HEADER.test(name))),
    query: () => Object.fromEntries([...call.get('parameters').query].filter(([name]) => !SECRET_PARAMETER.test(name))),
  }
}
