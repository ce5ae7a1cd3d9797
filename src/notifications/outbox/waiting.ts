import type { OutboxRecord } from '../message.ts'

/** Messages that are known to be open, as last seen, and which of them may leave together. */
export interface WaitingMessages extends Iterable<readonly [key: string, record: OutboxRecord]> {
  get(key: string): OutboxRecord | undefined
  set(record: OutboxRecord): void
  delete(key: string): void
  /** Pending ones with the same word as this one, itself among them. */
  alike(record: OutboxRecord): Iterable<OutboxRecord>
}

/** @param wordOf What messages that may leave together have in common; `undefined`: each leaves alone. */
export function waitingMessages(wordOf: (record: OutboxRecord) => string | undefined): WaitingMessages {
  const byKey = new Map<string, OutboxRecord>()
  const byWord = new Map<string, Map<string, OutboxRecord>>()
  const wordWhile = (record: OutboxRecord) => (record.state === 'pending' ? wordOf(record) : undefined)

  function forget(key: string): void {
    const before = byKey.get(key)
    const word = before && wordWhile(before)
    if (word === undefined) return
    const ours = byWord.get(word)
    ours?.delete(key)
    if (ours?.size === 0) byWord.delete(word)
  }

  return {
    get: (key) => byKey.get(key),
    set(record) {
      forget(record.key)
      byKey.set(record.key, record)
      const word = wordWhile(record)
      if (word === undefined) return
      const ours = byWord.get(word) ?? new Map<string, OutboxRecord>()
      byWord.set(word, ours.set(record.key, record))
    },
    delete(key) {
      forget(key)
      byKey.delete(key)
    },
    alike(record) {
      const word = wordWhile(record)
      return word === undefined ? [record] : (byWord.get(word)?.values() ?? [record])
    },
    [Symbol.iterator]: () => byKey.entries(),
  }
}
