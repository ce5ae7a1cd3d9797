import type { OutgoingFailure } from '../../base/outgoing-request.ts'
import { choiceOf, textMapOf, textOf } from '../definitions/members.ts'
import { type AccessStrategy, type AccessStrategyPlug, closed } from './access-strategy.ts'
import { baseStrategy } from './default.ts'

/**
 * Asks another server about each user, `GET endpointUrl?username=…` (services.md 11.2): only the statuses listed let in. The rules of the default
 * strategy come first; no answer means no.
 */
export const remoteEndpointStrategy = {
  type: 'RemoteEndpointServiceAccessStrategy',
  build(members, context): AccessStrategy {
    const base = baseStrategy(members, context)
    const endpoint = URL.parse(textOf(members, 'endpointUrl')?.trim() ?? '')
    const codes = (textOf(members, 'acceptableResponseCodes') ?? '').split(',').map((code) => code.trim())
    if (!endpoint || !/^https?:$/.test(endpoint.protocol)) {
      context.report('error', 'the endpointUrl is no http or https URL; the application is closed', 'endpointUrl')
      return closed
    }
    if (!codes.some((code) => /^[1-5]\d\d$/.test(code))) {
      context.report('error', 'no status is among the acceptableResponseCodes; the application is closed', 'acceptableResponseCodes')
      return closed
    }
    const method = choiceOf(members, 'method', ['GET', 'HEAD', 'POST'], 'GET')
    const headers = Object.fromEntries(Object.entries(textMapOf(members, 'headers')).map(([name, values]) => [name, values.join(', ')]))
    return {
      ...base,
      async authorize(principal) {
        const refusal = await base.authorize(principal)
        if (refusal !== undefined) return refusal
        const url = new URL(endpoint)
        url.searchParams.set('username', principal.id)
        try {
          const { status } = await context.requests().send({ url: url.href, method, headers })
          return codes.includes(String(status)) ? undefined : `${endpoint.host} answers ${status}`
        } catch (error) {
          // Whatever went wrong, a header that cannot be sent included.
          return `${endpoint.host} does not answer: ${(error as OutgoingFailure | Error).message}`
        }
      },
    }
  },
} satisfies AccessStrategyPlug
