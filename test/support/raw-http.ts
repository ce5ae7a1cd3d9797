import { connect } from 'node:net'

/**
 * Sends bytes as they are, for requests that no client library would make.
 *
 * @returns what came back until the server closed the connection, or until the limit.
 */
export function sendRaw(url: string, bytes: string | Uint8Array, limitInMs = 6_000): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname)
    const limit = setTimeout(() => socket.destroy(), limitInMs)
    socket.setEncoding('latin1')
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    // The server may close while the rest is still being sent; its answer counts.
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EPIPE' && cause.code !== 'ECONNRESET') reject(cause)
    })
    socket.on('close', () => {
      clearTimeout(limit)
      resolve(answer)
    })
  })
}

export const statusOfRaw = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
