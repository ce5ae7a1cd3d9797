import { pathToFileURL } from 'node:url'
import { within } from '../../../../base/deadline.ts'
import { resourceAt } from '../../../../base/resource.ts'
import { StartRefusal } from '../../../../base/start-refusal.ts'
import type { BuiltInSource, InterruptSource, SourceKind, SourceParts } from '../source.ts'

const SETTING = 'castellan.interrupt.plugins'

/** `castellan.interrupt.plugins`: sources of the operator, run in the server's own process (interrupt.md 9.5). */
export const pluginSources: SourceKind = {
  name: 'plugins',
  open: (parts) => Promise.all(parts.settings.castellan.interrupt.plugins.map((location) => load(location, parts))),
}

async function load(location: string, { settings, configurationDirectory, log }: SourceParts): Promise<BuiltInSource> {
  const resource = resourceAt(location, configurationDirectory)
  if (resource.kind === 'web') throw new StartRefusal(`must be files, not ${location}`, { setting: SETTING })
  let source: unknown
  try {
    const loaded = (await import(pathToFileURL(resource.path).href)) as { readonly default?: unknown }
    source = typeof loaded.default === 'function' ? await loaded.default({ log, configurationDirectory }) : loaded.default
  } catch (cause) {
    throw new StartRefusal(`${location} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, {
      setting: SETTING,
      cause,
    })
  }
  if (!isSource(source)) {
    throw new StartRefusal(`${location} must export, as default, an object with "name" and "inquire", or a function that returns one`, {
      setting: SETTING,
    })
  }
  const plugin = source
  return {
    name: plugin.name,
    ...(plugin.order === undefined ? {} : { order: plugin.order }),
    inquire: (inquiry) => within(settings.castellan.interrupt.script.timeout * 1000, async () => plugin.inquire(inquiry)),
    close: async () => plugin.close?.(),
  }
}

function isSource(value: unknown): value is InterruptSource {
  if (typeof value !== 'object' || value === null) return false
  const { name, inquire, order } = value as Partial<Record<keyof InterruptSource, unknown>>
  return (
    typeof name === 'string' &&
    /^[\w.-]{1,50}$/.test(name) &&
    typeof inquire === 'function' &&
    (order === undefined || typeof order === 'number')
  )
}
