import type { Log } from '../../base/log.ts'
import type { OutgoingRequests } from '../../base/outgoing-request.ts'
import type { Attributes, AttributeValue } from '../../services/index.ts'

/** What sources that ask somebody else need besides their settings. */
export interface SourceParts {
  readonly configurationDirectory: string
  readonly log: Log
  readonly requests: () => OutgoingRequests
  /** Told of what has to be closed at the end. */
  readonly atTheEnd: (close: () => Promise<void>) => void
}

/** Attributes under the names of a mapping, those that are not in it left out; an empty mapping leaves all as they are. Names compare without case. */
export function renamed(attributes: Attributes, mapping: Readonly<Record<string, readonly string[]>>): Attributes {
  const wanted = Object.entries(mapping)
  if (wanted.length === 0) return attributes
  const byName = new Map(Object.entries(attributes).map(([name, values]) => [name.toLowerCase(), values]))
  const found: [string, readonly AttributeValue[]][] = []
  for (const [name, targets] of wanted) {
    const values = byName.get(name.toLowerCase())
    if (values) for (const target of targets.length > 0 ? targets : [name]) found.push([target, values])
  }
  return Object.fromEntries(found)
}
