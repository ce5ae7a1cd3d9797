import type { IncomingMessage } from 'node:http'
import { HttpRefusal } from '../base/errors.ts'
import type { Call } from './route.ts'

/** `@hono/node-server` takes the body from here when it is there, so that a handler may still ask the call for text or JSON. */
interface WithBody {
  rawBody?: Buffer
}

/** The connection ended before the body did; there is nobody to answer. */
export class BodyAborted extends HttpRefusal {
  constructor() {
    super(400, 'body_aborted', 'the request ended too early')
  }
}

/** So much of each body counts for nothing: whoever holds large ones open must not keep anybody from logging in. */
const SMALL_BODY_BYTES = 65_536

/** What all large bodies that are being read may take together, beyond their first 64 KiB. */
export interface BodyBudget {
  /** `false`: there is no room for so many more bytes. */
  take(bytes: number): boolean
  give(bytes: number): void
}

export function bodyBudget(maxBytes: number): BodyBudget {
  let taken = 0
  return {
    take(bytes) {
      if (taken + bytes > maxBytes) return false
      taken += bytes
      return true
    },
    give(bytes) {
      taken -= bytes
    },
  }
}

/**
 * Reads the body of a request once, up to a limit; whoever asks the call for it later gets what was read.
 *
 * @param limit In bytes.
 * @returns `undefined` when there is none.
 * @throws {HttpRefusal} 413 `body_too_large`, as soon as it is known; 503 `too_many_bodies` when the budget is used up.
 */
export function readBody(call: Call, limit: number, budget: BodyBudget): Promise<Buffer> | undefined {
  const method = call.req.method
  if (method === 'GET' || method === 'HEAD') return undefined
  const incoming = call.env?.incoming
  const length = incoming ? incoming.headers['content-length'] : call.req.header('content-length')
  if (length !== undefined && Number(length) > limit) throw tooLarge(incoming)
  if (incoming) {
    if ((length === undefined || length === '0') && incoming.headers['transfer-encoding'] === undefined && incoming.httpVersionMajor < 2) {
      return undefined
    }
    return collect(incoming, limit, budget)
  }
  return call.req.raw.body === null ? undefined : readWhole(call, limit)
}

function collect(incoming: IncomingMessage & WithBody, limit: number, budget: BodyBudget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let counted = 0
    const giveUp = (refusal: HttpRefusal) => {
      release()
      incoming.pause()
      reject(refusal)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) return giveUp(tooLarge(incoming))
      const more = Math.max(0, size - SMALL_BODY_BYTES) - counted
      if (more > 0) {
        if (!budget.take(more)) return giveUp(tooMany(incoming))
        counted += more
      }
      chunks.push(chunk)
    }
    const onEnd = () => {
      release()
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
      incoming.rawBody = body
      resolve(body)
    }
    const onBreak = () => {
      release()
      reject(new BodyAborted())
    }
    const release = () => {
      budget.give(counted)
      counted = 0
      incoming.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak)
    }
    incoming.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak)
  })
}

/** Only for requests that did not come through a port, where the body is already in memory. Hono keeps it for later readers. */
async function readWhole(call: Call, limit: number): Promise<Buffer> {
  const body = Buffer.from(await call.req.arrayBuffer())
  if (body.length > limit) throw tooLarge()
  return body
}

function tooMany(incoming: IncomingMessage): HttpRefusal {
  return new HttpRefusal(503, 'too_many_bodies', 'the server is busy', { headers: { ...lastOf(incoming), 'Retry-After': '5' } })
}

function tooLarge(incoming?: IncomingMessage): HttpRefusal {
  return new HttpRefusal(413, 'body_too_large', 'the body is too large', { headers: lastOf(incoming) })
}

/** What is still on its way is not read: the connection cannot be used again. HTTP/2 ends the one request instead, and knows no such header. */
function lastOf(incoming: IncomingMessage | undefined): Readonly<Record<string, string>> {
  return incoming && incoming.httpVersionMajor >= 2 ? {} : { Connection: 'close' }
}
