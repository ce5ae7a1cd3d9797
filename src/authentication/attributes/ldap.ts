import { StartRefusal } from '../../base/start-refusal.ts'
import type { AttributeSource } from '../attribute-source.ts'
import type { AuthenticationConfig } from '../config.ts'
import { openDirectory, userFilter } from '../ldap/directory.ts'
import { renamed, type SourceParts } from './source-parts.ts'

const MOST_ENTRIES = 100

type Settings = AuthenticationConfig['cas']['authn']['attributeRepository']['ldap'][number]

/**
 * `cas.authn.attribute-repository.ldap[i]`: the entry of the user in a directory.
 *
 * @throws {StartRefusal}
 */
export function ldap(
  settings: Settings,
  index: number,
  { configurationDirectory, log, atTheEnd }: SourceParts,
): AttributeSource | undefined {
  if (settings.ldapUrl.trim() === '') return undefined
  const name = `cas.authn.attribute-repository.ldap[${index}]`
  const { searchFilter, subtreeSearch } = settings
  if (!/\{(user|username|0)\}/.test(searchFilter))
    throw new StartRefusal('must have the name of the user in it: uid={user}', { setting: `${name}.search-filter` })
  const bases = settings.baseDn.split('|').map((base) => base.trim())
  const directory = openDirectory(settings, { name, configurationDirectory, log })
  atTheEnd(() => directory.close())
  const wanted = Object.keys(settings.attributes)
  return {
    id: settings.id || `ldap${index}`,
    order: settings.order,
    state: settings.state,
    async attributesOf(username) {
      const filter = userFilter(searchFilter, username)
      for (const base of bases) {
        const found = await directory.search({
          base,
          subtree: subtreeSearch,
          filter,
          attributes: wanted,
          atMost: settings.allowMultipleEntries ? MOST_ENTRIES : 2,
        })
        const [entry, other] = found
        if (other && !settings.allowMultipleEntries) throw new Error('the search filter takes more than one entry')
        if (entry) return renamed(entry.attributes, settings.attributes)
      }
      return undefined
    },
  }
}
