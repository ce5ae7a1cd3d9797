import { textOf } from '../definitions/members.ts'
import type { UsernameProviderPlug } from './username-provider.ts'

/** The same name for every user. */
export const constant = {
  type: 'StaticRegisteredServiceUsernameProvider',
  build(members, { report }) {
    const value = textOf(members, 'value')
    if (value === undefined) {
      report('error', 'the static user name has no value; the application is closed', 'value')
      return undefined
    }
    return { usernameFor: () => value }
  },
} satisfies UsernameProviderPlug
