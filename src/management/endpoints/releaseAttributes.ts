import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import { compactDefinition } from '../../services/index.ts'
import { type Endpoint, json } from '../endpoint.ts'
import { type RehearsalParts, readQuestion, rehearsal } from '../rehearsal.ts'

const MOST_BODY_BYTES = 16_384

/**
 * `releaseAttributes`: under which name and with which attributes an application would see a user (configuration.md 14.6). `GET` answers in the form of older
 * versions, with the definition.
 */
export function releaseAttributesEndpoint(parts: RehearsalParts): Endpoint {
  const { authenticate, application, refusal, release } = rehearsal(parts)

  async function ask(call: Call) {
    const question = await readQuestion(call)
    const wanted = await application(question, call)
    const authentication = await authenticate(question, call, wanted.definition)
    const why = await refusal(wanted, authentication)
    return { wanted, authentication, why, released: await release(wanted, authentication) }
  }

  return {
    id: 'releaseAttributes',
    routes: [
      {
        method: 'POST',
        path: '',
        statuses: [200, 400, 403],
        maxBodyBytes: MOST_BODY_BYTES,
        async handle(call) {
          const { released, why } = await ask(call)
          const { username, attributes } = released
          // What would go out if the user might use it: the refusal is told beside it.
          return json({ username, uid: username, attributes: attributes as Json, ...(why === undefined ? {} : { accessDenied: why }) })
        },
      },
      {
        method: 'GET',
        path: '',
        statuses: [200, 400, 403],
        async handle(call) {
          const { wanted, authentication, released } = await ask(call)
          const principal = { id: released.username, attributes: released.attributes as Json }
          return json({
            assertion: {
              primaryAuthentication: { principal, authenticationDate: new Date(authentication.authenticatedAtMs).toISOString() },
              fromNewLogin: true,
            },
            service: { id: wanted.reference.id },
            registeredService: JSON.parse(compactDefinition(wanted.definition)) as Json,
          })
        },
      },
    ],
  }
}
