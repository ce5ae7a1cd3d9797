import { asJson } from '../access/attribute-rules.ts'
import { type Members, objectOf, textList } from '../definitions/members.ts'
import { isScript } from '../definitions/pattern.ts'
import { ask, readValues } from '../scripts/asking.ts'
import type { Script } from '../scripts/scripts.ts'
import { type AvailableAttributes, put, type ReleaseContext, type Released, type ReleaseRequest } from './release-policy.ts'

/** Puts what is available under other names. */
export type Mapping = (available: AvailableAttributes, request: ReleaseRequest) => Promise<Released>

const PARAMETERS = ['attributes', 'logger', 'principal', 'registeredService']

/**
 * Reads `allowedAttributes` as a map from source to target: a name, several names, or a script, whose answer is the values under the name of the source
 * (services.md 12.1). What the user does not have is not released; a script is asked all the same.
 */
export function mappingOf(members: Members, context: ReleaseContext): Mapping {
  const { scripts, report, warn, described } = context
  const names: [source: string, targets: readonly string[]][] = []
  const scripted: [name: string, script: Script][] = []
  for (const [source, target] of Object.entries(objectOf(members, 'allowedAttributes') ?? {})) {
    if (source === '@class') continue
    const targets = textList(target, 'allowedAttributes')
    for (const text of targets.filter(isScript)) {
      const script = scripts.open(text, { member: source, parameters: PARAMETERS }, report)
      if (script) scripted.push([source, script])
    }
    names.push([source, targets.filter((name) => name.trim() !== '' && !isScript(name))])
  }
  return async (available, { principal }) => {
    const released: Released = new Map()
    for (const [source, targets] of names) {
      const values = available.get(source)
      if (values) for (const target of targets) put(released, target, values)
    }
    for (const [name, script] of scripted) {
      const attributes = asJson(Object.fromEntries(available.entries()))
      const input = {
        attributes,
        principal: { id: principal.id, attributes: asJson(principal.attributes) },
        registeredService: described(),
      }
      const values = await ask(script, input, readValues, { fallback: [], complain: (message) => warn(`"${name}": ${message}`, 'error') })
      if (values.length > 0) put(released, name, values)
    }
    return released
  }
}
