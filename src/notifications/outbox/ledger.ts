import { isFinished, type OutboxRecord } from '../message.ts'
import type { JournalReader } from './journal.ts'
import { finishedAtIn } from './store.ts'

/** The newest version of each message, from versions in an order that all agree on. */
export interface Ledger extends JournalReader {
  /** For each version in the text that was applied last whether it counted. */
  readonly counted: readonly boolean[]
  get(key: string): OutboxRecord | undefined
  open(): readonly OutboxRecord[]
  /** Spares the reading of what was written just now. */
  remember(record: OutboxRecord): void
  /** Finished ones, as they are stored: most are never looked into. */
  finished(): Iterable<string>
  /** How many were finished before that moment. */
  finishedBefore(beforeMs: number): number
}

/** Stands first in each line. */
const HEAD = /^\{"key":"([\w-]{20,64})","version":(\d{1,9}),"state":"(\w{1,20})"/
const FORGET = '{"forgetBeforeMs":'
const PIECE = 500
const FIRST = ['key', 'version', 'state']

/** One version as a line. Records are made and changed in that order of members; one that is not is put into it. */
export function lineOf(record: OutboxRecord): string {
  if (isInOrder(record)) return `${JSON.stringify(record)}\n`
  const { key, version, state, ...rest } = record
  return `${JSON.stringify({ key, version, state, ...rest })}\n`
}

function isInOrder(record: OutboxRecord): boolean {
  let at = 0
  for (const name in record) {
    if (name !== FIRST[at]) return false
    if (++at === FIRST.length) return true
  }
  return false
}

/** A line that makes everybody forget what was finished before. */
export const forgettingLine = (beforeMs: number): string => `${FORGET}${Math.floor(beforeMs)}}\n`

interface Entry {
  readonly version: number
  readonly state: OutboxRecord['state']
  /** Without its end. */
  readonly line: string
  /** As read from the line, at the first need. */
  record?: OutboxRecord
}

/** A version counts if it is the next of what is there, or 0 if nothing is; so everybody who reads the same lines knows the same. */
export function ledger(): Ledger {
  const openOnes = new Map<string, Entry>()
  const finishedOnes = new Map<string, Entry>()
  let counted: boolean[] = []

  function note(line: string): void {
    const [, key, version, state] = HEAD.exec(line) ?? []
    if (key === undefined) {
      forget(line)
      return
    }
    const before = openOnes.get(key) ?? finishedOnes.get(key)
    const entry = { version: Number(version), state: state as Entry['state'], line }
    const counts = entry.version === (before ? before.version + 1 : 0)
    counted.push(counts)
    if (counts) put(key, entry)
  }

  function put(key: string, entry: Entry): void {
    const [to, from] = isFinished(entry) ? [finishedOnes, openOnes] : [openOnes, finishedOnes]
    from.delete(key)
    to.set(key, entry)
  }

  function forget(line: string): void {
    if (!line.startsWith(FORGET)) return
    const beforeMs = Number.parseInt(line.slice(FORGET.length), 10)
    for (const [key, one] of finishedOnes) if (finishedAtMs(one) < beforeMs) finishedOnes.delete(key)
  }

  function recordOf(entry: Entry | undefined): OutboxRecord | undefined {
    if (entry) entry.record ??= JSON.parse(entry.line) as OutboxRecord
    return entry?.record
  }

  return {
    get counted() {
      return counted
    },
    begin(summary) {
      openOnes.clear()
      finishedOnes.clear()
      for (const line of linesOf(summary)) {
        const [, key, version, state] = HEAD.exec(line) ?? []
        if (key !== undefined) put(key, { version: Number(version), state: state as Entry['state'], line })
      }
    },
    apply(text) {
      counted = []
      for (const line of linesOf(text)) note(line)
    },
    *summary() {
      let lines: string[] = []
      for (const { line } of [...openOnes.values(), ...finishedOnes.values()]) {
        lines.push(line)
        if (lines.length < PIECE) continue
        yield `${lines.join('\n')}\n`
        lines = []
      }
      if (lines.length > 0) yield `${lines.join('\n')}\n`
    },
    get: (key) => recordOf(openOnes.get(key) ?? finishedOnes.get(key)),
    open: () => [...openOnes.values()].flatMap((entry) => recordOf(entry) ?? []),
    remember(record) {
      const entry = openOnes.get(record.key)
      if (entry?.version === record.version) entry.record = record
    },
    *finished() {
      for (const { line } of finishedOnes.values()) yield line
    },
    finishedBefore: (beforeMs) => [...finishedOnes.values()].filter((one) => finishedAtMs(one) < beforeMs).length,
  }
}

const finishedAtMs = ({ line }: Entry): number => finishedAtIn(line)

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')
