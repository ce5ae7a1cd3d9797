import { Readable } from 'node:stream'
import type { Entry, ZipFile } from 'yauzl'
import { definitionText, formatOf } from '../definitions/definition-text.ts'
import type { RegisteredService } from '../registered-service.ts'
import type { ImportEntry } from '../services.ts'
import { MAX_FILE_BYTES } from './json/definition-file.ts'
import { fileNameOf } from './json/write-file.ts'

/** What an archive may have (configuration.md 14.6). */
export const ARCHIVE_LIMITS = { entries: 10_000, bytes: 50 * 1024 * 1024 }

/** An archive that is not taken as it stands. The message says why; nothing of it is used. */
export class ArchiveRefused extends Error {}

const DEFINITION = /\.(h?json|ya?ml)$/i

/**
 * Definitions as a zip, each in a file of the name under which CAS keeps it.
 *
 * @returns the bytes, as they come about.
 */
export async function definitionsArchive(services: readonly RegisteredService[], nowMs: number): Promise<NodeJS.ReadableStream> {
  const { ZipFile } = await import('yazl')
  const zip = new ZipFile()
  const mtime = new Date(nowMs)
  for (const service of services) {
    // Each is written when its turn comes. Not packed: that would take longer than anything else, to make small things smaller.
    const text = () => Readable.from([Buffer.from(definitionText(service))])
    zip.addReadStreamLazy(fileNameOf(service.name, service.id), { mtime, compress: false }, (give) => give(null, text()))
  }
  zip.end()
  return zip.outputStream
}

/**
 * The definitions of a zip: files whose names end as those of definitions do, wherever they stand in it; their names say nothing else.
 *
 * @throws {ArchiveRefused} for what is no zip, is bigger than allowed, or has names that lead elsewhere.
 */
export async function definitionsOf(archive: Buffer): Promise<readonly ImportEntry[]> {
  const { fromBufferPromise } = await import('yauzl')
  let zip: ZipFile
  try {
    zip = await fromBufferPromise(archive, { lazyEntries: true, validateEntrySizes: true, strictFileNames: false })
  } catch (error) {
    throw refused(error)
  }
  if (zip.entryCount > ARCHIVE_LIMITS.entries) throw new ArchiveRefused(`it has more than ${ARCHIVE_LIMITS.entries} entries`)
  const entries: ImportEntry[] = []
  let bytes = 0
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName } = entry
      const leaf = fileName.slice(fileName.lastIndexOf('/') + 1)
      if (leaf.startsWith('.') || !DEFINITION.test(leaf)) continue
      const content = await unpacked(zip, entry, Math.min(MAX_FILE_BYTES, ARCHIVE_LIMITS.bytes - bytes))
      bytes += content.length
      entries.push({ name: fileName, text: content.toString('utf8'), format: formatOf(leaf) })
    }
  } catch (error) {
    throw error instanceof ArchiveRefused ? error : refused(error)
  } finally {
    zip.close()
  }
  return entries
}

async function unpacked(zip: ZipFile, entry: Entry, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    size += (chunk as Buffer).length
    if (size > limit) throw new ArchiveRefused(`${entry.fileName} unpacks to more than is allowed`)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

const refused = (error: unknown) => new ArchiveRefused(error instanceof Error ? error.message : String(error))
