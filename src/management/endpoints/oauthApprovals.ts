import type { Audit } from '../../audit/index.ts'
import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import type { ApprovalOffice, ApprovalOverview } from '../../protocols/oauth/index.ts'
import { type Endpoint, json, notFound, operatorOf } from '../endpoint.ts'

/**
 * `oauthApprovals`: what a user has allowed clients beyond the session, and its end: `GET /{principal}`, `DELETE /{principal}` and
 * `DELETE /{principal}/{clientId}`. Names count with their case.
 */
export function oauthApprovalsEndpoint({
  approvals,
  audit,
}: {
  readonly approvals: ApprovalOffice
  readonly audit: Pick<Audit, 'record'>
}): Endpoint {
  const named = (call: Call, name: string) => call.req.param(name) ?? ''
  const record = (call: Call, what: string) =>
    audit.record({
      action: 'OAUTH2_APPROVAL_REVOKED',
      who: operatorOf(call)?.name ?? 'audit:unknown',
      what: `{${what}}`,
      client: call.get('client'),
    })
  return {
    id: 'oauthApprovals',
    routes: [
      {
        method: 'GET',
        path: '/:principal',
        statuses: [200],
        handle: async (call) => json((await approvals.list(named(call, 'principal'))).map(shown) as unknown as Json),
      },
      {
        method: 'DELETE',
        path: '/:principal',
        statuses: [204],
        async handle(call) {
          const principal = named(call, 'principal')
          if (!(await approvals.forgetAll(principal))) throw notFound()
          record(call, `principal=${principal}`)
          return new Response(null, { status: 204 })
        },
      },
      {
        method: 'DELETE',
        path: '/:principal/:clientId',
        statuses: [204],
        async handle(call) {
          const [principal, clientId] = [named(call, 'principal'), named(call, 'clientId')]
          if (!(await approvals.forget(principal, clientId))) throw notFound()
          record(call, `principal=${principal}, client_id=${clientId}`)
          return new Response(null, { status: 204 })
        },
      },
    ],
  }
}

const shown = ({ approvedAtMs, endsAtMs, ...rest }: ApprovalOverview) => ({
  ...rest,
  approvedAt: new Date(approvedAtMs).toISOString(),
  expiresAt: new Date(endsAtMs).toISOString(),
})
