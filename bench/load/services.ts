import { definition } from '../../test/support/castellan.ts'

export const serviceOf = (id: number) => `https://app${id}.example.org/portal`

/** Definitions as an organisation has them: one pattern per application. */
export function manyServices(count: number): Record<string, object> {
  const services: Record<string, object> = {}
  for (let id = 1; id <= count; id++) {
    services[`Application-${id}.json`] = definition(id, `^https://app${id}\\.example\\.org/.*`, {
      evaluationOrder: id,
      attributeReleasePolicy: {
        '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
        allowedAttributes: ['java.util.ArrayList', ['cn', 'mail']],
      },
    })
  }
  return services
}

/** Static users and attributes: what is measured is not the hashing of a password. */
export const plainUsers = {
  'cas.authn.accept.users': 'bench::bench',
  'cas.authn.attribute-repository.stub.attributes.cn': 'Bench User',
  'cas.authn.attribute-repository.stub.attributes.mail': 'bench@example.org',
  // Tickets are used by hundreds at a time here; the seconds they live are not the question.
  'cas.ticket.st.time-to-kill-in-seconds': 600,
  'castellan.ticket-registry.store': 'lmdb',
}
