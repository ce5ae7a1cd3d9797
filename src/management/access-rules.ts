import { compileJavaRegex } from '../base/java-regex.ts'
import { inNetworks } from '../base/networks.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { AccessRule, ManagementConfig } from './config.ts'
import type { Operator } from './endpoint.ts'
import { plainId } from './endpoint-ids.ts'

/** Whether a caller is let in; `operator` is whose credentials were right, if any were shown. */
export type Admission = (caller: { readonly address: string; readonly operator: Operator | undefined }) => boolean

export interface Rule {
  readonly admits: Admission
  /** Whether somebody wrote it. */
  readonly written: boolean
  /** Whether it lets nobody in, whoever asks. */
  readonly closed: boolean
  /** Whether only those with credentials can be let in. */
  readonly needsOperator: boolean
}

const SETTING = 'cas.monitor.endpoints.endpoint'
type Block = ManagementConfig['cas']['monitor']['endpoints']['endpoint'][string]

/**
 * The third gate (configuration.md 14.1): who is let in to an endpoint. The first entry of `access` decides, as in CAS, which registers one rule for
 * each and asks no further than the first.
 *
 * @throws {StartRefusal} for an address that is neither network nor pattern.
 */
export function accessRules(settings: ManagementConfig, warn: (message: string) => void): (id: string, openByDefault: boolean) => Rule {
  const blocks = new Map<string, readonly [string, Block]>()
  for (const [id, block] of Object.entries(settings.cas.monitor.endpoints.endpoint)) blocks.set(plainId(id), [id, block])
  const rules = new Map<string, Rule>()
  for (const [plain, [id, block]] of blocks) rules.set(plain, ruleOf(`${SETTING}.${id}`, block, warn))

  const nobody: Rule = { admits: () => false, written: false, closed: true, needsOperator: false }
  const everybody: Rule = { admits: () => true, written: false, closed: false, needsOperator: false }
  return (id, openByDefault) => rules.get(plainId(id)) ?? rules.get('defaults') ?? (openByDefault ? everybody : nobody)
}

function ruleOf(setting: string, block: Block, warn: (message: string) => void): Rule {
  const [first = 'DENY', ...rest] = block.access
  if (rest.length > 0) warn(`${setting}.access: only ${first} counts, the first of several; ${rest.join(', ')} is not asked`)
  const missing = requirementOf(first)
  if (missing !== undefined && block[missing].length === 0) {
    warn(`${setting}.access is ${first} without ${missing}: nobody is let in`)
  }
  return { written: true, closed: first === 'DENY', needsOperator: NEED_OPERATOR.has(first), admits: admission(first, setting, block) }
}

const NEED_OPERATOR: ReadonlySet<AccessRule> = new Set(['AUTHENTICATED', 'ROLE', 'AUTHORITY'])

function requirementOf(rule: AccessRule): 'requiredRoles' | 'requiredAuthorities' | 'requiredIpAddresses' | undefined {
  if (rule === 'ROLE') return 'requiredRoles'
  if (rule === 'AUTHORITY') return 'requiredAuthorities'
  return rule === 'IP_ADDRESS' ? 'requiredIpAddresses' : undefined
}

function admission(rule: AccessRule, setting: string, block: Block): Admission {
  switch (rule) {
    case 'PERMIT':
    case 'ANONYMOUS':
      return () => true
    case 'DENY':
      return () => false
    case 'AUTHENTICATED':
      return ({ operator }) => operator !== undefined
    case 'ROLE':
      return holdsOneOf(block.requiredRoles.map(asRole))
    case 'AUTHORITY':
      return holdsOneOf(block.requiredAuthorities)
    case 'IP_ADDRESS': {
      const tests = block.requiredIpAddresses.map((text) => addressTest(text, `${setting}.required-ip-addresses`))
      return ({ address }) => tests.some((test) => test(address))
    }
  }
}

/** Roles are authorities with a prefix, as Spring Security has them. */
export const asRole = (role: string): string => (role.startsWith('ROLE_') ? role : `ROLE_${role}`)

export function holdsOneOf(authorities: readonly string[]): Admission {
  const wanted = new Set(authorities)
  return ({ operator }) => operator?.authorities.some((authority) => wanted.has(authority)) ?? false
}

function addressTest(text: string, setting: string): (address: string) => boolean {
  const written = text.trim()
  try {
    return inNetworks([written])
  } catch {
    // What is no network is a pattern. Backslashes are often doubled once too much: no address has one, so two of them mean one.
    const pattern = compileJavaRegex(written.replaceAll('\\\\', '\\'), { match: 'full' })
    if (pattern.kind === 'invalid') throw new StartRefusal(`must be networks, addresses or patterns: ${pattern.reason}`, { setting })
    return (address) => pattern.test(address)
  }
}
