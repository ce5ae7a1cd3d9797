import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { HttpConfig } from './config.ts'
import type { AnswerHeaders } from './headers.ts'
import type { Call } from './route.ts'

const zip = promisify(gzip)
const WANTS_GZIP = /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/i

/**
 * `server.compression.*`: bodies of the listed types, from a size on, for whoever accepts gzip. The work is done by the thread pool. What has a strong
 * `ETag` is left alone, as Tomcat does, because a program may send that back with `If-Match`.
 *
 * @returns `undefined` when it is switched off; else a function that gives the answer to send in place of another; `undefined`: that one.
 */
export function compression(
  settings: HttpConfig,
): ((call: Call, response: Response, carried: AnswerHeaders) => Promise<Response> | undefined) | undefined {
  const { enabled, mimeTypes, minResponseSize } = settings.server.compression
  if (!enabled) return undefined
  const types = new Set(mimeTypes.map((type) => type.toLowerCase()))

  async function compressed(response: Response, carried: AnswerHeaders): Promise<Response> {
    const plain = Buffer.from(await response.arrayBuffer())
    const headers = new Headers(response.headers)
    if (plain.length < minResponseSize) return new Response(plain, { status: response.status, headers })
    const vary = [headers.get('vary'), carried['Vary'], 'Accept-Encoding'].filter((one) => one !== null && one !== undefined)
    headers.set('Vary', [...new Set(vary)].join(', '))
    headers.set('Content-Encoding', 'gzip')
    headers.delete('content-length')
    return new Response(await zip(plain), { status: response.status, headers })
  }

  return (call, response, carried) => {
    if (!WANTS_GZIP.test(call.req.header('accept-encoding') ?? '') || call.req.method === 'HEAD') return undefined
    const { headers } = response
    const type = headers.get('content-type')
    if (type === null || !types.has((type.split(';')[0] ?? '').trim().toLowerCase())) return undefined
    const etag = headers.get('etag')
    if (headers.has('content-encoding') || headers.has('content-range') || (etag !== null && !etag.startsWith('W/'))) return undefined
    return compressed(response, carried)
  }
}
