import type { JavaRegex } from '../../base/java-regex.ts'
import type { Json } from '../../base/json.ts'
import { asJson } from '../access/attribute-rules.ts'
import type { Report } from '../definitions/check.ts'
import { classOf, flagOf, integerOf, type Members, objectOf, objectsOf, textList, textOf } from '../definitions/members.ts'
import { patternOf } from '../definitions/pattern.ts'
import type { AttributeValue } from '../principal.ts'
import type { Released, ReleaseWorld } from './release-policy.ts'
import { askForAttributes } from './scripted.ts'

/** Looks at the values of what is released (services.md 12.3). */
export interface ValueFilter {
  readonly order: number
  apply(released: Released): Released | Promise<Released>
}

/** Makes the filter of a policy; what is not built releases nothing. */
export function valueFilterOf(members: Members, world: ReleaseWorld): ValueFilter {
  const { report } = world
  const order = integerOf(members, 'order') ?? 0
  switch (classOf(members)) {
    case 'RegisteredServiceRegexAttributeFilter': {
      const pattern = patternOf(textOf(members, 'pattern') ?? '', { match: 'full', ignoreCase: true }, report, 'pattern')
      return { order, apply: eachAttribute((_, values) => values.filter((value) => pattern?.test(String(value)) ?? false)) }
    }
    case 'RegisteredServiceMappedRegexAttributeFilter':
      return {
        order,
        apply: mapped(members, report, (value, patterns) => patterns.some((pattern) => pattern?.test(String(value)) ?? false)),
      }
    case 'RegisteredServiceReverseMappedRegexAttributeFilter':
      // A pattern that cannot be used lets nothing pass, here too.
      return {
        order,
        apply: mapped(members, report, (value, patterns) =>
          patterns.every((pattern) => pattern !== undefined && !pattern.test(String(value))),
        ),
      }
    case 'RegisteredServiceMutantRegexAttributeFilter':
      return { order, apply: mutant(members, report) }
    case 'RegisteredServiceChainingAttributeFilter': {
      const filters = [...objectsOf(members, 'filters'), ...objectsOf(members, 'policies')]
        .map((filter) => valueFilterOf(filter, world))
        .sort((one, other) => one.order - other.order)
      return {
        order,
        async apply(released) {
          let rest = released
          for (const filter of filters) rest = await filter.apply(rest)
          return rest
        },
      }
    }
  }
  if (classOf(members) === 'RegisteredServiceScriptedAttributeFilter') {
    const place = { member: 'script', parameters: ['attributes', 'logger'] }
    const script = world.scripts.open(textOf(members, 'script') ?? '', place, report)
    if (script) return { order, apply: (released) => askForAttributes(script, { attributes: asJson(Object.fromEntries(released)) }, world) }
  }
  report('error', `the attribute filter ${classOf(members)} cannot be used; nothing passes it`, 'attributeFilter')
  return { order, apply: () => new Map() }
}

type Values = readonly AttributeValue[]

/** An attribute without values left is dropped. */
function eachAttribute(keep: (name: string, values: Values) => Values) {
  return (released: Released): Released => {
    const kept: Released = new Map()
    for (const [name, values] of released) {
      const rest = keep(name, values)
      if (rest.length > 0) kept.set(name, rest)
    }
    return kept
  }
}

function patternTexts(members: Members): Map<string, readonly string[]> {
  const map = objectOf(members, 'patterns') ?? {}
  const entries = Object.entries(map).filter(([name]) => name !== '@class')
  return new Map(entries.map(([name, value]: [string, Json]) => [name.toLowerCase(), textList(value, 'patterns')]))
}

function regexOptions(members: Members) {
  return { match: flagOf(members, 'completeMatch', false) ? 'full' : 'find', ignoreCase: flagOf(members, 'caseInsensitive', true) } as const
}

function mapped(members: Members, report: Report, keep: (value: AttributeValue, patterns: readonly (JavaRegex | undefined)[]) => boolean) {
  const options = regexOptions(members)
  const excludeUnmapped = flagOf(members, 'excludeUnmappedAttributes', false)
  const patterns = new Map(
    [...patternTexts(members)].map(([name, texts]) => [name, texts.map((text) => patternOf(text, options, report, 'patterns'))]),
  )
  return eachAttribute((name, values) => {
    const own = patterns.get(name.toLowerCase())
    if (!own) return excludeUnmapped ? [] : values
    return values.filter((value) => keep(value, own))
  })
}

/** Rewrites matching values: `pattern -> replacement` with `$1` for the groups; without an arrow the value passes as it is. */
function mutant(members: Members, report: Report) {
  const options = regexOptions(members)
  const excludeUnmapped = flagOf(members, 'excludeUnmappedAttributes', false)
  const rules = new Map(
    [...patternTexts(members)].map(([name, texts]) => [
      name,
      texts.map((text) => {
        const arrow = text.indexOf('->')
        const pattern = patternOf((arrow < 0 ? text : text.slice(0, arrow)).trim(), options, report, 'patterns')
        return { pattern, replacement: arrow < 0 ? undefined : text.slice(arrow + 2).trim() }
      }),
    ]),
  )
  return eachAttribute((name, values) => {
    const own = rules.get(name.toLowerCase())
    if (!own) return excludeUnmapped ? [] : values
    return own.flatMap(({ pattern, replacement }) =>
      values.flatMap((value) => {
        const text = String(value)
        if (!pattern?.test(text)) return []
        if (replacement === undefined) return [value]
        return [pattern.replaceAll(text, (groups) => replacement.replace(/\$(\d)/g, (_, index: string) => groups[Number(index)] ?? ''))]
      }),
    )
  })
}
