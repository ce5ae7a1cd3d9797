import { performance } from 'node:perf_hooks'
import type { Clock } from '../../../base/clock.ts'
import { Unavailable } from '../../../base/errors.ts'
import { ScriptFailure } from '../../../base/isolated-module.ts'
import type { Log } from '../../../base/log.ts'
import type { Metrics } from '../../../base/metrics.ts'
import { OutgoingFailure } from '../../../base/outgoing-request.ts'
import type { TicketRegistry } from '../../../tickets/index.ts'
import type { InterruptConfig } from './config.ts'
import { type Figures, type InquiryOutcome, interruptFigures } from './figures.ts'
import { type PayloadRules, payloadDigest, readPayload } from './payload.ts'
import { interruptPolicies } from './policy.ts'
import { type BuiltInSource, type Found, type Inquiry, RememberedDocument } from './source.ts'
import { sourceKinds } from './sources/index.ts'

/** Of more nobody reads the last. */
const MOST_IN_A_ROW = 10

/** What the sources say about a login. */
export type Decision =
  | { readonly kind: 'none'; readonly why?: string }
  | { readonly kind: 'found'; readonly pages: readonly [FoundPage, ...FoundPage[]]; readonly force: boolean }
  /** A source that must answer did not: the login stops. */
  | { readonly kind: 'unavailable' }

/** A page of a decision: several come in a row where announcements want it (14.2). */
export interface FoundPage extends Found {
  readonly digest: string
}

/** One source in an explanation. */
export interface Explained {
  readonly source: string
  readonly outcome: InquiryOutcome | 'not asked'
  readonly detail?: string
  /** What each of its rules says. */
  readonly rules?: readonly { readonly rule: string; readonly verdict: string }[]
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
    readonly shadow?: boolean
    readonly pages?: ReturnType<Figures['pages']>
    readonly finalized?: ReturnType<Figures['finalized']>
    readonly sources: readonly {
      readonly name: string
      readonly inquiries: Readonly<Record<InquiryOutcome, number>>
      readonly [fact: string]: unknown
    }[]
  }
  readonly figures: Figures
  close(): Promise<void>
}

export interface InterruptsParts {
  readonly settings: InterruptConfig
  readonly configurationDirectory: string
  readonly registry: Pick<TicketRegistry, 'add' | 'get'>
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
}

/**
 * Opens the configured sources.
 *
 * @throws {StartRefusal} for settings that cannot work: a pattern, an address, a plug-in.
 */
