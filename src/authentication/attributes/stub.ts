import type { Attributes, AttributeValue } from '../../services/index.ts'
import type { AttributeSource } from '../attribute-source.ts'
import type { AuthenticationConfig } from '../config.ts'

/** `cas.authn.attribute-repository.stub`: the same values for everybody, and the name as `username` (recorded). `true` and `false` become booleans. */
export function stub(settings: AuthenticationConfig['cas']['authn']['attributeRepository']['stub']): AttributeSource | undefined {
  const configured = Object.entries(settings.attributes)
  if (configured.length === 0) return undefined
  const attributes: Attributes = Object.fromEntries(configured.map(([name, values]) => [name, values.map(typed)]))
  return {
    id: settings.id || 'stub',
    order: settings.order,
    state: settings.state,
    attributesOf: async (username) => ({ username: [username], ...attributes }),
  }
}

const typed = (text: string): AttributeValue => (text === 'true' ? true : text === 'false' ? false : text)
