import { open } from 'node:fs/promises'
import { HttpRefusal } from '../../base/errors.ts'
import { type Endpoint, notFound } from '../endpoint.ts'

export interface LogfileParts {
  /** The file to which the log is written; absent: it goes to standard output alone. */
  readonly logFile?: string | undefined
}

/** What one answer holds. */
const MOST_BYTES = 1024 * 1024

/**
 * `logfile`: the end of the log, or the piece that `Range: bytes=…` asks for, at most a megabyte (configuration.md 14.3). Without a range the last megabyte.
 */
export function logfileEndpoint({ logFile }: LogfileParts): Endpoint {
  return {
    id: 'logfile',
    ...(logFile === undefined ? { switchedOffBy: 'logging.file.name' } : {}),
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 206, 404, 416],
        async handle(call) {
          const file = await open(logFile ?? '').catch(() => undefined)
          if (!file) throw notFound()
          try {
            const { size } = await file.stat()
            const wanted = call.req.header('range')
            const { start, end } = wanted === undefined ? { start: Math.max(0, size - MOST_BYTES), end: size } : rangeOf(wanted, size)
            const length = Math.min(end - start, MOST_BYTES)
            const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start)
            const headers: Record<string, string> = {
              'Content-Type': 'text/plain;charset=UTF-8',
              'Accept-Ranges': 'bytes',
              'Cache-Control': 'no-store',
            }
            if (wanted !== undefined) headers['Content-Range'] = `bytes ${start}-${start + bytesRead - 1}/${size}`
            return new Response(new Uint8Array(buffer.subarray(0, bytesRead)), { status: wanted === undefined ? 200 : 206, headers })
          } finally {
            await file.close()
          }
        },
      },
    ],
  }
}

/** One range of bytes (RFC 9110 section 14.1.2), the end not included. @throws {HttpRefusal} 416 */
function rangeOf(header: string, size: number): { readonly start: number; readonly end: number } {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim())
  const [first = '', last = ''] = match ? [match[1], match[2]] : []
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (!match || (first === '' && last === '') || start >= end) {
    throw new HttpRefusal(416, 'no_such_range', 'there is nothing in this range', { headers: { 'Content-Range': `bytes */${size}` } })
  }
  return { start, end }
}
