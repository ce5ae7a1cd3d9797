import { compileJavaRegex, type JavaRegex } from '../../../../base/java-regex.ts'
import { StartRefusal } from '../../../../base/start-refusal.ts'
import { attributesOf, type SourceKind } from '../source.ts'

/**
 * `cas.interrupt.regex.*`: users with an attribute whose name and value match as a whole, case-sensitive, get the default payload (interrupt.md 9.2).
 */
export const regexSource: SourceKind = {
  name: 'regex',
  async open({ settings, log }) {
    const { attributeName, attributeValue } = settings.cas.interrupt.regex
    if (!attributeName || !attributeValue) {
      if (attributeName ?? attributeValue) {
        const missing = attributeName ? 'cas.interrupt.regex.attribute-value' : 'cas.interrupt.regex.attribute-name'
        log.warn({ setting: missing }, `${missing} is not set, so nobody is interrupted because of an attribute`)
      }
      return []
    }
    const name = compiled(attributeName, 'cas.interrupt.regex.attribute-name')
    const value = compiled(attributeValue, 'cas.interrupt.regex.attribute-value')
    return [
      {
        name: 'regex',
        inquire(inquiry) {
          for (const [attribute, values] of Object.entries(attributesOf(inquiry))) {
            if (name.test(attribute) && values.some((each) => value.test(String(each)))) return {}
          }
          return undefined
        },
      },
    ]
  },
}

function compiled(pattern: string, setting: string): JavaRegex {
  const regex = compileJavaRegex(pattern, { match: 'full' })
  if (regex.kind === 'invalid') throw new StartRefusal(`is not a usable pattern: ${regex.reason}`, { setting })
  return regex
}
