import type { SourceKind } from '../source.ts'
import { announcementsSource } from './announcements.ts'
import { jsonSource } from './json.ts'
import { pluginSources } from './plugins.ts'
import { regexSource } from './regex.ts'
import { restSource } from './rest.ts'
import { scriptSource } from './script.ts'

/** Every kind of source, in the order in which they are asked unless one has an `order` (interrupt.md 9.6). */
export const sourceKinds: readonly SourceKind[] = [jsonSource, scriptSource, regexSource, restSource, announcementsSource, pluginSources]
