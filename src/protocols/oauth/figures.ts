import type { Counter, Metrics, Timer } from '../../base/metrics.ts'

/** Who asked for what, as far as an endpoint has found out while it answers. */
export interface Asked {
  /** A client of the registry; what a stranger calls itself is none. */
  client?: string | undefined
  /** A grant that is built. */
  grant?: string | undefined
}

/**
 * @param outcome `success`, `throttled`, or the error of the protocol.
 * @param seconds `undefined` where nobody waited for this server alone.
 */
export type CountAnswer = (endpoint: string, asked: Asked, outcome: string, seconds?: number) => void

/** Clients that have figures of their own; those beyond it share one label, so that a registry of any size costs the same. */
const MOST_CLIENTS = 1000
const NONE = 'none'
const OTHERS = 'OTHER'

/**
 * `cas.oauth.requests` and `cas.oauth.request.duration` (oauth.md 17): answers by endpoint, grant, client and outcome, and how long they took by endpoint and
 * grant. Every label is a word of this server or of the registry: strangers cannot make series.
 */
export function oauthFigures(metrics: Metrics): CountAnswer {
  const kinds = new Map<string, Map<string, Kind>>()
  const clients = new Set<string>()

  function labelOf(client: string | undefined): string {
    if (client === undefined) return NONE
    if (clients.has(client)) return client
    if (clients.size >= MOST_CLIENTS) return OTHERS
    clients.add(client)
    return client
  }

  return (endpoint, { client, grant = NONE }, outcome, seconds) => {
    const label = labelOf(client)
    const kind = at(at(kinds, endpoint, newMap<string, Kind>), grant, newKind)
    const counter = at(at(kind.counters, outcome, newMap<string, Counter>), label, () => {
      const labels = { endpoint, grant, client: label, outcome }
      return metrics.counter('cas.oauth.requests', 'Answers of the OAuth endpoints by client and outcome.', labels)
    })
    counter.add()
    if (seconds === undefined) return
    kind.timer ??= metrics.timer('cas.oauth.request.duration', 'How long the OAuth endpoints take to answer.', { endpoint, grant })
    kind.timer.record(seconds)
  }
}

/** Series of one endpoint and grant. The maps lie in one another: to join four words for each answer would cost more than to count it. */
interface Kind {
  /** By outcome, by client. */
  readonly counters: Map<string, Map<string, Counter>>
  timer?: Timer
}

const newMap = <K, V>() => new Map<K, V>()
const newKind = (): Kind => ({ counters: new Map() })

function at<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
