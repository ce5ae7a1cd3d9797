import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import { compactDefinition, type PastVersion, type RegisteredService, type Services } from '../../services/index.ts'
import { type Endpoint, json, notFound } from '../endpoint.ts'

export interface EntityHistoryParts {
  readonly services: Pick<Services, 'byId' | 'pastVersions'>
}

interface Version {
  readonly version: number
  readonly when: string
  readonly who: string
  readonly source: string
  /** Absent: the definition was deleted. */
  readonly definition: Readonly<Record<string, Json>> | null
  readonly diff: readonly Difference[]
}

/** An operation of RFC 6902, with the value that was there before. */
interface Difference {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path: string
  readonly value?: Json
  readonly old?: Json
}

/** Versions of a definition, newest first, and what changed from one to the next (configuration.md 14.6, 17.3; the shape is our own). */
export function entityHistoryEndpoint({ services }: EntityHistoryParts): Endpoint {
  const versionsOf = async (call: Call): Promise<readonly Version[]> => {
    const id = call.req.param('id') ?? ''
    const versions = versionsFrom(await services.pastVersions(id), services.byId(id))
    if (versions.length === 0) throw notFound()
    return versions.toReversed()
  }
  return {
    id: 'entityHistory',
    routes: [
      {
        method: 'GET',
        path: '/registeredServices/:id',
        statuses: [200],
        handle: async (call) => json((await versionsOf(call)) as unknown as Json),
      },
      {
        method: 'GET',
        path: '/registeredServices/:id/changelog',
        statuses: [200],
        handle: async (call) =>
          new Response((await versionsOf(call)).map(asText).join('\n'), { headers: { 'Content-Type': 'text/plain; charset=utf-8' } }),
      },
    ],
  }
}

/** What ended a version began the next one. */
function versionsFrom(past: readonly PastVersion[], now: RegisteredService | undefined): readonly Version[] {
  const versions: Version[] = []
  const push = (definition: Version['definition'], began: { readonly who: string; readonly source: string; readonly atMs: number }) => {
    const before = versions.at(-1)?.definition ?? null
    const diff = versions.length === 0 || before === null || definition === null ? [] : differences(before, definition, '')
    versions.push({
      version: versions.length + 1,
      when: new Date(began.atMs).toISOString(),
      who: began.who,
      source: began.source,
      definition,
      diff,
    })
  }
  let began: PastVersion['ended'] | undefined
  for (const { definition, sinceMs, ended } of past) {
    push(definition, began && began.by !== 'deleted' ? began : { who: 'unknown', source: 'file', atMs: sinceMs })
    if (ended.by === 'deleted') push(null, ended)
    began = ended
  }
  if (now && began?.by !== 'deleted') {
    const definition = JSON.parse(compactDefinition(now)) as Readonly<Record<string, Json>>
    if (began) push(definition, began)
  }
  return versions
}

const isMap = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function differences(old: Readonly<Record<string, Json>>, now: Readonly<Record<string, Json>>, path: string): Difference[] {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  return names.flatMap((name): Difference[] => {
    const [before, after] = [old[name], now[name]]
    const at = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (before === undefined) return [{ op: 'add', path: at, value: after ?? null }]
    if (after === undefined) return [{ op: 'remove', path: at, old: before }]
    if (isMap(before) && isMap(after)) return differences(before, after, at)
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ op: 'replace', path: at, value: after, old: before }]
  })
}

function asText({ version, when, who, source, definition, diff }: Version): string {
  const lines = diff.map(({ op, path, value, old }) => {
    const from = old === undefined ? '' : ` ${JSON.stringify(old)}`
    return `  ${op} ${path}${from}${value === undefined ? '' : ` -> ${JSON.stringify(value)}`}`
  })
  return [`Version ${version}, ${when}, by ${who} (${source})${definition === null ? ': deleted' : ''}`, ...lines, ''].join('\n')
}
