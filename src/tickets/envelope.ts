import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Clock } from '../base/clock.ts'
import type { Json } from '../base/json.ts'
import type { Log } from '../base/log.ts'
import { binarySealer } from './secrets.ts'

/** Version of what a store holds; one that is not known is left alone and counts as absent (tickets.md 7.4). */
export const FORMAT_VERSION = 1
export const COMPRESSED = 1
export const ENCRYPTED = 2
/** Bodies longer than this are compressed, before they are encrypted. */
const COMPRESS_FROM_BYTES = 1024
/** What a compressed body may grow to: more than any room puts into a ticket. */
const LONGEST_BODY_BYTES = 16 * 1024 * 1024

/** What a store keeps of a ticket besides the few numbers that decide about its life. */
export interface Content {
  readonly body: Json
  readonly principalId: string | undefined
  /** The last part of the id, for its handle. */
  readonly suffix: string
}

export interface Envelope {
  /** @param context The digest of the ticket: what was sealed for one does not open for another. */
  pack(content: Content, context: Buffer): { readonly flags: number; readonly payload: Buffer }
  /** `undefined` for what is unreadable here: the ticket is as if it were not there. Says so at most once a minute. */
  open(flags: number, payload: Buffer, context: Buffer): Content | undefined
  /** Whether a record of this version and these flags can be read at all. */
  reads(version: number, flags: number): boolean
}

export interface EnvelopeParts {
  /** Keys for whole bodies; none: bodies are readable in the store. */
  readonly bodyKeys: readonly Buffer[]
  readonly clock: Clock
  readonly log: Log
}

/** Turns what a ticket holds into bytes and back: JSON, compressed when it is long, sealed when there are keys (tickets.md 7.4, 7.7). */
export function envelope({ bodyKeys, clock, log }: EnvelopeParts): Envelope {
  const sealer = bodyKeys.length > 0 ? binarySealer(bodyKeys) : undefined
  let lastSaidMs = Number.NEGATIVE_INFINITY

  function unreadable(reason: string): undefined {
    const now = clock()
    if (now - lastSaidMs >= 60_000) {
      lastSaidMs = now
      log.warn({ reason }, 'a stored ticket cannot be read and counts as absent')
    }
    return undefined
  }

  const reads = (version: number, flags: number): boolean => {
    if (version !== FORMAT_VERSION) return unreadable('it is of another version') ?? false
    // Plain bodies in a store that encrypts, and the reverse, were written before the switch (tickets.md 7.7).
    if (((flags & ENCRYPTED) !== 0) !== (sealer !== undefined)) return unreadable('encryption was switched on or off') ?? false
    return true
  }

  return {
    reads,
    pack({ body, principalId, suffix }, context) {
      const text = JSON.stringify({
        b: body,
        ...(principalId === undefined ? {} : { p: principalId }),
        ...(suffix === '' ? {} : { x: suffix }),
      })
      let payload: Buffer = Buffer.from(text)
      let flags = 0
      if (payload.length > COMPRESS_FROM_BYTES) {
        payload = deflateRawSync(payload, { level: 1 })
        flags |= COMPRESSED
      }
      return sealer ? { flags: flags | ENCRYPTED, payload: sealer.seal(payload, context) } : { flags, payload }
    },
    open(flags, payload, context) {
      if (!reads(FORMAT_VERSION, flags)) return undefined
      const clear = sealer ? sealer.open(payload, context) : payload
      if (!clear) return unreadable('none of the keys opens it')
      try {
        const plain = flags & COMPRESSED ? inflateRawSync(clear, { maxOutputLength: LONGEST_BODY_BYTES }) : clear
        const { b, p, x } = JSON.parse(plain.toString()) as { b: Json; p?: string; x?: string }
        return { body: b, principalId: p, suffix: x ?? '' }
      } catch {
        return unreadable('it is damaged')
      }
    },
  }
}
