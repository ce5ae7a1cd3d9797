import { compileJavaRegex, type JavaRegex } from '../../../base/java-regex.ts'
import type { Json } from '../../../base/json.ts'
import type { RegisteredService } from '../../../services/index.ts'

/** What the `proxyPolicy` of a definition says (cas-protocol.md 5.1). */
export interface ProxyPolicy {
  /** Whether the service may proxy at all. */
  readonly mayProxy: boolean
  /** Whether its proxy-granting tickets may be sent to this address. */
  allowsCallback(url: string): Promise<boolean>
}

export interface PolicyParts {
  /** Asks a policy's endpoint, with limits; the HTTP status, `undefined` when no answer came. */
  readonly ask: (url: URL, headers: Readonly<Record<string, string>>) => Promise<number | undefined>
  /** Says why a policy refuses everything. */
  readonly unusable: (service: RegisteredService, reason: string) => void
}

const REFUSES: ProxyPolicy = { mayProxy: false, allowsCallback: async () => false }

/** One policy for each definition object; a reload makes new ones. */
export function proxyPolicies(parts: PolicyParts): (service: RegisteredService) => ProxyPolicy {
  const known = new WeakMap<RegisteredService, ProxyPolicy>()
  return (service) => {
    const before = known.get(service)
    if (before) return before
    const policy = policyOf(service, parts)
    known.set(service, policy)
    return policy
  }
}

function policyOf(service: RegisteredService, parts: PolicyParts): ProxyPolicy {
  const { type, members } = service.proxyPolicy ?? { type: 'RefuseRegisteredServiceProxyPolicy', members: {} }
  const no = (reason: string) => {
    parts.unusable(service, reason)
    return REFUSES
  }
  switch (type) {
    case 'RefuseRegisteredServiceProxyPolicy':
      return REFUSES
    case 'RegexMatchingRegisteredServiceProxyPolicy':
      return byPattern(service, members, no)
    case 'RestfulRegisteredServiceProxyPolicy':
      return byEndpoint(members, parts, no)
  }
  return no(`the class ${type} is not known here`)
}

function byPattern(service: RegisteredService, members: Readonly<Record<string, Json>>, no: (reason: string) => ProxyPolicy): ProxyPolicy {
  const pattern = members.useServiceId === true ? service.serviceId : members.pattern
  if (typeof pattern !== 'string' || pattern.trim() === '') return no('it has no pattern')
  if (members.exactMatch === true) return { mayProxy: true, allowsCallback: async (url) => url === pattern }
  const regex = compileJavaRegex(pattern, { match: 'find', ignoreCase: true })
  if (regex.kind === 'invalid') return no(regex.reason)
  const usable: JavaRegex = regex
  return { mayProxy: true, allowsCallback: async (url) => usable.test(url) }
}

function byEndpoint(members: Readonly<Record<string, Json>>, { ask }: PolicyParts, no: (reason: string) => ProxyPolicy): ProxyPolicy {
  const endpoint = typeof members.endpoint === 'string' ? URL.parse(members.endpoint) : undefined
  if (!endpoint || !/^https?:$/.test(endpoint.protocol)) return no('its endpoint is no http(s) address')
  const headers = Object.fromEntries(Object.entries(textsIn(members.headers)))
  return {
    mayProxy: true,
    async allowsCallback(url) {
      const question = new URL(endpoint)
      question.searchParams.set('pgtUrl', url)
      const status = await ask(question, headers)
      return status !== undefined && status >= 200 && status < 300
    },
  }
}

function textsIn(value: Json | undefined): Readonly<Record<string, string>> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
