import type { Attributes } from '../../services/index.ts'
import type { AttributeSource } from '../attribute-source.ts'
import { cachedFile } from '../cached-file.ts'
import type { AuthenticationConfig } from '../config.ts'
import { readAttributes } from '../json-account.ts'
import { fileOf } from '../location.ts'
import { parseUserMap } from '../typed-json.ts'

/** `cas.authn.attribute-repository.json[i]`: a file that maps user names to attributes; looked at on each login, read when it has changed. */
export function json(
  settings: AuthenticationConfig['cas']['authn']['attributeRepository']['json'][number],
  index: number,
  configurationDirectory: string,
): AttributeSource | undefined {
  if (settings.location === '') return undefined
  const read = cachedFile(
    fileOf(settings.location, configurationDirectory, `cas.authn.attribute-repository.json[${index}].location`),
    (text): ReadonlyMap<string, Attributes | undefined> => {
      return new Map(parseUserMap(text).map(([name, written]) => [name, readAttributes(written)]))
    },
  )
  return {
    id: settings.id || `json${index}`,
    order: settings.order,
    state: settings.state,
    async attributesOf(username) {
      const state = await read()
      if (state.kind === 'unreadable') throw new Error(state.reason)
      if (!state.value.has(username)) return undefined
      const attributes = state.value.get(username)
      if (!attributes) throw new Error('the attributes of this user are no map from name to values')
      return { username: [username], ...attributes }
    },
  }
}
