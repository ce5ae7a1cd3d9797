import { isObject, objectOf, textOf } from '../definitions/members.ts'
import { patternOf } from '../definitions/pattern.ts'
import type { Released, ReleasePolicyPlug } from './release-policy.ts'

/** Values in which a pattern is found, rewritten with its groups: `${1}` in `transform`. Other values are dropped. */
export const patternMatching = {
  type: 'PatternMatchingAttributeReleasePolicy',
  build(members, { report }) {
    const rules = Object.entries(objectOf(members, 'allowedAttributes') ?? {}).flatMap(([name, rule]) => {
      if (name === '@class' || !isObject(rule)) return []
      const pattern = patternOf(textOf(rule, 'pattern') ?? '', { match: 'find', ignoreCase: true }, report, 'pattern')
      return pattern ? [{ name, pattern, transform: textOf(rule, 'transform') }] : []
    })
    return (available) => {
      const released: Released = new Map()
      for (const { name, pattern, transform } of rules) {
        const values = (available.get(name) ?? []).flatMap((value) => {
          const groups = pattern.exec(String(value))
          if (!groups) return []
          return [transform?.replace(/\$\{(\d{1,3})\}/g, (_, index: string) => groups[Number(index)] ?? '') ?? groups[0] ?? '']
        })
        if (values.length > 0) released.set(name, values)
      }
      return released
    }
  },
} satisfies ReleasePolicyPlug
