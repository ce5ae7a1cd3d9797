import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { claimDurably, isWaitingBatch, readBatch, writeBatch } from './batch.ts'
import { codeOf, ignoreMissing, readIfThere, syncDirectory, writeDurably } from './durable-file.ts'

/** What a reader makes of a journal: all readers are given the same texts in the same order. */
export interface JournalReader {
  /** What came before counts for nothing; `summary` stands for all of it. */
  begin(summary: string): void
  apply(text: string): void
  /** What stands for everything applied so far, in pieces. */
  summary(): Iterable<string>
}

/**
 * Texts in an order that all processes agree on, over a folder that several machines may share. Text _n_ is the file _n_, whole and durable before it gets
 * that name, which one process alone can give it; so there is no lock that a killed process could leave behind, nothing is ever written over, and no clock
 * has to be right. Whoever adds a text has read all before it.
 *
 * The files of some time are an _epoch_, a folder. When there are many, somebody writes a summary into a folder for the next epoch and ends this one with a
 * text that names it: after that nobody can add here any more. `<k>.epoch` beside the folders says which one is epoch _k_.
 */
export interface Journal {
  /** Reads what others have added. */
  catchUp(): Promise<void>
  /** Adds a text; the reader has been given it, and all that came before it, when this resolves. */
  append(text: string): Promise<void>
  /** Looks whether it has been overtaken, and takes away what nobody needs; begins an epoch when this one has become long. */
  tend(): Promise<void>
}

export interface JournalOptions {
  /** Whether the file system gives files second names; asked at the first need. */
  readonly hardLinks?: boolean
  /** Texts in an epoch, at least, before the next is begun. */
  readonly longEpoch?: number
}

interface Epoch {
  readonly number: number
  /** Name of its folder: the number and what nobody else has chosen. */
  readonly folder: string
}

const FOLDER = /^(\d{1,15})-[0-9a-f]{24}$/
const POINTER = /^(\d{1,15})\.epoch$/
const REMOVED = /^\.removed-[0-9a-f]{24}$/
/** Begins a text that ends an epoch; no text of a reader begins so. */
const END = '{"next":"'
const SUMMARY = 'summary'
const LONG_EPOCH = 128
const LEFT_BEHIND_MS = 3_600_000
/** A file server may show a name later than it refuses to give it again. */
const UNSEEN_TRIES = 100
const UNSEEN_PAUSE_MS = 50

