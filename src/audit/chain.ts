import { hash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/**
 * What ties a kept record to the one before it (configuration.md 15.3). Each process has a chain of its own, because several write to one file. Whoever
 * changes a record, takes one away or puts one in between breaks it. Who can write to the files can also make a whole chain anew: its head, kept elsewhere,
 * tells.
 */
export interface Link {
  /** Of one process, made at its start. */
  readonly writer: string
  /** Counts from 0. */
  readonly seq: number
  /** Digest of the line before; empty for the first. */
  readonly prev: string
}

/** @returns makes the line of a record, with its link. */
export function chain(writer: string = randomBytes(9).toString('base64url')): (record: object) => string {
  let seq = 0
  let prev = ''
  return (record) => {
    const line = JSON.stringify({ ...record, chain: { writer, seq, prev } satisfies Link })
    seq += 1
    prev = digestOf(line)
    return line
  }
}

const digestOf = (line: string) => hash('sha256', line, 'base64url')

export interface Verified {
  readonly records: number
  /** Of versions before there were chains. */
  readonly unchained: number
  readonly chains: readonly {
    readonly writer: string
    /** Numbers of the first and the last record that is there; earlier ones may have been removed with the files of their days. */
    readonly from: number
    readonly to: number
    /** Digest of the last one. */
    readonly head: string
  }[]
  readonly breaks: readonly { readonly file: string; readonly line: number; readonly reason: string }[]
}

interface Seen extends Link {
  readonly digest: string
  readonly file: string
  readonly line: number
}

interface State {
  readonly from: number
  last: Seen
  /** What came before its turn: a clock that was set back writes to the file of another day. */
  readonly early: Map<number, Seen>
}

const FILE = /^audit-\d{4}-\d\d-\d\d\.jsonl$/
const MOST_BREAKS = 1000
const MOST_EARLY = 10_000

/** Follows the chains through all files of a folder, the oldest first. */
export async function verifyChains(directory: string): Promise<Verified> {
  const states = new Map<string, State>()
  const breaks: { file: string; line: number; reason: string }[] = []
  const broken = ({ file, line }: Pick<Seen, 'file' | 'line'>, reason: string) => {
    if (breaks.length < MOST_BREAKS) breaks.push({ file, line, reason })
  }
  let records = 0
  let unchained = 0

  const follow = (seen: Seen) => {
    const state = states.get(seen.writer)
    if (!state) return void states.set(seen.writer, { from: seen.seq, last: seen, early: new Map() })
    if (seen.seq <= state.last.seq) return broken(seen, `number ${seen.seq} of ${seen.writer} is there a second time`)
    state.early.set(seen.seq, seen)
    takeInTurn(state)
    if (state.early.size > MOST_EARLY) skipTo(state)
  }
  const takeInTurn = (state: State) => {
    for (let next = state.early.get(state.last.seq + 1); next; next = state.early.get(state.last.seq + 1)) {
      if (next.prev !== state.last.digest) broken(next, `the record before it, number ${state.last.seq} of ${next.writer}, was another one`)
      state.early.delete(next.seq)
      state.last = next
    }
  }
  /** What has not come by now is missing. */
  const skipTo = (state: State) => {
    const first = [...state.early.values()].reduce((least, one) => (one.seq < least.seq ? one : least))
    broken(first, `records ${state.last.seq + 1} to ${first.seq - 1} of ${first.writer} are missing`)
    state.early.delete(first.seq)
    state.last = first
    takeInTurn(state)
  }

  const files = (await readdir(directory).catch(() => [])).filter((name) => FILE.test(name)).sort()
  for (const file of files) {
    let line = 0
    for await (const text of createInterface({ input: createReadStream(join(directory, file)), crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1
      if (text === '') continue
      records += 1
      const link = linkOf(text)
      if (link === 'none') unchained += 1
      else if (link) follow({ ...link, digest: digestOf(text), file, line })
      else broken({ file, line }, 'is no record')
    }
  }
  for (const state of states.values()) while (state.early.size > 0) skipTo(state)
  const chains = [...states].map(([writer, { from, last }]) => ({ writer, from, to: last.seq, head: last.digest }))
  return { records, unchained, chains, breaks }
}

function linkOf(text: string): Link | 'none' | undefined {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof record !== 'object' || record === null) return undefined
  if (!('chain' in record)) return 'none'
  const { writer, seq, prev } = (record.chain ?? {}) as Record<string, unknown>
  return typeof writer === 'string' && Number.isSafeInteger(seq) && typeof prev === 'string'
    ? { writer, seq: seq as number, prev }
    : undefined
}
