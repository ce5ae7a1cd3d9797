import { readFileSync } from 'node:fs'
import { breath } from '../../base/breath.ts'
import { withoutJavaTypes } from '../../base/java-typed.ts'
import type { Log } from '../../base/log.ts'
import { formatOf } from '../definitions/definition-text.ts'
import { isObject } from '../definitions/members.ts'
import { parseApart } from '../definitions/parse-apart.ts'
import type { RegisteredService } from '../registered-service.ts'
import type { ImportEntry } from '../services.ts'
import { MAX_FILE_BYTES } from './json/definition-file.ts'
import type { Location } from './json/location.ts'
import { scan } from './json/scan.ts'

/**
 * The definitions of JSON files that another store has not yet: none of the same id, and none of the same name or `serviceId` (services.md 2,
 * `init-from-json`). What cannot be read is left out with a warning.
 */
export async function definitionsToSeed(
  locations: readonly Location[],
  stored: readonly RegisteredService[],
  log: Log,
): Promise<readonly ImportEntry[]> {
  const pause = breath()
  const known = {
    id: new Set(stored.map(({ id }) => id)),
    name: new Set<unknown>(stored.map(({ name }) => name)),
    serviceId: new Set<unknown>(stored.map(({ serviceId }) => serviceId)),
  }
  const entries: ImportEntry[] = []
  for (const { path } of locations) {
    for (const file of (await scan(path, pause)).files) {
      if (file.stamp.size > MAX_FILE_BYTES) continue
      const text = readFileSync(file.path, 'utf8')
      const parsed = await parseApart(text, formatOf(file.path))
      const definition = parsed.kind === 'ok' ? withoutJavaTypes(parsed.value) : undefined
      if (!isObject(definition) || !('@class' in definition)) {
        log.warn({ file: file.path }, `${file.path} is no definition that the store could be seeded with.`)
        continue
      }
      const has =
        known.id.has(String(definition['id'])) || known.name.has(definition['name']) || known.serviceId.has(definition['serviceId'])
      if (has) log.info({ file: file.path }, `Skipping ${file.path}, a matching service is found in the registry.`)
      else entries.push({ name: file.path, text, format: formatOf(file.path) })
      if (pause.due()) await pause.take()
    }
  }
  return entries
}
