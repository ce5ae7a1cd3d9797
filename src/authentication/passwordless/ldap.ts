import type { Log } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { openDirectory, userFilter } from '../ldap/directory.ts'
import type { AccountSource } from './account.ts'
import type { PasswordlessConfig } from './config.ts'

const SETTING = 'cas.authn.passwordless.accounts.ldap'

/** `cas.authn.passwordless.accounts.ldap`: the entry of the user in a directory. @throws {StartRefusal} */
export function ldap(
  { cas }: PasswordlessConfig,
  { configurationDirectory, log }: { readonly configurationDirectory: string; readonly log: Log },
  atTheEnd: (close: () => Promise<void>) => void,
): AccountSource | undefined {
  const settings = cas.authn.passwordless.accounts.ldap
  if (settings.ldapUrl.trim() === '') return undefined
  const { searchFilter, subtreeSearch } = settings
  if (!/\{(user|username|0)\}/.test(searchFilter))
    throw new StartRefusal('must have the name of the user in it: uid={user}', { setting: `${SETTING}.search-filter` })
  const bases = settings.baseDn.split('|').map((base) => base.trim())
  const directory = openDirectory(settings, { name: SETTING, configurationDirectory, log })
  atTheEnd(() => directory.close())
  return {
    name: 'ldap',
    async find(username) {
      const filter = userFilter(searchFilter, username)
      for (const base of bases) {
        const [entry, other] = await directory.search({ base, subtree: subtreeSearch, filter, attributes: [], atMost: 2 })
        if (other) throw new Error('the search filter takes more than one entry')
        if (!entry) continue
        const byName = new Map(Object.entries(entry.attributes).map(([name, values]) => [name.toLowerCase(), values]))
        const valuesOf = (name: string) => (name.trim() === '' ? [] : (byName.get(name.trim().toLowerCase()) ?? [])).map(String)
        const first = (name: string) => valuesOf(name)[0]?.trim() ?? ''
        const { requiredAttribute, requiredAttributeValue } = settings
        if (requiredAttribute.trim() !== '') {
          const values = valuesOf(requiredAttribute)
          if (values.length === 0 || (requiredAttributeValue !== '' && !values.includes(requiredAttributeValue))) return undefined
        }
        return {
          username: first(settings.usernameAttribute) || username,
          email: first(settings.emailAttribute),
          phone: first(settings.phoneAttribute),
          // What applications get is decided by the sources of attributes.
          attributes: first(settings.nameAttribute) === '' ? {} : { name: [first(settings.nameAttribute)] },
          requestPassword: /^true$/i.test(first(settings.requestPasswordAttribute)),
          multifactorEligible: undefined,
        }
      }
      return undefined
    },
  }
}
