import type { HttpCaller } from '../../../base/http-call.ts'

/** What CAS takes for "the ticket has arrived" (cas-protocol.md 5.2.5). */
const ACCEPTED: ReadonlySet<number> = new Set([200, 202, 204, 301, 302, 304])
/** Nobody looks at the answer. */
const MOST_ANSWER_BYTES = 65_536

export interface Delivery {
  readonly callback: URL
  readonly pgtId: string
  readonly pgtIou: string
}

export interface CallbackParts {
  readonly calls: HttpCaller
  readonly timeoutMs: number
  /** `castellan.proxy.probe-callback`. */
  readonly probe: boolean
}

/**
 * Hands a proxy-granting ticket to its address: one GET, the query of the address kept, `pgtIou` and `pgtId` after it (cas-protocol.md 5.2).
 *
 * @returns why it did not arrive, for the log; `undefined` when it did.
 */
export async function deliver(
  { callback, pgtId, pgtIou }: Delivery,
  { calls, timeoutMs, probe }: CallbackParts,
): Promise<string | undefined> {
  const get = async (url: URL) => {
    const outcome = await calls.call({ method: 'GET', url, headers: { Accept: '*/*' }, timeoutMs, maxAnswerBytes: MOST_ANSWER_BYTES })
    if (outcome.kind !== 'answer') return outcome.reason
    return ACCEPTED.has(outcome.status) ? undefined : `status ${outcome.status}`
  }
  if (probe) {
    const refused = await get(callback)
    if (refused !== undefined) return refused
  }
  const url = new URL(callback)
  // Both are letters, digits and dashes: appended as text, so that the query is sent as the application wrote it.
  url.search = `${url.search}${url.search === '' ? '?' : '&'}pgtIou=${pgtIou}&pgtId=${pgtId}`
  return get(url)
}
