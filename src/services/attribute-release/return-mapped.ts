import { objectOf, textList } from '../definitions/members.ts'
import { isScript } from '../definitions/pattern.ts'
import { put, type Released, type ReleasePolicyPlug } from './release-policy.ts'

/** Attributes under other names: source to target, or to several targets. What the user does not have is not released; scripts release nothing. */
export const returnMapped = {
  type: 'ReturnMappedAttributeReleasePolicy',
  build(members, { report }) {
    const mappings: [source: string, targets: readonly string[]][] = []
    for (const [source, target] of Object.entries(objectOf(members, 'allowedAttributes') ?? {})) {
      if (source === '@class') continue
      const targets = textList(target, 'allowedAttributes')
      if (targets.some(isScript)) {
        report('error', `the mapping of "${source}" is a script, which is not run here; the attribute is not released`, source)
        continue
      }
      mappings.push([source, targets.filter((name) => name.trim() !== '')])
    }
    return (available) => {
      const released: Released = new Map()
      for (const [source, targets] of mappings) {
        const values = available.get(source)
        if (values) for (const target of targets) put(released, target, values)
      }
      return released
    }
  },
} satisfies ReleasePolicyPlug
