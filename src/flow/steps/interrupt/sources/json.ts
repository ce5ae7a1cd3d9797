import { parseRelaxedJson } from '../../../../base/relaxed-json.ts'
import { resourceAt } from '../../../../base/resource.ts'
import { watchedAddress } from '../../../../base/watched-address.ts'
import { watchedFile } from '../../../../base/watched-file.ts'
import type { SourceKind } from '../source.ts'

type Entries = ReadonlyMap<string, unknown>

/** `cas.interrupt.json.location`: a file of payloads by principal id, compared exactly (interrupt.md 9.1). */
export const jsonSource: SourceKind = {
  name: 'json',
  async open({ settings, configurationDirectory, clock, log }) {
    const { location } = settings.cas.interrupt.json
    if (!location) return []
    const resource = resourceAt(location, configurationDirectory)
    const parts = { empty: new Map() as Entries, parse: entriesIn, clock, log: log.child({ setting: 'cas.interrupt.json.location' }) }
    const watched =
      resource.kind === 'file'
        ? await watchedFile({ ...parts, path: resource.path })
        : await watchedAddress({ ...parts, url: resource.url })
    return [
      {
        name: 'json',
        inquire: ({ principal }) => watched.current().get(principal.id),
        state: () => ({ entries: watched.current().size, ...watched.state() }),
        close: () => watched.close(),
      },
    ]
  },
}

function entriesIn(text: string): Entries {
  const read = parseRelaxedJson(text)
  if (read.kind === 'broken') throw new Error(`line ${read.line}: ${read.message}`)
  if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value))
    throw new Error('it must be an object of payloads by user')
  return new Map(Object.entries(read.value))
}
