import { existsSync } from 'node:fs'
import { isolatedModule } from '../../../../base/isolated-module.ts'
import type { Json } from '../../../../base/json.ts'
import { programModule } from '../../../../base/program-files.ts'
import { resourceAt } from '../../../../base/resource.ts'
import { StartRefusal } from '../../../../base/start-refusal.ts'
import type { Inquiry, SourceKind } from '../source.ts'
import type { ScriptInput } from './script-context.ts'

const SETTING = 'cas.interrupt.groovy.location'
const CONTEXT = programModule('flow/steps/interrupt/sources/script-context').href

/** `cas.interrupt.groovy.location`: a module in place of CAS's Groovy script, in a thread of its own and with a limit of time (interrupt.md 9.3). */
export const scriptSource: SourceKind = {
  name: 'script',
  async open({ settings, configurationDirectory, log }) {
    const { location } = settings.cas.interrupt.groovy
    if (!location) return []
    const resource = resourceAt(location, configurationDirectory)
    if (resource.kind === 'web') throw new StartRefusal('must be a file', { setting: SETTING })
    const path = scriptPath(resource.path)
    if (path === undefined) {
      const wanted = resource.path.replace(/\.groovy$/i, '.mjs')
      log.error(
        { setting: SETTING, file: resource.path },
        `Groovy cannot be run: write ${wanted} with a default export "async function run(ctx)" that returns a payload or null. Until then this source asks nobody.`,
      )
      return []
    }
    if (!existsSync(path)) log.warn({ setting: SETTING, file: path }, 'the script is missing; it counts as soon as it is there')
    const script = isolatedModule({ module: path, dress: CONTEXT, timeoutMs: settings.castellan.interrupt.script.timeout * 1000, log })
    return [
      {
        name: 'script',
        inquire: (inquiry) => script.call(inputOf(inquiry) as unknown as Json),
        close: () => script.close(),
      },
    ]
  },
}

/** The module at a path; that beside a Groovy script; `undefined` when there is only the Groovy script. */
export function scriptPath(path: string): string | undefined {
  if (!/\.groovy$/i.test(path)) return path
  const stem = path.replace(/\.groovy$/i, '')
  return ['.mjs', '.js', '.ts'].map((ending) => stem + ending).find((candidate) => existsSync(candidate))
}

function inputOf({ principal, authentication, service, registeredService, request }: Inquiry): ScriptInput {
  const credentialType = authentication.attributes['credentialType']?.[0]
  return {
    principal: { id: principal.id, attributes: principal.attributes },
    attributes: { ...principal.attributes, ...authentication.attributes },
    service: service ? { id: service.id, originalUrl: service.originalUrl } : null,
    registeredService: registeredService ? withoutSecrets(registeredService.definition) : null,
    request: {
      ip: request.address,
      userAgent: request.userAgent,
      headers: request.headers(),
      query: request.query(),
      locale: request.locale ?? null,
      method: request.method,
      credentialType: credentialType === undefined ? null : String(credentialType),
    },
  }
}

/** The definition of an OAuth client has its secret. */
function withoutSecrets(definition: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(definition).filter(([name]) => !/secret|password|privateKey/i.test(name)))
}
