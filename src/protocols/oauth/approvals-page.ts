import type { Call } from '../../http/index.ts'
import type { Session } from '../../sso/index.ts'
import { formTokens } from './form-tokens.ts'
import { loginHop } from './login-hop.ts'
import type { Room } from './room.ts'
import type { Transaction } from './transaction.ts'

/** `/oauth2.0/approvals`: what a user has allowed beyond the session, and a button each to take it back (oauth.md 6). */
export function approvalsPage(room: Room): (call: Call) => Promise<Response> {
  const { clients, transactions, passage, answer, approvals, audit } = room
  const hop = loginHop(room)
  const forms = formTokens(room.proofKey)

  return async (call) => {
    call.get('headers')['Cache-Control'] = 'no-store'
    call.get('headers')['Referrer-Policy'] = 'no-referrer'
    const { query, form } = call.get('parameters')
    const found = await transactions.read(call, form.get('transaction') ?? query.get('txn') ?? undefined)
    const transaction = found?.what === 'approvals' && found.loggedIn ? found : undefined
    const session = transaction ? await hop.sessionOf(call, transaction) : await sessionAtHand(call)
    if (session instanceof Response) return session
    if (!session) return hop.toLogin(call, 'approvals', new URLSearchParams())
    const clientId = form.get('client')
    // A page of another site cannot know the token: its form changes nothing.
    if (call.req.method === 'POST' && clientId && forms.fits(form.get('csrf'), 'approvals', session.id))
      await takeBack(call, session, clientId)
    return show(call, session, transaction)
  }

  async function sessionAtHand(call: Call): Promise<Session | Response> {
    const way = await passage(call, hop.serviceFor(new URLSearchParams()))
    if (way.kind === 'open') return way.session
    if (way.kind === 'refused') return answer(call, way.view, way.status)
    return hop.toLogin(call, 'approvals', new URLSearchParams(), way.kind === 'interaction' ? way : undefined)
  }

  async function takeBack(call: Call, session: Session, clientId: string): Promise<void> {
    await approvals.forget(session, clientId)
    const who = session.authentication.principal.id
    audit.record({ action: 'OAUTH2_APPROVAL_REVOKED', who, what: `{client_id=${clientId.slice(0, 200)}}`, client: call.get('client') })
  }

  async function show(call: Call, session: Session, transaction: Transaction | undefined): Promise<Response> {
    const principalId = session.authentication.principal.id
    const list = await approvals.lasting.list(principalId)
    const applications = await Promise.all(
      list.map(async ({ clientId, scopes, endsAtMs }) => {
        const finding = await clients.find(clientId)
        const service = finding.kind === 'unknown' ? undefined : finding.client.service
        return { clientId, name: service?.name ?? clientId, logo: service?.logo, scopes, endsAtMs }
      }),
    )
    const props = { principalId, applications, transaction: transaction?.id, csrf: forms.make('approvals', session.id) }
    return answer(call, { id: 'protocol/oauth/approvals', props }, 200)
  }
}
