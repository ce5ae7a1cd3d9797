export type InquiryOutcome = 'interrupt' | 'none' | 'error' | 'timeout' | 'skipped'

/** Upper ends of the classes in which the times of inquiries are counted, in seconds. */
export const INQUIRY_SECONDS = [0.0001, 0.001, 0.005, 0.02, 0.1, 0.5, 2, 5] as const

export interface SourceFigures {
  readonly inquiries: Readonly<Record<InquiryOutcome, number>>
  readonly seconds: {
    readonly sum: number
    readonly count: number
    /** How many took no longer than `INQUIRY_SECONDS` at the same place. */
    readonly upTo: readonly number[]
  }
}

/** What has been asked, shown and decided since the start (interrupt.md 12). */
export interface Figures {
  of(source: string): SourceFigures
  pages(): { readonly open: number; readonly blocked: number }
  finalized(): Readonly<Record<FinalizedVia, number>>
  count(source: string, outcome: InquiryOutcome, seconds?: number): void
  notePage(blocked: boolean): void
  noteFinalized(via: FinalizedVia): void
}
export type FinalizedVia = 'proceed' | 'link' | 'blocked'

interface Entry {
  readonly inquiries: Record<InquiryOutcome, number>
  sum: number
  count: number
  readonly upTo: number[]
}

export function interruptFigures(sources: readonly string[]): Figures {
  const empty = (): Entry => ({
    inquiries: { interrupt: 0, none: 0, error: 0, timeout: 0, skipped: 0 },
    sum: 0,
    count: 0,
    upTo: INQUIRY_SECONDS.map(() => 0),
  })
  const bySource = new Map(sources.map((name) => [name, empty()]))
  const pages = { open: 0, blocked: 0 }
  const finalized: Record<FinalizedVia, number> = { proceed: 0, link: 0, blocked: 0 }
  return {
    of(source) {
      const { inquiries, sum, count, upTo } = bySource.get(source) ?? empty()
      return { inquiries: { ...inquiries }, seconds: { sum, count, upTo: [...upTo] } }
    },
    pages: () => ({ ...pages }),
    finalized: () => ({ ...finalized }),
    count(source, outcome, seconds) {
      const entry = bySource.get(source)
      if (!entry) return
      entry.inquiries[outcome]++
      if (seconds === undefined) return
      entry.sum += seconds
      entry.count++
      for (const [index, end] of INQUIRY_SECONDS.entries()) if (seconds <= end) entry.upTo[index] = (entry.upTo[index] ?? 0) + 1
    },
    notePage(blocked) {
      pages[blocked ? 'blocked' : 'open']++
    },
    noteFinalized(via) {
      finalized[via]++
    },
  }
}