/** @throws what the system says when the folder cannot be used. */
export async function openJournal(root: string, reader: JournalReader, options: JournalOptions = {}): Promise<Journal> {
  const { hardLinks = true, longEpoch = LONG_EPOCH } = options
  let epoch: Epoch = { number: -1, folder: '' }
  /** Number of the last text read. */
  let position = 0
  let lengthOfSummary = 0
  let lengthOfTexts = 0

  const inEpoch = (name: string | number) => join(root, epoch.folder, String(name))
  const pointerName = (number: number) => join(root, `${number}.epoch`)

  /** Goes to the newest epoch. */
  async function enter(): Promise<void> {
    for (let tries = 0; tries < UNSEEN_TRIES; tries++) {
      const newest = newestOf(await readdir(root))
      if (newest < 0) {
        await beginFirst()
        continue
      }
      const folder = (await readBatch(join(root, `${newest}.epoch`)))?.trim() ?? ''
      const summary = FOLDER.test(folder) ? await readIfThere(join(root, folder, SUMMARY)) : undefined
      if (summary === undefined) {
        // It has been overtaken since.
        await setTimeout(UNSEEN_PAUSE_MS)
        continue
      }
      epoch = { number: newest, folder }
      position = 0
      lengthOfSummary = summary.length
      lengthOfTexts = 0
      reader.begin(summary)
      return catchUp()
    }
    throw new Error(`${root} holds no outbox that can be read`)
  }

  /** The pointer to the first epoch stays for ever: a process that was stopped for long cannot begin anew. */
  async function beginFirst(): Promise<void> {
    const folder = await prepare(0, [])
    if (!(await claimDurably(root, pointerName(0), `${folder}\n`, hardLinks)))
      await rm(join(root, folder), { recursive: true, force: true })
  }

  async function prepare(number: number, summary: Iterable<string>): Promise<string> {
    const folder = `${number}-${randomBytes(12).toString('hex')}`
    await mkdir(join(root, folder), { mode: 0o700 })
    await writeDurably(join(root, folder, SUMMARY), summary)
    await syncDirectory(join(root, folder))
    await syncDirectory(root)
    return folder
  }

  async function catchUp(): Promise<void> {
    for (;;) {
      const text = await readBatch(inEpoch(position + 1))
      if (text === undefined) return
      await take(text)
    }
  }

  async function take(text: string): Promise<void> {
    position++
    if (!text.startsWith(END)) {
      lengthOfTexts += text.length
      reader.apply(text)
      return
    }
    const { next } = JSON.parse(text) as { readonly next: string }
    const number = epoch.number + 1
    if (FOLDER.exec(next)?.[1] !== String(number))
      throw new Error(`epoch ${epoch.number} of the outbox in ${root} ends with what is no epoch`)
    // What has been read stands in the summary too.
    epoch = { number, folder: next }
    position = 0
    lengthOfSummary += lengthOfTexts
    lengthOfTexts = 0
    await claimDurably(root, pointerName(number), `${next}\n`, hardLinks)
  }

  async function append(text: string): Promise<void> {
    let batch = await writeBatch(root, text, hardLinks)
    try {
      for (let unseen = 0; unseen < UNSEEN_TRIES; ) {
        const [folder, name] = [epoch.folder, inEpoch(position + 1)]
        const outcome = await batch.claim(name)
        if (outcome === 'claimed') {
          // It stands there for others, whatever the disk says next.
          await take(text)
          await syncDirectory(join(root, folder))
          return
        }
        if (outcome === 'gone') {
          await enter()
          await batch.drop()
          batch = await writeBatch(root, text, hardLinks)
          unseen++
          continue
        }
        const before = position
        await catchUp()
        if (folder !== epoch.folder || position > before) unseen = 0
        else {
          unseen++
          await setTimeout(UNSEEN_PAUSE_MS)
        }
      }
      throw new Error(`the next text of the outbox in ${root} is neither free nor to be read`)
    } finally {
      await batch.drop()
    }
  }

  /** What stands in few files is read faster by the next process; what was overtaken is taken away. */
  async function beginNext(): Promise<void> {
    // Somebody else may have begun it meanwhile, and have taken ours away.
    const folder = await prepare(epoch.number + 1, reader.summary()).catch(ignoreMissing)
    if (folder === undefined) return
    const text = `${JSON.stringify({ next: folder })}\n`
    const old = epoch.folder
    // If somebody else has added something since, the summary is not the whole: another time.
    if (!(await claimDurably(root, inEpoch(position + 1), text, hardLinks))) return rm(join(root, folder), { recursive: true, force: true })
    await take(text)
    lengthOfSummary = (await stat(inEpoch(SUMMARY))).size
    await syncDirectory(join(root, old))
  }

  /** The epoch before this one stays: who has not read its end yet finds it there. */
  async function takeAway(): Promise<void> {
    const names = await readdir(root)
    const chosen = new Set<string>([epoch.folder])
    const before = epoch.number > 0 ? await readBatch(pointerName(epoch.number - 1)) : undefined
    if (before !== undefined) chosen.add(before.trim())
    for (const name of names) {
      const number = Number(FOLDER.exec(name)?.[1] ?? Number.POSITIVE_INFINITY)
      const pointer = Number(POINTER.exec(name)?.[1] ?? 0)
      // The name goes first, in one step: nobody can add to what is half taken away.
      if (number <= epoch.number && !chosen.has(name)) {
        const removed = join(root, `.removed-${randomBytes(12).toString('hex')}`)
        await rename(join(root, name), removed).catch(ignoreMissing)
        await rm(removed, { recursive: true, force: true })
      } else if (
        (pointer > 0 && pointer < epoch.number - 1) ||
        REMOVED.test(name) ||
        (isWaitingBatch(name) && (await isOld(join(root, name))))
      ) {
        await rm(join(root, name), { recursive: true, force: true })
      }
    }
  }

  await enter()
  return {
    catchUp,
    append,
    async tend() {
      const newest = newestOf(await readdir(root))
      if (newest > epoch.number + 1) await enter()
      else await catchUp()
      if (position < longEpoch || (position < 8 * longEpoch && lengthOfTexts < lengthOfSummary / 2)) return
      await beginNext()
      await takeAway()
    },
  }
}

/** Number of the newest epoch that one of these files points to; -1: none does. */
const newestOf = (names: readonly string[]): number =>
  names.reduce((newest, name) => Math.max(newest, Number(POINTER.exec(name)?.[1] ?? -1)), -1)

async function isOld(name: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(name)).mtimeMs > LEFT_BEHIND_MS
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return false
  }
}
