import { type OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** Names of headers are few, and so are their spellings. */
const lowered = new Map<string, string>()
const MOST_NAMES = 1000

function lowerCase(name: string): string {
  let lower = lowered.get(name)
  if (lower === undefined) {
    lower = name.toLowerCase()
    if (lowered.size >= MOST_NAMES) lowered.clear()
    lowered.set(name, lower)
  }
  return lower
}

/**
 * An answer of HTTP/1.1 that writes what every answer carries together with its own headers, which win: one list. Headers that are set one by one first cost
 * twice as much.
 */
export class CarryingResponse extends ServerResponse {
  /** What goes along when the head is written. */
  carried: Readonly<OutgoingHttpHeaders> | undefined

  override writeHead(status: number, ...more: unknown[]): this {
    const own = more.at(-1)
    const { carried } = this
    this.carried = undefined
    if (!carried || Array.isArray(own)) {
      if (carried) for (const name in carried) this.setHeader(name, carried[name] ?? '')
      return super.writeHead(status, ...(more as [OutgoingHttpHeaders]))
    }
    const headers: OutgoingHttpHeaders = {}
    const taken = new Set<string>()
    if (typeof own === 'object' && own !== null) {
      Object.assign(headers, own)
      for (const name in own) taken.add(lowerCase(name))
    }
    for (const name in carried) if (!taken.has(lowerCase(name))) headers[name] = carried[name]
    return typeof more[0] === 'string' ? super.writeHead(status, more[0], headers) : super.writeHead(status, headers)
  }
}
