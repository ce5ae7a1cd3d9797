import { DIGEST_BYTES } from '../../secrets.ts'

/** Rows of one granting ticket stand side by side, so that a grant changes one page: its own first, then what hangs on it. */
export const SERVICE = 1
export const CHILD = 2
const HEAD = 0

/** What an entry of the table `expiring` is about. */
export const TICKET = 0
export const ONCE = 1
export const HIT = 2
export const SLOT = 3

const INSTANT_BYTES = 8

/** One buffer for the keys that are asked for most: the library copies a key before it returns, and so does who keeps one. */
const scratch = Buffer.alloc(DIGEST_BYTES + 1)

/** Valid until the next call. */
export function headKey(digest: Buffer): Buffer {
  digest.copy(scratch)
  scratch[DIGEST_BYTES] = HEAD
  return scratch
}

/** The digest of whose head a key of `tree` is; `undefined` for the other rows there. */
export function digestOfHead(key: Buffer): Buffer | undefined {
  return key.length === DIGEST_BYTES + 1 && key[DIGEST_BYTES] === HEAD ? key.subarray(0, DIGEST_BYTES) : undefined
}

/** The place of the tickets for one path among the rows of a session; `at` and `mark` follow where all of them are kept. */
export function serviceKey(digest: Buffer, path: Buffer, entry?: { readonly atMs: number; readonly mark: Buffer }): Buffer {
  if (!entry) return Buffer.concat([below(digest, SERVICE), path])
  return Buffer.concat([below(digest, SERVICE), path, instant(entry.atMs), entry.mark])
}

export function childKey(digest: Buffer, kindCode: number, child: Buffer): Buffer {
  return Buffer.concat([below(digest, CHILD), Buffer.of(kindCode), child])
}

export function readChildKey(key: Buffer): { readonly kindCode: number; readonly child: Buffer } {
  return { kindCode: key[DIGEST_BYTES + 1] ?? 0, child: Buffer.from(key.subarray(DIGEST_BYTES + 2)) }
}

/** Bounds of the rows of one sort below a ticket, the end excluded. */
export function rangeOf(digest: Buffer, sort: typeof SERVICE | typeof CHILD): { readonly start: Buffer; readonly end: Buffer } {
  return { start: below(digest, sort), end: below(digest, sort + 1) }
}

/** Bounds of all keys that begin like this, the end excluded. */
export function startingWith(start: Buffer): { readonly start: Buffer; readonly end: Buffer } {
  return { start, end: Buffer.concat([start, Buffer.alloc(32, 0xff)]) }
}

/** Under an instant, in the order of time. */
export function dueKey(atMs: number, digest: Buffer, sort: number = TICKET): Buffer {
  const key = Buffer.allocUnsafe(INSTANT_BYTES + 1 + digest.length)
  key.writeDoubleBE(atMs, 0)
  key[INSTANT_BYTES] = sort
  digest.copy(key, INSTANT_BYTES + 1)
  return key
}

export function readDueKey(key: Buffer): { readonly atMs: number; readonly sort: number; readonly digest: Buffer } {
  return { atMs: key.readDoubleBE(0), sort: key[INSTANT_BYTES] ?? 0, digest: Buffer.from(key.subarray(INSTANT_BYTES + 1)) }
}

export function principalKey(principal: Buffer, createdAtMs: number, digest: Buffer): Buffer {
  return Buffer.concat([principal, instant(createdAtMs), digest])
}

export function readPrincipalKey(key: Buffer): Buffer {
  return Buffer.from(key.subarray(DIGEST_BYTES + INSTANT_BYTES))
}

/** Eight bytes that stand in the order of time; instants before 1970 count as 1970. */
export function instant(atMs: number): Buffer {
  const bytes = Buffer.allocUnsafe(INSTANT_BYTES)
  bytes.writeDoubleBE(Math.max(0, atMs))
  return bytes
}

function below(digest: Buffer, sort: number): Buffer {
  const key = Buffer.allocUnsafe(digest.length + 1)
  digest.copy(key)
  key[digest.length] = sort
  return key
}
