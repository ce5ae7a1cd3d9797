import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDirectory } from '../../base/look-at.ts'
import { unusableFile } from '../problem.ts'
import { type Entry, entry } from '../source.ts'
import type { FileSources } from './directory.ts'
import { readSecret } from './secret-file.ts'

const MAX_FILES = 1000
const MAX_DEPTH = 10

/**
 * A folder in which each file is one setting, as container platforms mount secrets (configuration.md 2.4): folder and file name are the key, the content is
 * the value. What begins with a dot is left out: Kubernetes keeps the versions there.
 *
 * @returns `undefined` when there is no such folder.
 */
export function readConfigTree(folder: string): FileSources | undefined {
  if (!isDirectory(folder)) return undefined
  const entries: Entry[] = []
  const problems: FileSources['problems'][number][] = []
  const folders: string[] = []
  const files: string[] = []
  const visit = (path: string, prefix: string, depth: number) => {
    folders.push(path)
    let names: readonly Dirent[]
    try {
      names = readdirSync(path, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1))
    } catch {
      problems.push(unusableFile(path, 'cannot be listed'))
      return
    }
    for (const { name } of names) {
      if (name.startsWith('.') || problems.length > 0) continue
      const below = join(path, name)
      const key = prefix === '' ? name : `${prefix}.${name}`
      if (isDirectory(below)) {
        if (depth < MAX_DEPTH) visit(below, key, depth + 1)
        continue
      }
      if (files.push(below) > MAX_FILES) {
        problems.push(unusableFile(folder, `has more than ${MAX_FILES} files, too many for a folder of secrets`))
        return
      }
      const content = readSecret(below)
      if (typeof content !== 'string') problems.push(content.problem)
      else {
        const one = entry(key, content, { source: sourceName(folder), file: below })
        if (one) entries.push({ ...one, hidden: true })
      }
    }
  }
  visit(folder, '', 1)
  return {
    sources: entries.length === 0 ? [] : [{ name: sourceName(folder), kind: 'file', entries }],
    problems,
    files: [...folders, ...files],
  }
}

/** As Spring calls it. */
const sourceName = (folder: string) => `Config tree '${folder}'`

/** The folder that CAS reads when it runs in a container: `CONTAINER=true`, as a variable or as `-D`. */
export function dockerSecrets(look: (name: string) => string | undefined): string | undefined {
  if (look('CONTAINER')?.trim().toLowerCase() !== 'true') return undefined
  return look('CAS_DOCKER_SECRETS_DIRECTORY')?.trim() || '/run/secrets'
}
