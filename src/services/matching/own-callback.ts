import { type BindContext, bindDefinition } from '../definitions/bind.ts'
import type { LoadedService } from '../definitions/loaded-service.ts'

/** Stands for this server itself where it waits for a login that is for no application, e.g. to connect a device. */
const DEFINITION = {
  '@class': 'org.apereo.cas.services.CasRegisteredService',
  id: '9007199254740991',
  name: 'OAuth callback',
  serviceId: 'internal',
  properties: {
    internalServiceDefinition: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: ['true'] },
    // Who is on the way to no application is asked when it is known which one it will be.
    skipInterrupt: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: ['true'] },
    skipRequiredServiceCheck: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: ['true'] },
  },
}

/**
 * Who is meant by an address at which this server itself waits for the end of a login (oauth.md 5): the OAuth client that its `client_id` names, as if
 * the login were for that application; this server where it names none.
 *
 * @param url The callback without query; `undefined` where there is none.
 * @returns for a URL: the definition, `null` for a client that does not exist, `undefined` when it is another URL.
 */
export function ownCallback(url: string | undefined, context: Omit<BindContext, 'file' | 'report'>) {
  if (url === undefined) return () => undefined
  const internal = bindDefinition(DEFINITION, { ...context, file: 'internal', report: () => {} })
  return (service: string, byClientId: ReadonlyMap<string, LoadedService>): LoadedService | null | undefined => {
    if (!service.startsWith(url)) return undefined
    const rest = service.slice(url.length)
    if (rest !== '' && !rest.startsWith('?')) return undefined
    const clientIds = new URLSearchParams(rest.slice(1)).getAll('client_id')
    if (clientIds.length === 0) return internal
    // Of two, nobody knows which was meant.
    return clientIds.length > 1 ? null : (byClientId.get(clientIds[0] ?? '') ?? null)
  }
}
