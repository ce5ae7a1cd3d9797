import { breath } from '../../base/breath.ts'
import type { OutboxRecord } from '../message.ts'

/** Where messages are kept, durably, until long after they were sent (notifications.md 7.2). Shared by all processes that can reach it. */
export interface OutboxStore {
  /** For the operator: what kind, and where. */
  readonly place: string
  get(key: string): Promise<OutboxRecord | undefined>
  /**
   * Writes each record if it is the next version of what is there; version 0, if nothing is there. Of two that write the same version of one message, in any
   * process, exactly one does. What was written survives a loss of power.
   *
   * @returns for each record whether it was written.
   */
  write(records: readonly OutboxRecord[]): Promise<readonly boolean[]>
  /** All messages that are not finished. */
  open(): Promise<readonly OutboxRecord[]>
  /** All that are. */
  finished(): Promise<readonly OutboxRecord[]>
  /** Those to one recipient; costs little however many there are. */
  finishedTo(to: string): Promise<readonly OutboxRecord[]>
  /** Those that were finished at that moment or later. */
  finishedSince(sinceMs: number): Promise<readonly OutboxRecord[]>
  /** Forgets finished messages of before that moment. @returns how many. */
  prune(beforeMs: number): Promise<number>
  close(): Promise<void>
}

/** Picks records to one recipient from the texts of many, without reading them all. */
export function recordsTo(to: string, texts: Iterable<string>): readonly OutboxRecord[] {
  const mark = `"to":${JSON.stringify(to)}`
  const found: OutboxRecord[] = []
  for (const text of texts) if (text.includes(mark)) found.push(JSON.parse(text) as OutboxRecord)
  return found.filter((record) => record.to === to)
}

const FINISHED_AT = /[,{]"finishedAtMs":(\d{1,16})/

/** When a record was finished, from its text; 0 for one that is not. */
export const finishedAtIn = (text: string): number => Number(FINISHED_AT.exec(text)?.[1] ?? 0)

/** Picks records of lately from the texts of many; others have their turn in between. */
export async function recordsSince(sinceMs: number, texts: Iterable<string>): Promise<readonly OutboxRecord[]> {
  const pause = breath()
  const found: OutboxRecord[] = []
  for (const text of texts) {
    if (finishedAtIn(text) >= sinceMs) found.push(JSON.parse(text) as OutboxRecord)
    if (pause.due()) await pause.take()
  }
  return found
}
