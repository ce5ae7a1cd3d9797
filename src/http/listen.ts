import { createServer, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Log } from '../base/log.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import { CarryingResponse } from './carrying-response.ts'
import { contextPath, type HttpConfig } from './config.ts'
import type { Env } from './route.ts'
import { createSecureServer, type SecureServer } from './secure-server.ts'
import { materialMark, tlsOptions } from './tls/options.ts'
import { wantedTls } from './tls/wanted.ts'

export interface ListenParts {
  readonly settings: HttpConfig
  readonly log: Log
}

/** The open ports. */
export interface Ports extends AsyncDisposable {
  /** Address of each listener with the context path; the main one first: `https://localhost:8443/cas`. */
  readonly urls: readonly string[]
  /** Reads key and certificates again if their files have changed; it happens by itself every half minute. What cannot be used is logged, the old stays. */
  refreshCertificates(): Promise<boolean>
  /**
   * Stops: no new connections, unused ones closed, running requests finished.
   *
   * @param timeoutMs After so many milliseconds what still runs is cut off.
   * @returns How many requests were cut off.
   */
  stop(timeoutMs: number): Promise<number>
}

/** Another program has the port (exit code 69). */
export class PortInUse extends StartRefusal {
  readonly port: number
  constructor(setting: string, port: number, cause: unknown) {
    super(`is ${port}, and another program already listens on that port`, { setting, exitCode: 69, cause })
    this.name = 'PortInUse'
    this.port = port
  }
}

/** One listener; what it can do is the same with and without TLS. */
type Opened = Omit<SecureServer, 'server'> & { readonly server: AnyServer }
type AnyServer = Server | SecureServer['server']

const CERTIFICATE_CHECK_MS = 30_000
const LONGEST_TIMEOUT_MS = 600_000
/** How long a connection that is given up may go on sending before it is cut, so that the client gets to read why. */
const LINGER_MS = 1000

/**
 * Opens the ports: the main one, http or https, and the plain ones of `cas.server.tomcat.http`. This is the only place that does (configuration.md 10.1, 10.2).
 *
 * @throws {PortInUse}
 * @throws {StartRefusal} Address, rights, key store.
 */
export async function listen(app: Pick<Hono<Env>, 'fetch'>, { settings, log }: ListenParts): Promise<Ports> {
  const { server: configured } = settings
  const running = new Set<ServerResponse>()
  let stopping = false
  const respond = getRequestListener(app.fetch, { hostname: 'localhost', errorHandler: (error) => malformed(error, log) })
  const listener: RequestListener = async (incoming, outgoing) => {
    running.add(outgoing)
    if (stopping) outgoing.shouldKeepAlive = false
    try {
      await respond(incoming, outgoing)
    } finally {
      running.delete(outgoing)
    }
  }
  const isAnswering = (socket: Duplex) => [...running].some((outgoing) => outgoing.socket === socket && outgoing.headersSent)
  const options = timeouts(settings)

  const open = async (server: AnyServer, setting: string, port: number, scheme: string): Promise<string> => {
    server.maxConnections = configured.tomcat.maxConnections
    server.on('clientError', (error: SocketError, socket: Duplex) =>
      refuseConnection(error, socket, { busy: isAnswering(socket), maxHeaderSize: options.maxHeaderSize }),
    )
    await bind(server, setting, port, configured.address)
    server.on('error', (err) => log.error({ err }, 'listener failed'))
    return `${scheme}://${hostOf(configured.address)}:${(server.address() as AddressInfo).port}${contextPath(settings)}`
  }

  const servers: Opened[] = []
  const urls: string[] = []
  const plainServer = (): Opened & { readonly server: Server } => {
    const server = createServer(options, listener)
    return { server, closeIdle: () => server.closeIdleConnections(), closeAll: () => server.closeAllConnections() }
  }
  const wanted = configured.ssl.enabled ? wantedTls(configured.ssl, settings.spring.ssl.bundle) : undefined
  const secure = wanted && createSecureServer({ tls: await tlsOptions(wanted), http2: configured.http2.enabled, limits: options, listener })
  let mark = wanted ? await materialMark(wanted) : ''
  const main = secure ?? plainServer()
  try {
    servers.push(main)
    urls.push(await open(main.server, 'server.port', configured.port, secure ? 'https' : 'http'))
    for (const [index, plain] of settings.cas.server.tomcat.http.entries()) {
      if (!plain.enabled) continue
      const further = plainServer()
      servers.push(further)
      urls.push(await open(further.server, `cas.server.tomcat.http[${index}].port`, plain.port, 'http'))
    }
  } catch (error) {
    for (const { server } of servers) server.close()
    throw error
  }

  async function refreshCertificates(): Promise<boolean> {
    if (!secure || !wanted?.reload) return false
    try {
      const now = await materialMark(wanted)
      if (now === mark) return false
      secure.server.setSecureContext(await tlsOptions(wanted))
      mark = now
      log.info({}, 'certificates read again')
      return true
    } catch (err) {
      // Half-written files are whole the next time; until then the old certificate serves.
      log.error({ err }, 'changed certificates cannot be used')
      return false
    }
  }
  const certificateCheck = setInterval(() => void refreshCertificates(), CERTIFICATE_CHECK_MS)
  certificateCheck.unref()

  async function stop(timeoutMs: number): Promise<number> {
    stopping = true
    clearInterval(certificateCheck)
    for (const outgoing of running) if (!outgoing.headersSent) outgoing.shouldKeepAlive = false
    const closed = Promise.all(servers.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve()))))
    const closeIdle = () => {
      for (const one of servers) one.closeIdle()
    }
    const sweep = setInterval(closeIdle, 50)
    const { promise: tooLong, resolve } = Promise.withResolvers<void>()
    const limit = setTimeout(resolve, timeoutMs)
    await Promise.race([closed, tooLong])
    clearInterval(sweep)
    clearTimeout(limit)
    const cut = running.size
    for (const one of servers) one.closeAll()
    await closed
    return cut
  }

  return { urls, refreshCertificates, stop, [Symbol.asyncDispose]: async () => void (await stop(0)) }
}

