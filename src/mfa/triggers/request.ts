import type { Inquiry } from '../provider.ts'
import type { TriggerKind } from './trigger.ts'

/** `authn_method` of the request, header before parameter (authentication.md 13.1). An application can so ask for more than its definition does. */
export const requestTrigger: TriggerKind = () => ({
  name: 'request',
  ask({ requested }) {
    const [first] = requested
    return first === undefined ? undefined : { kind: 'providers', ids: [first], all: true }
  },
})

/** `acr_values` of an OAuth request, which the address of the callback carries. They are wishes: those that name no provider are passed over. */
export const acrTrigger: TriggerKind = ({ providers }) => ({
  name: 'acr_values',
  ask(inquiry) {
    const ids = acrValues(inquiry).filter((value) => providers.some(({ id }) => id === value))
    return ids.length > 0 ? { kind: 'providers', ids, all: false } : undefined
  },
})

function acrValues({ registeredService, service }: Inquiry): readonly string[] {
  if (!service || (registeredService?.protocol !== 'oauth' && registeredService?.protocol !== 'oidc')) return []
  const parameters = URL.parse(service.originalUrl)?.searchParams.getAll('acr_values') ?? []
  return parameters.flatMap((value) => value.split(/[\s,]+/)).filter((value) => value !== '')
}
