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

/**
 * Reads the body of a request once, up to a limit; whoever asks the call for it later gets what was read.
 *
 * @param limit In bytes.
 * @returns `undefined` when there is none.
 * @throws {HttpRefusal} 413 `body_too_large`, as soon as it is known.
 */
export function readBody(call: Call, limit: number): Promise<Buffer> | undefined {
  const method = call.req.method
  if (method === 'GET' || method === 'HEAD') return undefined
  const incoming = call.env?.incoming
  const length = incoming ? incoming.headers['content-length'] : call.req.header('content-length')
  if (length !== undefined && Number(length) > limit) throw tooLarge()
  if (incoming) {
    if ((length === undefined || length === '0') && incoming.headers['transfer-encoding'] === undefined && incoming.httpVersionMajor < 2) {
      return undefined
    }
    return collect(incoming, limit)
  }
  return call.req.raw.body === null ? undefined : readWhole(call, limit)
}

function collect(incoming: IncomingMessage & WithBody, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        release()
        incoming.pause()
        reject(tooLarge())
      } else chunks.push(chunk)
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

function tooLarge(): HttpRefusal {
  // What is still on its way is not read: the connection cannot be used again.
  return new HttpRefusal(413, 'body_too_large', 'the body is too large', { headers: { Connection: 'close' } })
}
