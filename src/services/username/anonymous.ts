import { createHash, randomBytes } from 'node:crypto'
import { classOf, objectOf, textOf } from '../definitions/members.ts'
import type { UsernameProviderPlug } from './username-provider.ts'

const GENERATORS: readonly string[] = ['ShibbolethCompatiblePersistentIdGenerator', 'OidcPairwisePersistentIdGenerator']

/** An opaque id that differs from application to application: base64(SHA-1(service ! principal ! salt)), as the Shibboleth-compatible generator of CAS. */
export const anonymous = {
  type: 'AnonymousRegisteredServiceUsernameAttributeProvider',
  build(members, { report }) {
    const generator = objectOf(members, 'persistentIdGenerator')
    if (generator && !GENERATORS.includes(classOf(generator))) {
      report('error', `the id generator ${classOf(generator)} is not built here; the application is closed`, 'persistentIdGenerator')
      return undefined
    }
    const given = generator && textOf(generator, 'salt')
    if (given === undefined)
      report('warning', 'the persistentIdGenerator has no salt; the ids change at every start', 'persistentIdGenerator')
    const salt = (given ?? randomBytes(16).toString('base64')).replace(/[\r\n]/g, ' ')
    const attribute = generator && textOf(generator, 'attribute')
    return {
      usernameFor({ principal, reference }) {
        const id = (attribute === undefined ? undefined : principal.attributes[attribute]?.[0]) ?? principal.id
        return createHash('sha1').update(`${reference.id}!${id}!${salt}`, 'utf8').digest('base64')
      },
    }
  },
} satisfies UsernameProviderPlug
