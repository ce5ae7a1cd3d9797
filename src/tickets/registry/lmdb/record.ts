import { FORMAT_VERSION } from '../../envelope.ts'
import type { Life } from '../../expiration.ts'
import { DIGEST_BYTES } from '../../secrets.ts'
import type { ExpirationPolicy } from '../../ticket.ts'

/** The row has a parent. Lower bits are the envelope's. */
const HAS_PARENT = 4
/** The row concerns nothing that has to outlive the machine: a short life and nothing below it. */
const BRIEF = 8
/** The row ends in the payload. */
const HAS_PAYLOAD = 16

const NONE = 0xffffffff
const AT = {
  version: 0,
  kind: 1,
  flags: 2,
  uses: 4,
  created: 8,
  used: 16,
  live: 24,
  idle: 32,
  between: 40,
  limit: 48,
  body: 52,
  due: 56,
} as const
const PARENT = 64
const PRINCIPAL = PARENT + DIGEST_BYTES
/** Bytes of the fixed part: everything that decides about the life of a ticket. The payload follows. */
export const HEAD_BYTES = PRINCIPAL + DIGEST_BYTES

/** The fixed part of a ticket's row. Numbers are read and rewritten without touching what the ticket holds (tickets.md 7.3). */
export interface Head extends Life {
  readonly version: number
  readonly kindCode: number
  readonly flags: number
  readonly brief: boolean
  /** Counts the replacements of the body. */
  readonly bodyVersion: number
  /** Under which instant the row is filed in its index; `Infinity`: in none. */
  readonly dueAtMs: number
  readonly parent: Buffer | undefined
}

export interface NewHead extends Life {
  readonly kindCode: number
  readonly flags: number
  readonly brief: boolean
  readonly bodyVersion: number
  readonly dueAtMs: number
  readonly parent: Buffer | undefined
  readonly principal: Buffer | undefined
}

/** A row from its parts. */
export function writeRow(head: NewHead, payload?: Buffer): Buffer {
  const row = Buffer.allocUnsafe(HEAD_BYTES + (payload?.length ?? 0))
  const { policy } = head
  row[AT.version] = FORMAT_VERSION
  row[AT.kind] = head.kindCode
  row[AT.flags] = head.flags | (head.parent ? HAS_PARENT : 0) | (head.brief ? BRIEF : 0) | (payload ? HAS_PAYLOAD : 0)
  row[3] = 0
  row.writeUInt32LE(head.countOfUses, AT.uses)
  row.writeDoubleLE(head.createdAtMs, AT.created)
  row.writeDoubleLE(head.lastUsedAtMs, AT.used)
  row.writeDoubleLE(policy.timeToLiveInSeconds ?? Number.NaN, AT.live)
  row.writeDoubleLE(policy.timeToIdleInSeconds ?? Number.NaN, AT.idle)
  row.writeDoubleLE(policy.timeBetweenUsesInSeconds ?? Number.NaN, AT.between)
  row.writeUInt32LE(policy.numberOfUses ?? NONE, AT.limit)
  row.writeUInt32LE(head.bodyVersion, AT.body)
  row.writeDoubleLE(head.dueAtMs, AT.due)
  if (head.parent) head.parent.copy(row, PARENT)
  else row.fill(0, PARENT, PRINCIPAL)
  if (head.principal) head.principal.copy(row, PRINCIPAL)
  else row.fill(0, PRINCIPAL, HEAD_BYTES)
  payload?.copy(row, HEAD_BYTES)
  return row
}

/** @param row May be a buffer of the library that is overwritten by its next read: everything is copied out of it. */
export function readHead(row: Buffer): Head {
  const flags = row[AT.flags] ?? 0
  const policy: { -readonly [name in keyof ExpirationPolicy]: ExpirationPolicy[name] } = {}
  const live = row.readDoubleLE(AT.live)
  const idle = row.readDoubleLE(AT.idle)
  const between = row.readDoubleLE(AT.between)
  const limit = row.readUInt32LE(AT.limit)
  if (!Number.isNaN(live)) policy.timeToLiveInSeconds = live
  if (!Number.isNaN(idle)) policy.timeToIdleInSeconds = idle
  if (!Number.isNaN(between)) policy.timeBetweenUsesInSeconds = between
  if (limit !== NONE) policy.numberOfUses = limit
  return {
    version: row[AT.version] ?? 0,
    kindCode: row[AT.kind] ?? 0,
    flags,
    brief: (flags & BRIEF) !== 0,
    countOfUses: row.readUInt32LE(AT.uses),
    createdAtMs: row.readDoubleLE(AT.created),
    lastUsedAtMs: row.readDoubleLE(AT.used),
    policy,
    bodyVersion: row.readUInt32LE(AT.body),
    dueAtMs: row.readDoubleLE(AT.due),
    parent: flags & HAS_PARENT ? copyOf(row, PARENT) : undefined,
  }
}

/** Notes a use in a row that was read, in place. */
export function markUse(row: Buffer, lastUsedAtMs: number, countOfUses: number): void {
  row.writeDoubleLE(lastUsedAtMs, AT.used)
  row.writeUInt32LE(countOfUses, AT.uses)
}

/** Files a row that was read under another instant, in place. */
export function markDue(row: Buffer, dueAtMs: number): void {
  row.writeDoubleLE(dueAtMs, AT.due)
}

/** What a used-up ticket leaves behind until its time is over: that it was used, not what it held. */
export function withoutPayload(row: Buffer): Buffer {
  row[AT.flags] = (row[AT.flags] ?? 0) & ~HAS_PAYLOAD
  return row.subarray(0, HEAD_BYTES)
}

/** For sessions: under which key of the principals' index it is filed. */
export function principalOf(row: Buffer): Buffer | undefined {
  return isZero(row, PRINCIPAL) ? undefined : copyOf(row, PRINCIPAL)
}

export function payloadOf(row: Buffer): Buffer {
  return row.subarray(HEAD_BYTES)
}

function copyOf(row: Buffer, start: number): Buffer {
  const copy = Buffer.allocUnsafe(DIGEST_BYTES)
  row.copy(copy, 0, start, start + DIGEST_BYTES)
  return copy
}

function isZero(row: Buffer, start: number): boolean {
  for (let place = start; place < start + DIGEST_BYTES; place++) if (row[place] !== 0) return false
  return true
}
