import type { Family } from '../../base/metrics.ts'

/** A metric's name in Prometheus, as Micrometer makes it: `http.server.requests` → `http_server_requests_seconds`, counters end with `_total`. */
export function prometheusName({ kind, name }: Pick<Family, 'kind' | 'name'>): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_')
  if (kind === 'timer') return `${plain}_seconds`
  return kind === 'counter' ? `${plain}_total` : plain
}

/** Whether a setting `management.metrics.enable.<prefix>` leaves it; the longest prefix counts, `all` is every name. */
export function enabledNames(settings: Readonly<Record<string, boolean>>): (name: string) => boolean {
  const entries = Object.entries(settings).map(([prefix, enabled]) => [prefix.toLowerCase(), enabled] as const)
  return (name) => {
    let best: readonly [string, boolean] = ['', true]
    for (const [prefix, enabled] of entries) {
      const covers = prefix === 'all' || name === prefix || name.startsWith(`${prefix}.`)
      const length = prefix === 'all' ? 0 : prefix.length
      if (covers && length >= best[0].length) best = [prefix === 'all' ? '' : prefix, enabled]
    }
    return best[1]
  }
}
