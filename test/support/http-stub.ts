import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'

/** A request that a stub got. */
export interface StubCall {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Somebody else's server on loopback: records what it is asked, answers as it is told. */
export interface HttpStub extends AsyncDisposable {
  readonly url: string
  readonly calls: StubCall[]
  /** How it answers from now on. */
  answer: (call: StubCall, response: ServerResponse) => void
}

export async function httpStub(answer: HttpStub['answer'] = (_call, response) => response.writeHead(204).end()): Promise<HttpStub> {
  const calls: StubCall[] = []
  const stub = { answer }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const url = new URL(request.url ?? '/', 'http://stub')
    const call = { method: request.method ?? '', path: url.pathname, query: url.searchParams, headers: request.headers, body }
    calls.push(call)
    stub.answer(call, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return Object.assign(stub, {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

/** Answers with a JSON document, or with a text as it is. */
export const answering =
  (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpStub['answer'] =>
  (_call, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body))
