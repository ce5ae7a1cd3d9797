import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import { compactDefinition } from '../../services/index.ts'
import { type Endpoint, json } from '../endpoint.ts'
import { type RehearsalParts, readQuestion, rehearsal } from '../rehearsal.ts'

const MOST_BODY_BYTES = 16_384

/** `serviceAccess`: whether a user may use an application: 200 with the definition, or 403 with the reason (configuration.md 14.3). */
export function serviceAccessEndpoint(parts: RehearsalParts): Endpoint {
  const { authenticate, application, refusal } = rehearsal(parts)
  async function answer(call: Call): Promise<Response> {
    const question = await readQuestion(call)
    const wanted = await application(question, call)
    const authentication = await authenticate(question, call, wanted.definition)
    const reason = await refusal(wanted, authentication)
    const registeredService = JSON.parse(compactDefinition(wanted.definition)) as Json
    const { principal } = authentication
    const facts = {
      service: wanted.reference.id,
      registeredService,
      principal: { id: principal.id, attributes: principal.attributes as Json },
    }
    return reason === undefined ? json({ authorized: true, ...facts }) : json({ authorized: false, reason, ...facts }, 403)
  }
  const statuses = [200, 400, 403]
  return {
    id: 'serviceAccess',
    routes: [
      { method: 'POST', path: '', statuses, maxBodyBytes: MOST_BODY_BYTES, handle: answer },
      { method: 'GET', path: '', statuses, handle: answer },
    ],
  }
}
