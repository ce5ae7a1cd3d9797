import { HttpRefusal } from '../../base/errors.ts'
import type { Call } from '../../http/index.ts'
import type { RehearsedAnswer } from '../../protocols/cas/index.ts'
import type { Endpoint } from '../endpoint.ts'
import { type RehearsalParts, readQuestion, rehearsal } from '../rehearsal.ts'

export interface CasValidateParts extends RehearsalParts {
  readonly rehearsedAnswer: RehearsedAnswer
}

const MOST_BODY_BYTES = 16_384
const PROTOCOLS = { '/validate': 'CAS10', '/serviceValidate': 'CAS20', '/p3/serviceValidate': 'CAS30' } as const

/** `casValidate`: the bytes that a validation would answer an application for a user, without a ticket (configuration.md 14.3). */
export function casValidateEndpoint({ rehearsedAnswer, ...parts }: CasValidateParts): Endpoint {
  const { authenticate, application, refusal, release } = rehearsal(parts)
  const answer = (protocol: (typeof PROTOCOLS)[keyof typeof PROTOCOLS]) => async (call: Call) => {
    const question = await readQuestion(call)
    const wanted = await application(question, call)
    const authentication = await authenticate(question, call, wanted.definition)
    const why = await refusal(wanted, authentication)
    if (why !== undefined) throw new HttpRefusal(403, 'access_denied', `the user may not use the application: ${why}`)
    const { body, contentType } = rehearsedAnswer(protocol, { authentication, release: await release(wanted, authentication) })
    return new Response(body, { headers: { 'Content-Type': contentType } })
  }
  return {
    id: 'casValidate',
    routes: Object.entries(PROTOCOLS).map(([path, protocol]) => ({
      method: 'POST' as const,
      path,
      statuses: [200, 400, 403],
      maxBodyBytes: MOST_BODY_BYTES,
      handle: answer(protocol),
    })),
  }
}
