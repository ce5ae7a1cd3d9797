import { choiceOf, classOf, flagOf, type Members, textOf } from '../definitions/members.ts'
import { patternOf } from '../definitions/pattern.ts'
import { anonymous } from './anonymous.ts'
import { constant } from './constant.ts'
import { principalAttribute } from './principal-attribute.ts'
import { principalId } from './principal-id.ts'
import { groovyProvider, scriptedProvider } from './scripted.ts'
import type { UsernameContext, UsernameProvider, UsernameProviderPlug } from './username-provider.ts'

export type { UsernameProvider } from './username-provider.ts'

/** Every class of user-name provider that is built. Any other that the vocabulary knows closes the application. */
export const usernameProviders: readonly UsernameProviderPlug[] = [
  principalId,
  principalAttribute,
  anonymous,
  constant,
  groovyProvider,
  scriptedProvider,
]

const byType = new Map(usernameProviders.map((plug) => [plug.type, plug]))
const plain: UsernameProvider = { usernameFor: ({ principal }) => principal.id }

/**
 * Makes the provider of a definition (services.md 12.4); `members` has been checked against the vocabulary.
 *
 * @returns `undefined` when the user's name cannot be made as the definition wants it: then nobody is let in.
 */
export function usernameProviderOf(members: Members | undefined, context: UsernameContext): UsernameProvider | undefined {
  if (members === undefined) return plain
  const plug = byType.get(classOf(members))
  if (!plug) {
    const message = `the user name provider ${classOf(members)} is not built here; the application is closed`
    context.report('error', message, 'usernameAttributeProvider')
    return undefined
  }
  const encrypt = flagOf(members, 'encryptUsername', false) ? context.encryption() : 'no'
  if (!encrypt) return undefined
  const provider = plug.build(members, context)
  const removeText = textOf(members, 'removePattern')
  const remove = removeText === undefined ? undefined : patternOf(removeText, { match: 'find' }, context.report, 'removePattern')
  const scope = textOf(members, 'scope')
  const mode = choiceOf(members, 'canonicalizationMode', ['NONE', 'UPPER', 'LOWER'], 'NONE')
  if (!provider || (!remove && scope === undefined && mode === 'NONE' && encrypt === 'no')) return provider
  return {
    async usernameFor(request) {
      let name = await provider.usernameFor(request)
      if (remove) name = remove.replaceAll(name, () => '')
      if (scope !== undefined) name = `${name}@${scope}`
      const complete = mode === 'UPPER' ? name.toUpperCase() : mode === 'LOWER' ? name.toLowerCase() : name
      if (encrypt === 'no') return complete
      const encrypted = encrypt(complete)
      // The plain name must not go out in its place.
      if (encrypted === undefined) throw new Error('the user name is too long for the publicKey of the definition')
      return encrypted
    },
  }
}
