import type { Json } from '../../base/json.ts'
import { everySetting, type LoadedConfiguration, placeOfKey, searchSettings } from '../../config/index.ts'
import { type Endpoint, json } from '../endpoint.ts'

export interface ConfigurationMetadataParts {
  readonly configuration: Pick<LoadedConfiguration, 'problems'>
}

/**
 * `configurationMetadata`: every setting that there is, by its name; `/{term}` those whose name or description fits a pattern, `[]` when none does. With
 * `?status=unknown` the keys of this server's files that nobody knows (configuration.md 7.3, 8). Values are not shown.
 */
export function configurationMetadataEndpoint({ configuration }: ConfigurationMetadataParts): Endpoint {
  const unknown = (): Json =>
    configuration.problems
      .filter(({ kind }) => kind === 'unknown')
      .map(({ key = '', origin, suggestion = null }) => ({ name: key, origin: origin ? placeOfKey(origin) : null, suggestion }))
  return {
    id: 'configurationMetadata',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        handle: (call) =>
          json(call.req.query('status') === 'unknown' ? unknown() : Object.fromEntries(everySetting().map((one) => [one.id, { ...one }]))),
      },
      {
        method: 'GET',
        path: '/:term',
        statuses: [200],
        handle: (call) => json(searchSettings(everySetting(), call.req.param('term') ?? '').map((one) => ({ ...one }))),
      },
    ],
  }
}
