import type { Problem } from '../problem.ts'
import type { Source } from '../source.ts'
import { entriesOf } from './json-tree.ts'

/**
 * `SPRING_APPLICATION_JSON`: one JSON object, nested or with dotted keys (configuration.md 2.1, 9).
 *
 * @param label Where the text came from, for messages.
 */
export function applicationJson(text: string, label: string): { readonly source: Source; readonly problems: readonly Problem[] } {
  const origin = { source: 'spring.application.json', label }
  const found = entriesOfText(text, origin)
  const source = { name: origin.source, kind: 'json' as const, entries: typeof found === 'string' ? [] : found }
  if (typeof found !== 'string') return { source, problems: [] }
  return { source, problems: [{ severity: 'error', kind: 'file', fatal: true, origin, message: `${label} ${found}` }] }
}

function entriesOfText(text: string, origin: { readonly source: string; readonly label: string }): ReturnType<typeof entriesOf> {
  let tree: unknown
  try {
    tree = JSON.parse(text)
  } catch {
    return 'is not valid JSON'
  }
  return entriesOf(tree, origin)
}
