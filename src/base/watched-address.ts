import { outgoingRequests } from './outgoing-request.ts'
import type { WatchedFile, WatchedFileParts } from './watched-file.ts'

const ASK_EVERY_MS = 60_000
const LIMITS = { connectTimeoutMs: 2000, readTimeoutMs: 10_000, maxBodyBytes: 16 * 1024 * 1024 }

/** The same as a watched file for what lies on a web server: asked for at start and every minute; the last good content stays. */
export async function watchedAddress<T>(
  parts: Omit<WatchedFileParts<T>, 'path' | 'maxBytes'> & { readonly url: string },
): Promise<WatchedFile<T>> {
  const { url, parse, clock, log } = parts
  // Without a query, which may hold a key.
  const place = url.split('?', 1)[0]
  const requests = outgoingRequests(LIMITS)
  let value = parts.empty
  let text: string | undefined
  let loadedAtMs: number | undefined
  let problem: string | undefined

  async function look(): Promise<void> {
    try {
      const answer = await requests.send({ url, method: 'GET', headers: {} })
      if (answer.status !== 200) throw new Error(`status ${answer.status}`)
      if (answer.body !== text) value = parse(answer.body)
      text = answer.body
      loadedAtMs = clock()
      problem = undefined
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== problem) log.error({ url: place, reason }, 'a resource cannot be used; the last good content stays')
      problem = reason
    }
  }

  await look()
  let looking: Promise<void> | undefined
  const timer = setInterval(() => {
    looking = look()
  }, ASK_EVERY_MS).unref()
  return {
    current: () => value,
    state: () => ({ loadedAtMs, problem }),
    async close() {
      clearInterval(timer)
      requests.close()
      await looking
    },
  }
}
