import type { Json } from '../../base/json.ts'
import { asJson } from '../access/attribute-rules.ts'
import { type Members, textOf } from '../definitions/members.ts'
import { ask, readAttributes } from '../scripts/asking.ts'
import type { Script } from '../scripts/scripts.ts'
import type { ReleaseContext, Released, ReleasePolicyPlug, ReleaseWorld, Select } from './release-policy.ts'

const PARAMETERS = ['attributes', 'logger', 'principal', 'registeredService']

/** What a script makes of the attributes; nothing when it fails. */
export function askForAttributes(
  script: Script,
  input: Readonly<Record<string, Json>>,
  { warn }: Pick<ReleaseWorld, 'warn'>,
): Promise<Released> {
  return ask<Released>(script, input, readAttributes, { fallback: new Map(), complain: (message) => warn(message, 'error') })
}

/** A module chooses: `run(attributes, logger, principal, registeredService)` gives names with values (services.md 13). */
const policy = (type: string, member: string): ReleasePolicyPlug => ({
  type,
  build(members: Members, context: ReleaseContext): Select {
    const script = context.scripts.open(textOf(members, member) ?? '', { member, parameters: PARAMETERS }, context.report)
    if (!script) return () => new Map()
    return (available, { principal }) => {
      const attributes = asJson(Object.fromEntries(available.entries()))
      const user = { id: principal.id, attributes: asJson(principal.attributes) }
      return askForAttributes(script, { attributes, principal: user, registeredService: context.described() }, context)
    }
  },
})

export const groovyScript = policy('GroovyScriptAttributeReleasePolicy', 'groovyScript')
/** The same under the name of CAS 6. */
export const scriptFile = policy('ScriptedRegisteredServiceAttributeReleasePolicy', 'scriptFile')
