import type { Passage } from '../../flow/index.ts'
import type { Call } from '../../http/index.ts'
import { type ServiceReference, serviceReference } from '../../services/index.ts'
import type { Session } from '../../sso/index.ts'
import { redirectTo } from './authorization-response.ts'
import type { Room } from './room.ts'
import type { Transaction } from './transaction.ts'

export const CALLBACK_PATH = '/oauth2.0/callbackAuthorize'
const CLIENT_NAME = ['client_name', 'CasOAuthClient'] as const
/** In this order in the service URL of CAS, before all others (oauth.md 5). */
const FIRST = [
  'client_id',
  'scope',
  'redirect_uri',
  'acr_values',
  'response_type',
  'grant_type',
  'response_mode',
  'claims',
  'request',
  'state',
  'nonce',
  'token',
]
/** Parameters of this server's own way. */
export const OWN_PARAMETERS = ['txn', 'bypass_approval_prompt', 'transaction', 'csrf', 'allow', 'deny', 'ticket', 'client_name']
/** A longer one is not carried along: the transaction has everything. */
const LONGEST_SERVICE = 4000

/** The user has to present credentials although there is a session; or has to be shown what the passage has found. */
export type LoginReason = 'again' | Extract<Passage, { readonly kind: 'interaction' }>

/** The way of a browser from this room through the login and back. */
export interface LoginHop {
  /** The callback that stands for a request, as the `service` of the login. */
  serviceFor(parameters: URLSearchParams, transaction?: Transaction): ServiceReference
  /** The service that the login of a pending request is for, and nothing else. */
  serviceOf(transaction: Transaction): ServiceReference
  /** Sends the browser to the login. @param why What it is for there, when more is known than that somebody has to log in. */
  toLogin(call: Call, what: Transaction['what'], parameters: URLSearchParams, why?: LoginReason): Promise<Response>
  /** The session of a transaction whose login is done. */
  sessionOf(call: Call, transaction: Transaction): Promise<Session | undefined>
}

export function loginHop({ prefix, transactions, sso }: Room): LoginHop {
  const callback = prefix + CALLBACK_PATH

  function serviceFor(parameters: URLSearchParams, transaction?: Transaction): ServiceReference {
    const query = new URLSearchParams()
    for (const name of FIRST) for (const value of parameters.getAll(name)) query.append(name, value)
    for (const [name, value] of parameters) if (!FIRST.includes(name) && !OWN_PARAMETERS.includes(name)) query.append(name, value)
    const build = (fields: URLSearchParams) => {
      if (transaction) fields.append('txn', transaction.id)
      fields.append(...CLIENT_NAME)
      return `${callback}?${fields}`
    }
    let url = build(new URLSearchParams(query))
    if (url.length > LONGEST_SERVICE) {
      const clientId = parameters.get('client_id')
      url = build(new URLSearchParams(clientId === null ? {} : { client_id: clientId }))
    }
    const reference = serviceReference(url)
    if (!reference || reference === 'unusable') throw new Error('the callback of this server is no usable service')
    return reference
  }

  function serviceOf(transaction: Transaction): ServiceReference {
    const parameters = new URLSearchParams(transaction.query)
    // The code of a device is nobody's business on the way.
    if (transaction.what === 'device') parameters.delete('user_code')
    return serviceFor(parameters, transaction)
  }

  return {
    serviceFor,
    serviceOf,
    async toLogin(call, what, parameters, why) {
      const transaction = await transactions.begin(call, what, withoutOwn(parameters).toString())
      const service = serviceOf(transaction)
      const more = why === undefined ? '' : why === 'again' ? '&renew=true' : `&handover=${await why.handOver(service)}`
      return redirectTo(`${prefix}/login?service=${encodeURIComponent(service.originalUrl)}${more}`)
    },
    async sessionOf(call, { sessionId, sessionHandle, loggedIn }) {
      if (sessionId !== undefined) return sso.load(sessionId)
      const current = await sso.current(call)
      // What the login has asked, it has asked of its own user: somebody else may have logged in since.
      return loggedIn && current?.ticket.handle !== sessionHandle ? undefined : current
    },
  }
}

/** The parameters of the request itself. */
export function withoutOwn(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...parameters].filter(([name]) => !OWN_PARAMETERS.includes(name)))
}
