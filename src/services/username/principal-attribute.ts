import { textOf } from '../definitions/members.ts'
import type { Attributes } from '../principal.ts'
import type { UsernameProviderPlug } from './username-provider.ts'

/** First value of an attribute: of what is released to the application, else of what the user has. Missing: the principal's id, with a warning. */
export const principalAttribute = {
  type: 'PrincipalAttributeRegisteredServiceUsernameProvider',
  build(members, { report, warn }) {
    const name = textOf(members, 'usernameAttribute')
    if (name === undefined)
      report('warning', 'no usernameAttribute is given; the user name is the id of the principal', 'usernameAttribute')
    return {
      async usernameFor({ principal, released }) {
        const value = name === undefined ? undefined : (firstOf(await released(), name) ?? firstOf(principal.attributes, name))
        if (value !== undefined) return value
        if (name !== undefined) warn(`the attribute "${name}" for the user name is missing; the id of the principal is used`)
        return principal.id
      },
    }
  },
} satisfies UsernameProviderPlug

function firstOf(attributes: Attributes, name: string): string | undefined {
  const key = Object.hasOwn(attributes, name) ? name : Object.keys(attributes).find((each) => each.toLowerCase() === name.toLowerCase())
  const value = key === undefined ? undefined : attributes[key]?.[0]
  return value === undefined || value === '' ? undefined : String(value)
}
