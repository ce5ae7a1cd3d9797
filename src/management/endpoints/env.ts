import type { Json } from '../../base/json.ts'
import type { Explanation, PropertySource, SourceValue } from '../../config/index.ts'
import type { Call } from '../../http/index.ts'
import type { ManagementConfig } from '../config.ts'
import { type Endpoint, notFound, springJson } from '../endpoint.ts'
import { visibleTo } from '../showing.ts'

/** What the endpoints about settings are told of them; the values of secrets come masked already. */
export interface ConfigurationDoor {
  readonly profiles: readonly string[]
  readonly sourceNames: readonly string[]
  explain(key: string): Explanation | undefined
  sourcesOf(key: string): readonly SourceValue[]
  propertySources(): readonly PropertySource[]
  bound(): readonly Explanation[]
}

export interface EnvEndpointParts {
  readonly settings: ManagementConfig
  readonly configuration: ConfigurationDoor
}

const MASK = '******'

/**
 * `env`: every source of settings with what stands in it, the winner first, and one setting with all sources that have it (configuration.md 2.1). Values are
 * masked unless `show-values` says otherwise (14.4).
 */
export function envEndpoint({ settings, configuration }: EnvEndpointParts): Endpoint {
  const { showValues, roles } = settings.management.endpoint.env
  const isVisible = visibleTo(roles)
  const shownTo = (call: Call) => (isVisible(call, showValues) ? (value: string) => value : () => MASK)
  const defaultProfiles = (configuration.explain('spring.profiles.default')?.value ?? '').split(',')
  const environment = { activeProfiles: configuration.profiles, defaultProfiles }

  return {
    id: 'env',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        handle(call) {
          const shown = shownTo(call)
          const propertySources = configuration.propertySources().map(({ name, properties }) => ({
            name,
            // Of two lines with one key the first stands for both: it counts.
            properties: Object.fromEntries(
              properties.toReversed().map(({ key, place, value }) => [key, { value: shown(value), origin: place }] as const),
            ),
          }))
          return springJson(call, { ...environment, propertySources })
        },
      },
      {
        method: 'GET',
        path: '/:key{.+}',
        statuses: [200, 404],
        handle(call) {
          const key = call.req.param('key') ?? ''
          const found = valuesOf(configuration, key)
          if (!found) throw notFound()
          const shown = shownTo(call)
          const propertySources: Json = configuration.sourceNames.map((name) => {
            const mine = found.sources.find(({ source }) => source === name)
            return { name, ...(mine ? { property: { value: shown(mine.value), origin: mine.place } } : {}) }
          })
          return springJson(call, { property: { source: found.source, value: shown(found.value) }, ...environment, propertySources })
        },
      },
    ],
  }
}

/** The value in force and every source that has the key; `undefined` where nobody has set it, as in Spring. */
function valuesOf({ explain, sourcesOf }: ConfigurationDoor, key: string) {
  const [winner, ...others] = sourcesOf(key)
  if (winner) {
    const explanation = explain(key)
    // One element of a list is explained as the whole list.
    const value = explanation && !/\[\d+\]$/.test(key) ? explanation.value : winner.value
    return { source: winner.source, value, sources: [winner, ...others] }
  }
  const explanation = explain(key)
  const [first] = explanation?.sources ?? []
  if (!explanation || !first) return undefined
  return { source: first.source, value: explanation.value, sources: explanation.sources }
}
