import type { Metrics } from '../../../base/metrics.ts'

export type InquiryOutcome = 'interrupt' | 'none' | 'error' | 'timeout' | 'skipped'
export type FinalizedVia = 'proceed' | 'link' | 'blocked'

/** What has been asked, shown and decided since the start (interrupt.md 12). */
export interface Figures {
  inquiriesOf(source: string): Readonly<Record<InquiryOutcome, number>>
  pages(): { readonly open: number; readonly blocked: number }
  finalized(): Readonly<Record<FinalizedVia, number>>
  /** @param seconds How long the source took; absent where it was not asked. */
  count(source: string, outcome: InquiryOutcome, seconds?: number): void
  notePage(blocked: boolean): void
  noteFinalized(via: FinalizedVia): void
}

export interface FiguresParts {
  readonly metrics: Metrics
  readonly triggerMode: string
  readonly sources: readonly string[]
}

/** Nothing is measured where no source is. */
export function interruptFigures({ metrics, triggerMode, sources }: FiguresParts): Figures {
  const nothing = (): Record<InquiryOutcome, number> => ({ interrupt: 0, none: 0, error: 0, timeout: 0, skipped: 0 })
  const bySource = new Map(
    sources.map((name) => [
      name,
      { inquiries: nothing(), timer: metrics.timer('cas.interrupt.inquiry', 'How long sources of interrupts take.', { source: name }) },
    ]),
  )
  const pages = { open: 0, blocked: 0 }
  const finalized: Record<FinalizedVia, number> = { proceed: 0, link: 0, blocked: 0 }
  if (sources.length > 0) {
    metrics.total('cas.interrupt.inquiries', 'What sources of interrupts have said.', () =>
      [...bySource].flatMap(([source, { inquiries }]) =>
        Object.entries(inquiries).map(([outcome, value]) => ({ labels: { source, outcome }, value })),
      ),
    )
    metrics.total('cas.interrupt.pages', 'Pages of interrupts that were shown.', () =>
      Object.entries(pages).map(([kind, value]) => ({ labels: { mode: triggerMode, block: String(kind === 'blocked') }, value })),
    )
    metrics.total('cas.interrupt.finalized', 'How pages of interrupts were left.', () =>
      Object.entries(finalized).map(([via, value]) => ({ labels: { via }, value })),
    )
  }
  return {
    inquiriesOf: (source) => ({ ...nothing(), ...bySource.get(source)?.inquiries }),
    pages: () => ({ ...pages }),
    finalized: () => ({ ...finalized }),
    count(source, outcome, seconds) {
      const entry = bySource.get(source)
      if (!entry) return
      entry.inquiries[outcome]++
      if (seconds !== undefined) entry.timer.record(seconds)
    },
    notePage(blocked) {
      pages[blocked ? 'blocked' : 'open']++
    },
    noteFinalized(via) {
      finalized[via]++
    },
  }
}
