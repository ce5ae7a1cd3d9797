import * as fs from 'node:fs'
import { promisify } from 'node:util'

// Handles of `node:fs/promises` cost twice the time of the processor, and every message is written several times.
const open = promisify(fs.open)
const write = promisify(fs.write) as (file: number, bytes: Uint8Array, at: number) => Promise<{ readonly bytesWritten: number }>
const sync = promisify(fs.fsync)
const close = promisify(fs.close)
const unlink = promisify(fs.unlink)
const readFile = promisify(fs.readFile) as (name: string, encoding: 'utf8') => Promise<string>

/** Some network file systems do not know how to write a directory through; they write everything through. */
const WRITES_THROUGH = ['EINVAL', 'ENOTSUP', 'EBADF']

/** Creates a file that only its owner can read; when it resolves all pieces are on the disk. @throws `EEXIST` when there is one. */
export async function writeDurably(name: string, pieces: Iterable<string>): Promise<void> {
  const file = await open(name, 'wx', 0o600)
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece)
      for (let at = 0; at < bytes.length; ) at += (await write(file, bytes, at)).bytesWritten
    }
    await sync(file)
  } finally {
    await close(file)
  }
}

/** What was given a name in the directory, or lost it, survives a loss of power when it resolves. */
export async function syncDirectory(name: string): Promise<void> {
  const directory = await open(name, 'r')
  try {
    await sync(directory)
  } catch (error) {
    if (!WRITES_THROUGH.includes(codeOf(error))) throw error
  } finally {
    await close(directory)
  }
}

/** @returns `undefined` when there is no such file. */
export async function readIfThere(name: string): Promise<string | undefined> {
  try {
    return await readFile(name, 'utf8')
  } catch (error) {
    return ignoreMissing(error)
  }
}

/** It may be gone already. */
export async function removeFile(name: string): Promise<void> {
  await unlink(name).catch(ignoreMissing)
}

/** What the system calls an error: `ENOENT`, `EEXIST` … */
export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

export function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}
