import type { Json } from '../../base/json.ts'
import type { Explanation } from '../../config/index.ts'
import type { ManagementConfig } from '../config.ts'
import { type Endpoint, notFound, springJson } from '../endpoint.ts'
import { visibleTo } from '../showing.ts'
import type { EnvEndpointParts } from './env.ts'

const MASK = '******'

/** Several settings of one prefix, as Spring calls what it binds. */
interface Bean {
  readonly prefix: string
  readonly properties: Tree
  /** Where each value comes from, in the same shape. */
  readonly inputs: Tree
}
interface Tree {
  [name: string]: Json | Tree
}

/**
 * `configprops`: every setting of this server with the value in force, by prefix (configuration.md 14.3, 14.4): kebab-case, as one would write it. Values are
 * masked unless `show-values` says otherwise.
 */
export function configpropsEndpoint({ settings, configuration }: EnvEndpointParts): Endpoint {
  const { showValues, roles } = settings.management.endpoint.configprops satisfies ManagementConfig['management']['endpoint']['env']
  const isVisible = visibleTo(roles)
  const answer = (beans: readonly Bean[]): Json => ({
    contexts: { castellan: { beans: Object.fromEntries(beans.map((bean) => [bean.prefix, bean as unknown as Json])) } },
  })
  return {
    id: 'configprops',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        handle(call) {
          const shown = isVisible(call, showValues)
          const byRoot = Map.groupBy(configuration.bound(), ({ key }) => key.split('.')[0] ?? '')
          return springJson(call, answer([...byRoot].map(([prefix, all]) => beanOf(prefix, all, shown))))
        },
      },
      {
        method: 'GET',
        path: '/:prefix{.+}',
        statuses: [200, 404],
        handle(call) {
          const prefix = (call.req.param('prefix') ?? '').toLowerCase()
          const below = configuration
            .bound()
            .filter(({ key }) => key === prefix || key.startsWith(`${prefix}.`) || key.startsWith(`${prefix}[`))
          if (below.length === 0) throw notFound()
          return springJson(call, answer([beanOf(prefix, below, isVisible(call, showValues))]))
        },
      },
    ],
  }
}

function beanOf(prefix: string, settings: readonly Explanation[], shown: boolean): Bean {
  const properties: Tree = Object.create(null)
  const inputs: Tree = Object.create(null)
  for (const { key, value, origin } of settings) {
    const path = elementsOf(key.slice(prefix.length))
    plant(properties, path, shown ? value : MASK)
    plant(inputs, path, { value: shown ? value : MASK, origin })
  }
  return { prefix, properties, inputs }
}

/** `.ldap[0].bind-dn` → `ldap`, `0`, `bind-dn`; the setting itself is called by nothing. */
function elementsOf(rest: string): readonly string[] {
  const found = [...rest.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, bracketed, plain]) => bracketed ?? plain ?? '')
  return found.length === 0 ? [''] : found
}

function plant(tree: Tree, path: readonly string[], value: Json): void {
  let at = tree
  for (const name of path.slice(0, -1)) {
    // A map key may be the beginning of another.
    const next = at[name]
    if (typeof next !== 'object' || next === null) at[name] = Object.create(null)
    at = at[name] as Tree
  }
  at[path.at(-1) ?? ''] = value
}
