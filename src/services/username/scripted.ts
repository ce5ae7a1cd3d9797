import { asJson } from '../access/attribute-rules.ts'
import { textOf } from '../definitions/members.ts'
import type { UsernameProviderPlug } from './username-provider.ts'

const PARAMETERS = ['attributes', 'id', 'service', 'logger']

/** A script gives the name: `run(attributes, id, service, logger)` (services.md 13). When it fails nobody is told another name. */
const provider = (type: string, member: string): UsernameProviderPlug => ({
  type,
  build(members, { scripts, report, warn }) {
    const script = scripts.open(textOf(members, member) ?? '', { member, parameters: PARAMETERS }, report)
    if (!script) return undefined
    return {
      async usernameFor({ principal, reference }) {
        try {
          const name = await script.call({ attributes: asJson(principal.attributes), id: principal.id, service: { ...reference } })
          if (typeof name === 'string' && name.trim() !== '') return name
          throw new TypeError('its answer is no text')
        } catch (error) {
          warn(`the script for the user name failed: ${(error as Error).message}`, 'error')
          throw error
        }
      },
    }
  },
})

export const groovyProvider = provider('GroovyRegisteredServiceUsernameProvider', 'groovyScript')
export const scriptedProvider = provider('ScriptedRegisteredServiceUsernameProvider', 'script')