export async function createInterrupts(parts: InterruptsParts): Promise<Interrupts> {
  const { settings, clock, metrics } = parts
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
  const figures = interruptFigures({
    metrics,
    triggerMode: settings.cas.interrupt.core.triggerMode,
    sources: sources.map(({ name }) => name),
  })
  const circuits = sources.filter((source) => source.state?.()['circuit'] !== undefined)
  if (circuits.length > 0) {
    metrics.gauge('cas.interrupt.circuit.open', 'Whether a source is left alone because it failed too often.', () =>
      circuits.map((source) => ({ labels: { source: source.name }, value: source.state?.()['circuit'] === 'open' ? 1 : 0 })),
    )
  }
  const mayLog = oncePerMinute(clock)

  /** @param counted Whether it is a login that asks; those who only look are not counted. */
  async function ask(source: BuiltInSource, inquiry: Inquiry, counted: boolean): Promise<FoundPage | undefined | 'failed'> {
    const beganAtMs = performance.now()
    const count = (outcome: InquiryOutcome) => {
      if (counted) figures.count(source.name, outcome, (performance.now() - beganAtMs) / 1000)
    }
    try {
      const answer = source.inquire(inquiry)
      const page = pageOf(source, answer instanceof Promise ? await answer : answer)
      count(page ? 'interrupt' : 'none')
      return page
    } catch (error) {
      // Not the source has failed: this login is one too many.
      if (error instanceof Unavailable) throw error
      const isLate = (error instanceof OutgoingFailure || error instanceof ScriptFailure) && error.kind === 'timeout'
      count(isLate ? 'timeout' : 'error')
      return failed(source, error)
    }
  }

  /** @throws for a document that is no payload. */
  function pageOf(source: BuiltInSource, document: unknown): FoundPage | undefined {
    const kept = document instanceof RememberedDocument ? document : undefined
    const read = readPayload(kept ? kept.document : document, source.extended ? extended : rules)
    if (read.kind === 'invalid') throw new Error(read.reason)
    if (read.kind === 'none') return undefined
    for (const remark of read.remarks)
      if (mayLog(`${source.name} ${remark}`)) log.warn({ source: source.name, remark }, 'a payload is not quite right')
    const payload = kept ? { ...read.payload, tracked: kept.tracked } : read.payload
    return { source, payload, digest: payloadDigest(payload), name: kept?.name, memory: kept?.memory }
  }

  function failed(source: BuiltInSource, error: unknown): 'failed' {
    const reason = error instanceof Error ? error.message : String(error)
    if (mayLog(`${source.name} ${reason.slice(0, 100)}`)) {
      log.error(
        { source: source.name, reason: reason.slice(0, 500), login: source.failsClosed ? 'stops' : 'goes on' },
        'an interrupt source failed',
      )
    }
    return 'failed'
  }

  /** Pages that want to come after the first, whichever source that is of. */
  async function furtherPages(inquiry: Inquiry, first: FoundPage): Promise<readonly FoundPage[]> {
    const further: FoundPage[] = []
    for (const source of sources) {
      if (!source.following) continue
      try {
        const documents = await source.following(inquiry, source === first.source ? first.name : undefined)
        for (const document of documents) {
          const page = pageOf(source, document)
          if (page && further.length < MOST_IN_A_ROW - 1) further.push(page)
        }
      } catch (error) {
        failed(source, error)
      }
    }
    return further
  }

  /** @param explain Told what each source says, by those who only look. */
  async function decide(inquiry: Inquiry, explain?: (explained: Explained) => void): Promise<Decision> {
    const verdict = policies.verdict(inquiry)
    const policy = verdict instanceof Promise ? await verdict : verdict
    if (policy.kind === 'skip') {
      for (const { name } of sources) {
        if (!explain) figures.count(name, 'skipped')
        explain?.({ source: name, outcome: 'skipped', detail: policy.why })
      }
      return { kind: 'none', why: policy.why }
    }
    const force = policy.force ?? settings.cas.interrupt.core.forceExecution
    for (const [index, source] of sources.entries()) {
      const found = await ask(source, inquiry, explain === undefined)
      const reasons = explain && source.reasons ? { rules: await source.reasons(inquiry) } : {}
      if (found === 'failed') {
        explain?.({ source: source.name, outcome: 'error', detail: source.failsClosed ? 'the login stops' : 'counts as no' })
        if (source.failsClosed) return { kind: 'unavailable' }
      } else if (found) {
        explain?.({ source: source.name, outcome: 'interrupt', ...reasons })
        for (const { name } of sources.slice(index + 1))
          explain?.({ source: name, outcome: 'not asked', detail: `${source.name} has answered` })
        return { kind: 'found', pages: [found, ...(await furtherPages(inquiry, found))], force }
      } else explain?.({ source: source.name, outcome: 'none', ...reasons })
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
      const decision = await decide(inquiry, (each) => explained.push(each))
      return { decision, sources: explained }
    },
    state: () => ({
      triggerMode: settings.cas.interrupt.core.triggerMode,
      shadow: own.shadow,
      pages: figures.pages(),
      finalized: figures.finalized(),
      sources: sources.map((source) => ({ ...source.state?.(), name: source.name, inquiries: figures.inquiriesOf(source.name) })),
    }),
    figures,
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
