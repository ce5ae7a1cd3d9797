import { choiceOf, objectOf, textMapOf, textOf } from '../definitions/members.ts'
import { readAttributes } from '../scripts/asking.ts'
import { mappingOf } from './mapping.ts'
import { AvailableAttributes, type Released, type ReleasePolicyPlug } from './release-policy.ts'

/**
 * Another server says what is released, `endpoint?principal=…&service=…` (services.md 12.1). A POST carries the attributes as JSON. Anything but 200 with
 * a JSON object of names and values releases nothing.
 */
export const returnRestful = {
  type: 'ReturnRestfulAttributeReleasePolicy',
  build(members, context) {
    const endpoint = URL.parse(textOf(members, 'endpoint')?.trim() ?? '')
    if (!endpoint || !/^https?:$/.test(endpoint.protocol)) {
      context.report('error', 'the endpoint is no http or https URL; nothing is released', 'endpoint')
      return () => new Map()
    }
    const method = choiceOf(members, 'method', ['GET', 'POST'], 'GET')
    const given = Object.fromEntries(Object.entries(textMapOf(members, 'headers')).map(([name, values]) => [name, values.join(', ')]))
    const mapping = objectOf(members, 'allowedAttributes') && mappingOf(members, context)
    const isMapped = Object.keys(objectOf(members, 'allowedAttributes') ?? {}).some((name) => name !== '@class')
    return async (available, request): Promise<Released> => {
      const url = new URL(endpoint)
      url.searchParams.set('principal', request.principal.id)
      url.searchParams.set('service', request.reference.id)
      const fail = (why: string) => {
        context.warn(`${endpoint.host} ${why}; nothing is released`, 'error')
        return new Map()
      }
      try {
        const answer = await context.requests().send({
          url: url.href,
          method,
          headers: { Accept: 'application/json', ...given, ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}) },
          ...(method === 'POST' ? { body: JSON.stringify(Object.fromEntries(available.entries())) } : {}),
        })
        if (answer.status !== 200) return fail(`answers ${answer.status}`)
        const attributes = readAttributes(JSON.parse(answer.body))
        if (!attributes) return fail('answers with something else than names and values')
        return mapping && isMapped ? await mapping(new AvailableAttributes(Object.fromEntries(attributes)), request) : attributes
      } catch (error) {
        return fail(error instanceof SyntaxError ? 'answers with no JSON' : `does not answer: ${(error as Error).message}`)
      }
    }
  },
} satisfies ReleasePolicyPlug
