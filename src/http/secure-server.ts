import type { RequestListener, ServerOptions } from 'node:http'
import {
  constants,
  createSecureServer as createHttp2Server,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'

/** A server that speaks TLS, with what a stop needs of it. */
export interface SecureServer {
  readonly server: HttpsServer | Http2SecureServer
  /** Ends connections on which nothing is asked. */
  closeIdle(): void
  /** Cuts off all of them. */
  closeAll(): void
}

export interface SecureServerParts {
  readonly tls: TlsOptions
  readonly http2: boolean
  /** Limits as `node:http` knows them, in milliseconds and bytes. */
  readonly limits: ServerOptions & {
    readonly maxHeaderSize: number
    readonly headersTimeout: number
    readonly requestTimeout: number
    readonly handshakeTimeout: number
  }
  readonly listener: RequestListener
}

/** What one connection may ask at once. */
const MOST_STREAMS = 100

export function createSecureServer({ tls, http2, limits, listener }: SecureServerParts): SecureServer {
  if (!http2) {
    const server = createHttpsServer({ ...limits, ...tls }, listener)
    return { server, closeIdle: () => server.closeIdleConnections(), closeAll: () => server.closeAllConnections() }
  }
  const server = createHttp2Server({
    ...tls,
    handshakeTimeout: limits.handshakeTimeout,
    // Who does not speak HTTP/2 is answered by HTTP/1.1 at the same port (ALPN, RFC 7301).
    allowHTTP1: true,
    http1Options: limits,
    settings: { maxConcurrentStreams: MOST_STREAMS, maxHeaderListSize: limits.maxHeaderSize, enablePush: false },
    // The listener reads what both protocols have in common; Node's types know them as two.
  } as Parameters<typeof createHttp2Server>[0])
  server.on('request', listener as never)
  Object.assign(server, {
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.headersTimeout,
  })

  const sessions = new Set<ServerHttp2Session>()
  const sockets = new Set<Socket>()
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    // Says goodbye and waits for what still runs.
    session.setTimeout(limits.headersTimeout, () => session.close())
  })
  server.on('stream', (stream: ServerHttp2Stream) => {
    // A request that is sent drop by drop never comes to its end.
    const late = setTimeout(() => {
      if (!stream.readableEnded && !stream.headersSent) stream.close(constants.NGHTTP2_CANCEL)
    }, limits.requestTimeout)
    late.unref()
    stream.once('close', () => clearTimeout(late))
  })
  return {
    server,
    closeIdle() {
      for (const session of sessions) if (!session.closed) session.close()
      const { closeIdleConnections } = server as unknown as { closeIdleConnections?: () => void }
      closeIdleConnections?.call(server)
    },
    closeAll() {
      for (const session of sessions) session.destroy()
      for (const socket of sockets) socket.destroy()
    },
  }
}