/** The head of a request has `connection-timeout`, its body three times as long; an unused connection stays open for one. */
function timeouts(settings: HttpConfig) {
  const { connectionTimeout } = settings.server.tomcat
  const head = Math.min(Math.max(connectionTimeout * 1000, 1), LONGEST_TIMEOUT_MS)
  return {
    maxHeaderSize: settings.server.maxHttpRequestHeaderSize,
    headersTimeout: head,
    requestTimeout: head * 3,
    keepAliveTimeout: head,
    handshakeTimeout: head,
    // The types of Node want a class that is generic as theirs.
    ServerResponse: CarryingResponse as unknown as typeof ServerResponse,
    connectionsCheckingInterval: Math.min(Math.max(head / 4, 50), 5000),
  }
}

function bind(server: AnyServer, setting: string, port: number, address: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(unbindable(error, setting, port, address))
    server.once('error', onError)
    server.listen({ port, ...(address === undefined ? {} : { host: address }) }, () => {
      server.off('error', onError)
      resolve()
    })
  })
}

function unbindable(error: NodeJS.ErrnoException, setting: string, port: number, address: string | undefined): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new PortInUse(setting, port, error)
    case 'EACCES':
      return new StartRefusal(`is ${port}, and this user may not open that port`, { setting, exitCode: 69, cause: error })
    default:
      return new StartRefusal(`is ${address}, and this machine has no such address (${error.code})`, {
        setting: 'server.address',
        cause: error,
      })
  }
}

type SocketError = Error & { readonly code?: string; readonly rawPacket?: Buffer }

/** Something that is no request, or too long a one, or too slow: answered shortly, and the connection is closed. */
function refuseConnection(error: SocketError, socket: Duplex, facts: { readonly busy: boolean; readonly maxHeaderSize: number }): void {
  // An answer is on its way: nothing may be written into the middle of it.
  if (error.code === 'ECONNRESET' || facts.busy || !socket.writable) {
    if (!socket.writableEnded) socket.destroy(error)
    return
  }
  const status = statusOf(error, facts.maxHeaderSize)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}

function statusOf(error: SocketError, maxHeaderSize: number): number {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  if (error.code !== 'HPE_HEADER_OVERFLOW') return 400
  // Node does not say what was too long. Of a request line that came in several packets the last one does not show it, and the answer is 431.
  const packet = error.rawPacket?.toString('latin1') ?? ''
  const lineEnd = packet.indexOf('\n')
  return /^[A-Z]+ /.test(packet) && (lineEnd === -1 || lineEnd > maxHeaderSize) ? 414 : 431
}

/** A request that Node took and that cannot become one of ours: an impossible `Host`, a backslash in the path. */
function malformed(error: unknown, log: Log): Response {
  const mine = !(error instanceof Error && error.name === 'RequestError')
  if (mine) log.error({ err: error }, 'request failed')
  const status = mine ? 500 : 400
  const headers = { 'Content-Type': 'text/plain;charset=UTF-8', 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' }
  return new Response(STATUS_CODES[status], { status, headers })
}

const hostOf = (address: string | undefined) =>
  address === undefined || address === '0.0.0.0' || address === '::' ? 'localhost' : address.includes(':') ? `[${address}]` : address
