import { type IsolatedModule, isolatedModule } from '../../../base/isolated-module.ts'
import { compileJavaRegex } from '../../../base/java-regex.ts'
import type { Json } from '../../../base/json.ts'
import type { Log } from '../../../base/log.ts'
import { resourceAt } from '../../../base/resource.ts'
import type { RegisteredService } from '../../../services/index.ts'
import { attributesOf, type Inquiry } from './source.ts'
import { scriptPath } from './sources/script.ts'

/** What an application says about being interrupted: whether sources are asked at all, and whether what was accepted counts. */
export type PolicyVerdict = { readonly kind: 'ask'; readonly force: boolean | undefined } | { readonly kind: 'skip'; readonly why: string }

/** `skipInterrupt` and `webflowInterruptPolicy` of definitions (interrupt.md 10). They only narrow: without a source they do nothing. */
export interface Policies {
  verdict(inquiry: Inquiry): PolicyVerdict | Promise<PolicyVerdict>
  close(): Promise<void>
}

export interface PolicyParts {
  readonly configurationDirectory: string
  readonly scriptTimeoutMs: number
  readonly log: Log
}

interface Policy {
  readonly skip: string | undefined
  readonly force: boolean | undefined
  readonly attributes: ((inquiry: Inquiry) => boolean) | undefined
  readonly script: ((inquiry: Inquiry) => Promise<boolean>) | undefined
}

const ASK: PolicyVerdict = { kind: 'ask', force: undefined }
/** Scripts of definitions that are no more are closed beyond this many. */
const MAX_SCRIPTS = 100

export function interruptPolicies({ configurationDirectory, scriptTimeoutMs, log }: PolicyParts): Policies {
  // Definitions are exchanged as a whole when they are read again: the old ones take their policies along.
  const read = new WeakMap<RegisteredService, Policy>()
  const scripts = new Map<string, IsolatedModule>()

  function policyOf(service: RegisteredService): Policy {
    const known = read.get(service)
    if (known) return known
    const policy = readPolicy(service)
    read.set(service, policy)
    return policy
  }

  function readPolicy(service: RegisteredService): Policy {
    const isSkipped = service.property('skipInterrupt').some((value) => /^(true|yes|on|y|t|1)$/i.test(value.trim()))
    const members = service.definition['webflowInterruptPolicy']
    const none: Policy = { skip: isSkipped ? 'skipInterrupt' : undefined, force: undefined, attributes: undefined, script: undefined }
    if (typeof members !== 'object' || members === null || Array.isArray(members)) return none
    const { enabled, forceExecution, attributeName, attributeValue, groovyScript } = members as Readonly<Record<string, Json>>
    return {
      skip: isSkipped
        ? 'skipInterrupt'
        : String(enabled).toLowerCase() === 'false'
          ? 'the policy of the service is not enabled'
          : undefined,
      force: forcedBy(forceExecution),
      attributes: attributeCondition(attributeName, attributeValue, service),
      script: typeof groovyScript === 'string' && groovyScript.trim() !== '' ? scriptCondition(groovyScript.trim(), service) : undefined,
    }
  }

  /** Searched anywhere, case ignored, in all attributes; a pattern that cannot be used matches nothing. */
  function attributeCondition(name: Json | undefined, value: Json | undefined, service: RegisteredService) {
    if (typeof name !== 'string' || typeof value !== 'string' || name.trim() === '' || value.trim() === '') return undefined
    const [names, values] = [name, value].map((pattern) => {
      const regex = compileJavaRegex(pattern, { match: 'find', ignoreCase: true })
      if (regex.kind === 'ok') return regex
      log.error(
        { service: service.name, file: service.file, reason: regex.reason },
        'a pattern of webflowInterruptPolicy cannot be used and matches nothing',
      )
      return undefined
    })
    return (inquiry: Inquiry): boolean =>
      names !== undefined &&
      values !== undefined &&
      Object.entries(attributesOf(inquiry)).some(
        ([attribute, all]) => names.test(attribute) && all.some((each) => values.test(String(each))),
      )
  }

  /** Exactly `false` skips; a script that fails is logged and skips. */
  function scriptCondition(text: string, service: RegisteredService): (inquiry: Inquiry) => Promise<boolean> {
    const module = moduleOf(text)
    if (module === undefined) {
      log.error(
        { service: service.name, file: service.file },
        'the groovyScript of webflowInterruptPolicy cannot be run: name a JavaScript module whose default export returns true or false, or write js { … }. Until then this service is not interrupted.',
      )
      return async () => false
    }
    return async (inquiry) => {
      try {
        const input = { ...inputOf(inquiry) } as unknown as Json
        return (await scriptAt(module).call(input)) !== false
      } catch (error) {
        log.error(
          { service: service.name, reason: (error as Error).message },
          'the script of webflowInterruptPolicy failed, so nobody is interrupted',
        )
        return false
      }
    }
  }

  function moduleOf(text: string): string | undefined {
    const inline = /^js\s*\{([\s\S]*)\}$/.exec(text)
    if (inline) return inlineModule(inline[1] ?? '')
    if (/^groovy\s*\{/.test(text)) return undefined
    const resource = resourceAt(text, configurationDirectory)
    return resource.kind === 'file' ? scriptPath(resource.path) : undefined
  }

  function scriptAt(module: string): IsolatedModule {
    const known = scripts.get(module)
    if (known) return known
    const [oldest] = scripts
    if (scripts.size >= MAX_SCRIPTS && oldest) {
      scripts.delete(oldest[0])
      void oldest[1].close()
    }
    const script = isolatedModule({ module, timeoutMs: scriptTimeoutMs, log })
    scripts.set(module, script)
    return script
  }

  return {
    verdict(inquiry) {
      const { registeredService } = inquiry
      if (!registeredService) return ASK
      const policy = policyOf(registeredService)
      if (policy.skip !== undefined) return { kind: 'skip', why: policy.skip }
      if (policy.attributes?.(inquiry) === false) return { kind: 'skip', why: 'the attributes of the policy do not match' }
      const ask: PolicyVerdict = policy.force === undefined ? ASK : { kind: 'ask', force: policy.force }
      if (!policy.script) return ask
      return policy.script(inquiry).then((yes) => (yes ? ask : { kind: 'skip', why: 'the script of the policy says no' }))
    },
    async close() {
      await Promise.all([...scripts.values()].map((script) => script.close()))
    },
  }
}

function forcedBy(value: Json | undefined): boolean | undefined {
  const word = String(value).trim().toUpperCase()
  return word === 'TRUE' ? true : word === 'FALSE' ? false : undefined
}

/** The text of the operator as a module with the names that CAS binds. An expression, or statements with `return`. */
function inlineModule(body: string): string {
  const statements = /\breturn\b/.test(body) ? body : `return (${body}\n)`
  const source = `export default ({ attributes, username, registeredService, service, logger }) => { ${statements}\n}`
  return `data:text/javascript,${encodeURIComponent(source)}`
}

function inputOf(inquiry: Inquiry) {
  const { principal, service, registeredService } = inquiry
  return {
    attributes: attributesOf(inquiry),
    username: principal.id,
    registeredService: registeredService
      ? { id: registeredService.id, name: registeredService.name, serviceId: registeredService.serviceId }
      : null,
    service: service ? { id: service.id, originalUrl: service.originalUrl } : null,
  }
}
