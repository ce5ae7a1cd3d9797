import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export interface OutgoingRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface OutgoingAnswer {
  readonly status: number
  readonly body: string
}

export interface OutgoingLimits {
  /** Until the connection stands, TLS included. */
  readonly connectTimeoutMs: number
  /** From then until the last byte of the answer. */
  readonly readTimeoutMs: number
  readonly maxBodyBytes: number
}

/** Asks other servers over http and https, with limits on everything. */
export interface OutgoingRequests {
  /**
   * One request. Redirects are followed within the same scheme, host and port only, three at most: headers that carry secrets go nowhere else.
   *
   * @throws {OutgoingFailure} with a word for the log when no usable answer came.
   */
  send(request: OutgoingRequest): Promise<OutgoingAnswer>
  close(): void
}

/** No answer came that could be used. The message is for the log; it has neither query nor headers. */
export class OutgoingFailure extends Error {
  readonly kind: 'connect' | 'timeout' | 'too-large' | 'redirect' | 'broken'
  constructor(kind: OutgoingFailure['kind'], message: string) {
    super(message)
    this.name = 'OutgoingFailure'
    this.kind = kind
  }
}

const MAX_REDIRECTS = 3
const MAX_SOCKETS = 64

export function outgoingRequests(limits: OutgoingLimits): OutgoingRequests {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: 8 }
  const plain = new HttpAgent(options)
  const secure = new HttpsAgent(options)

  function once({ url, method, headers, body }: OutgoingRequest): Promise<OutgoingAnswer & { readonly location: string | undefined }> {
    const isSecure = url.startsWith('https:')
    return new Promise((resolve, reject) => {
      const fail = (kind: OutgoingFailure['kind'], message: string) => {
        finish(() => reject(new OutgoingFailure(kind, message)))
        call.destroy()
      }
      const finish = (act: () => void) => {
        clearTimeout(limit)
        act()
      }
      const request = isSecure ? httpsRequest : httpRequest
      const call = request(url, { method, headers, agent: isSecure ? secure : plain })
      let limit = setTimeout(() => fail('timeout', `no connection within ${limits.connectTimeoutMs} ms`), limits.connectTimeoutMs)
      const connected = () => {
        clearTimeout(limit)
        limit = setTimeout(() => fail('timeout', `no complete answer within ${limits.readTimeoutMs} ms`), limits.readTimeoutMs)
      }
      call.on('socket', (socket) => {
        if (call.reusedSocket || !socket.connecting) connected()
        else socket.once(isSecure ? 'secureConnect' : 'connect', connected)
      })
      call.on('error', (error: NodeJS.ErrnoException) => fail('connect', error.code ?? error.message))
      call.on('response', (answer) => {
        read(answer, limits.maxBodyBytes).then(
          (body) => finish(() => resolve({ status: answer.statusCode ?? 0, body, location: answer.headers.location })),
          (error: unknown) =>
            error instanceof OutgoingFailure ? fail(error.kind, error.message) : fail('broken', 'the answer broke off in the middle'),
        )
      })
      call.end(body)
    })
  }

  return {
    async send(request) {
      let url = request.url
      for (let hops = 0; ; hops++) {
        const answer = await once({ ...request, url })
        if (answer.status < 300 || answer.status > 399 || answer.location === undefined) return answer
        const next = URL.parse(answer.location, url)
        if (next?.origin !== new URL(url).origin) throw new OutgoingFailure('redirect', 'it redirects to another server')
        if (hops === MAX_REDIRECTS) throw new OutgoingFailure('redirect', `it redirects more than ${MAX_REDIRECTS} times`)
        url = next.href
      }
    },
    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

async function read(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
    size += (chunk as Buffer).length
    if (size > maxBytes) throw new OutgoingFailure('too-large', `the answer is larger than ${maxBytes} bytes`)
    chunks.push(chunk as Buffer)
  }
  if (!answer.complete) throw new OutgoingFailure('broken', 'the answer broke off in the middle')
  return Buffer.concat(chunks).toString('utf8')
}
