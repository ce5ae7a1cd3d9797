import type { Call } from '../../http/index.ts'
import { sameService } from '../../services/index.ts'
import { authenticationFromBody, serviceTicketFacts } from '../../sso/index.ts'
import { redirectTo } from './authorization-response.ts'
import { loginHop, withoutOwn } from './login-hop.ts'
import type { Room } from './room.ts'
import type { Transaction } from './transaction.ts'

/** Longest query that goes back into the address; the transaction has it anyway. */
const LONGEST_QUERY = 4000
const LONGEST_TICKET = 256

/**
 * `/oauth2.0/callbackAuthorize`: the browser comes back from the login with a service ticket (oauth.md 5). The ticket is validated here and at once; then
 * the request goes on where it began. Only the browser in which it began can do that.
 */
export function callback(room: Room): (call: Call) => Promise<Response> {
  const { registry, sso, transactions, answer, clients, prefix, contextPath } = room
  const hop = loginHop(room)

  const stale = (call: Call, status: 400 | 401, restartUrl?: string) =>
    answer(call, { id: 'protocol/oauth/sessionStaleMismatchError', props: { restartUrl } }, status)

  return async (call) => {
    const { query } = call.get('parameters')
    const ticketId = call.get('parameters').get('ticket') ?? ''
    if (ticketId === '') return stale(call, 401)
    const transaction = await transactions.read(call, query.get('txn') ?? undefined)
    if (!transaction) {
      call.get('log').info({ event: 'oauth-other-browser' }, 'a login came back that did not begin in this browser, or too late')
      const rest = withoutOwn(query)
      // Looked at and not used up: the ticket may be good in the browser that it was given to.
      const isTicket = ticketId.length <= LONGEST_TICKET && (await registry.get(ticketId))?.kind === 'ST'
      return stale(call, isTicket ? 401 : 400, rest.has('client_id') ? `${contextPath}/oauth2.0/authorize?${rest}` : undefined)
    }

    const consumed = ticketId.length > LONGEST_TICKET ? undefined : await registry.consume(ticketId, ['ST'])
    const facts = consumed?.ok ? serviceTicketFacts(consumed.ticket.body) : undefined
    const authentication = consumed?.ok && consumed.parent ? authenticationFromBody(consumed.parent.body) : undefined
    if (!consumed?.ok || !facts || !authentication || !sameService(facts.service, hop.serviceOf(transaction).id, true)) {
      return stale(call, 400)
    }

    const current = await sso.current(call)
    let sessionId: string | undefined
    const sessionHandle = consumed.parent?.handle
    if (current?.ticket.handle !== sessionHandle) {
      // The login keeps no session in the browser (a public workstation, a veto): what follows hangs on one of its own.
      const clientId = query.get('client_id')
      const finding = clientId === null ? undefined : await clients.find(clientId, call.get('client'))
      const service = finding?.kind === 'found' ? finding.client.service : undefined
      sessionId = (await sso.open({ authentication, call, service, cookie: false, lasting: true })).id
    }
    const done: Transaction = {
      ...transaction,
      loggedIn: true,
      newLogin: facts.fromNewLogin,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(sessionId !== undefined || sessionHandle === undefined ? {} : { sessionHandle }),
    }
    await transactions.save(call, done)
    const rest = transaction.query.length > LONGEST_QUERY ? '' : transaction.query
    return redirectTo(`${prefix}/oauth2.0/${transaction.what}?${rest}${rest === '' ? '' : '&'}txn=${transaction.id}`)
  }
}
