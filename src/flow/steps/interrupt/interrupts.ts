import type { Clock } from '../../../base/clock.ts'
import { ScriptFailure } from '../../../base/isolated-module.ts'
import type { Log } from '../../../base/log.ts'
import { OutgoingFailure } from '../../../base/outgoing-request.ts'
import type { TicketRegistry } from '../../../tickets/index.ts'
import type { InterruptConfig } from './config.ts'
import { type PayloadRules, payloadDigest, readPayload } from './payload.ts'
import { interruptPolicies } from './policy.ts'
import { type BuiltInSource, type Found, type Inquiry, RememberedDocument } from './source.ts'
import { sourceKinds } from './sources/index.ts'

export type InquiryOutcome = 'interrupt' | 'none' | 'error' | 'timeout' | 'skipped'

/** What the sources say about a login. */
export type Decision =
  | { readonly kind: 'none'; readonly why?: string }
  | { readonly kind: 'found'; readonly found: Found; readonly digest: string; readonly force: boolean }
  /** A source that must answer did not: the login stops. */
  | { readonly kind: 'unavailable' }

/** One source in an explanation. */
export interface Explained {
  readonly source: string
  readonly outcome: InquiryOutcome | 'not asked'
  readonly detail?: string
}

/** The sources that are configured, opened (interrupt.md 9). */
export interface Interrupts {
  /** Whether there is a source at all; without one a login has no such step. */
  readonly active: boolean
  readonly afterSso: boolean
  readonly shadow: boolean
  /** Asks once: first the policy of the application, then one source after another until one interrupts. */
  decide(inquiry: Inquiry): Promise<Decision>
  accepted(inquiry: Inquiry, sourceName: string, memory: string, acknowledged: boolean): Promise<void>
  /** The same with the reason of each source, for those who look after the server. Nothing is remembered, nothing audited. */
  explain(inquiry: Inquiry): Promise<{ readonly decision: Decision; readonly sources: readonly Explained[] }>
  /** Mode, sources and how they are. */
  state(): {
    readonly triggerMode: string
    readonly sources: readonly {
      readonly name: string
      readonly inquiries: Readonly<Record<InquiryOutcome, number>>
      readonly [fact: string]: unknown
    }[]
  }
  close(): Promise<void>
}

