import { type Entry, entry, type Source } from '../source.ts'

const JAVA_VARIABLES = ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', 'JVM_EXTRA_OPTS', 'JAVA_OPTS'] as const

/**
 * `-Dkey=value` of our own command line, and the same found in the variables that container definitions written for Java fill
 * (configuration.md 2.1). Ours win.
 */
export function systemProperties(ours: readonly Entry[], env: Readonly<Record<string, string | undefined>>): Source {
  const entries: Entry[] = []
  for (const variable of JAVA_VARIABLES) {
    for (const word of words(env[variable] ?? '')) {
      const match = /^-D([^=]+)=?(.*)$/s.exec(word)
      const one = match && entry(match[1] ?? '', match[2] ?? '', { source: 'systemProperties', label: `environment variable ${variable}` })
      if (one) entries.push(one)
    }
  }
  return { name: 'systemProperties', kind: 'system-properties', entries: [...entries, ...ours] }
}

/** Splits like a shell would: blanks separate, quotes hold together, nothing else is special. */
function words(text: string): readonly string[] {
  const found: string[] = []
  let word: string | undefined
  let quote = ''
  for (const character of text) {
    if (quote !== '') {
      if (character === quote) quote = ''
      else word += character
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (/\s/.test(character)) {
      if (word !== undefined) found.push(word)
      word = undefined
    } else word = (word ?? '') + character
  }
  if (word !== undefined) found.push(word)
  return found
}