export interface InterruptsParts {
  readonly settings: InterruptConfig
  readonly configurationDirectory: string
  readonly registry: Pick<TicketRegistry, 'add' | 'get'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * Opens the configured sources.
 *
 * @throws {StartRefusal} for settings that cannot work: a pattern, an address, a plug-in.
 */
export async function createInterrupts(parts: InterruptsParts): Promise<Interrupts> {
  const { settings, clock } = parts
  const log = parts.log.child({ step: 'interrupt' })
  const own = settings.castellan.interrupt
  const isOn = settings.casFeatureModule.interruptNotifications.enabled
  const sources = isOn ? await openSources({ ...parts, log }) : []
  if (sources.length > 0 && own.messageFormat === 'RAW_HTML') {
    log.warn(
      { setting: 'castellan.interrupt.message-format' },
      'messages of interrupts are shown as they come: whoever can write one can run script on the login page',
    )
  }
  const linkSchemes = new Set(own.allowedLinkSchemes.map((scheme) => scheme.toLowerCase()))
  const rules: PayloadRules = { linkSchemes }
  const extended: PayloadRules = { linkSchemes, extended: true }
  const policies = interruptPolicies({
    configurationDirectory: parts.configurationDirectory,
    scriptTimeoutMs: own.script.timeout * 1000,
    log,
  })
  const counts = new Map(sources.map(({ name }) => [name, { interrupt: 0, none: 0, error: 0, timeout: 0, skipped: 0 }]))
  const count = (name: string, outcome: InquiryOutcome) => {
    const known = counts.get(name)
    if (known) known[outcome]++
  }
  const mayLog = oncePerMinute(clock)

  async function ask(source: BuiltInSource, inquiry: Inquiry): Promise<Found | undefined | 'failed'> {
    let document: unknown
    try {
      const answer = source.inquire(inquiry)
      document = answer instanceof Promise ? await answer : answer
    } catch (error) {
      return failed(source, error)
    }
    const kept = document instanceof RememberedDocument ? document : undefined
    const read = readPayload(kept ? kept.document : document, source.extended ? extended : rules)
    if (read.kind === 'invalid') return failed(source, new Error(read.reason))
    count(source.name, read.kind)
    if (read.kind === 'none') return undefined
    for (const remark of read.remarks)
      if (mayLog(`${source.name} ${remark}`)) log.warn({ source: source.name, remark }, 'a payload is not quite right')
    return { source, payload: kept ? { ...read.payload, tracked: kept.tracked } : read.payload, memory: kept?.memory }
  }

  function failed(source: BuiltInSource, error: unknown): 'failed' {
    const isLate = (error instanceof OutgoingFailure || error instanceof ScriptFailure) && error.kind === 'timeout'
    count(source.name, isLate ? 'timeout' : 'error')
    const reason = error instanceof Error ? error.message : String(error)
    if (mayLog(`${source.name} ${reason.slice(0, 100)}`)) {
      log.error(
        { source: source.name, reason: reason.slice(0, 500), login: source.failsClosed ? 'stops' : 'goes on' },
        'an interrupt source failed',
      )
    }
    return 'failed'
  }

  async function decide(
    inquiry: Inquiry,
    explain?: (source: string, outcome: Explained['outcome'], detail?: string) => void,
  ): Promise<Decision> {
    const verdict = policies.verdict(inquiry)
    const policy = verdict instanceof Promise ? await verdict : verdict
    if (policy.kind === 'skip') {
      for (const { name } of sources) {
        count(name, 'skipped')
        explain?.(name, 'skipped', policy.why)
      }
      return { kind: 'none', why: policy.why }
    }
    const force = policy.force ?? settings.cas.interrupt.core.forceExecution
    for (const [index, source] of sources.entries()) {
      const found = await ask(source, inquiry)
      if (found === 'failed') {
        explain?.(source.name, 'error', source.failsClosed ? 'the login stops' : 'counts as no')
        if (source.failsClosed) return { kind: 'unavailable' }
      } else if (found) {
        explain?.(source.name, 'interrupt')
        for (const { name } of sources.slice(index + 1)) explain?.(name, 'not asked', `${source.name} has answered`)
        return { kind: 'found', found, digest: payloadDigest(found.payload), force }
      } else explain?.(source.name, 'none')
    }
    return { kind: 'none' }
  }

  return {
    active: sources.length > 0,
    afterSso: settings.cas.interrupt.core.triggerMode === 'AFTER_SSO',
    shadow: own.shadow,
    decide: (inquiry) => decide(inquiry),
    async accepted(inquiry, sourceName, memory, acknowledged) {
      await sources.find(({ name }) => name === sourceName)?.accepted?.(inquiry, memory, acknowledged)
    },
    async explain(inquiry) {
      const explained: Explained[] = []
      const decision = await decide(inquiry, (source, outcome, detail) =>
        explained.push({ source, outcome, ...(detail ? { detail } : {}) }),
      )
      return { decision, sources: explained }
    },
    state: () => ({
      triggerMode: settings.cas.interrupt.core.triggerMode,
      sources: sources.map((source) => ({
        ...source.state?.(),
        name: source.name,
        inquiries: { interrupt: 0, none: 0, error: 0, timeout: 0, skipped: 0, ...counts.get(source.name) },
      })),
    }),
    async close() {
      await Promise.all([...sources.map((source) => source.close?.()), policies.close()])
    },
  }
}

async function openSources(parts: InterruptsParts): Promise<readonly BuiltInSource[]> {
  const opened: BuiltInSource[] = []
  for (const kind of sourceKinds) opened.push(...(await kind.open(parts)))
  const orderOf = ({ order = Number.MAX_SAFE_INTEGER }: BuiltInSource) => order
  // Stable: those without an order stay in that of the list.
  return opened.sort((one, other) => orderOf(one) - orderOf(other))
}

/** The log is told of each trouble once a minute, however many log in. */
function oncePerMinute(clock: Clock): (key: string) => boolean {
  const seen = new Map<string, number>()
  return (key) => {
    const now = clock()
    const before = seen.get(key)
    if (before !== undefined && now - before < 60_000) return false
    if (seen.size >= 1000) seen.clear()
    seen.set(key, now)
    return true
  }
}
