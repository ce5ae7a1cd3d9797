import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { lookAt } from '../../base/look-at.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'
import { type ModuleFate, modulesOf } from '../overlay.ts'

export interface ImportOverlayOptions {
  readonly to?: string
  readonly json?: boolean
}

const GRADLE = ['build.gradle', 'build.gradle.kts'] as const
const ETC = 'etc/cas'
const MOST_FILES = 10_000
const LARGEST_BYTES = 1024 * 1024
const TITLES: Readonly<Record<ModuleFate['fate'], string>> = {
  here: 'Here',
  switch: 'Here, behind a switch',
  missing: 'Not part of this server yet',
  'not needed': 'Not needed',
}

/**
 * `castellan import-overlay DIR`: what becomes of the modules of a CAS overlay, which lines of settings switch them on, and which files of its `etc/cas` there are; with
 * `--to`, those are copied, none over one that is there (configuration.md 11). Exit code 1 when modules have no counterpart.
 */
export async function importOverlay({ process }: Shell, directory: string, options: ImportOverlayOptions): Promise<CommandResult> {
  const fail = (message: string, exitCode: number): CommandResult => {
    process.stderr.write(`castellan import-overlay: ${message}\n`)
    return { exitCode }
  }
  const root = resolve(process.cwd(), directory)
  const gradle = await firstOf(GRADLE.map((name) => join(root, name)))
  if (gradle === undefined) return fail(`there is no ${GRADLE.join(' and no ')} in ${root}`, EXIT.usage)
  const modules = modulesOf(gradle)
  const etc = join(root, ETC)
  const files = await filesBelow(etc)
  const copied: string[] = []
  const kept: string[] = []
  if (options.to !== undefined) {
    const target = resolve(process.cwd(), options.to)
    for (const file of files) {
      const at = join(target, relative(etc, file))
      try {
        await mkdir(dirname(at), { recursive: true })
        await copyFile(file, at, constants.COPYFILE_EXCL)
        copied.push(at)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error
        if (error.code !== 'EEXIST') return fail(`${at} cannot be written (${String(error.code)})`, EXIT.mistakes)
        kept.push(at)
      }
    }
  }
  const lines = [...new Set(modules.flatMap(({ line }) => line ?? []))]
  const told = { modules, lines, files: files.map((file) => relative(root, file)), copied, kept }
  process.stdout.write(options.json ? `${JSON.stringify(told, undefined, 2)}\n` : inWords(told, options.to))
  return { exitCode: modules.some(({ fate }) => fate === 'missing') ? EXIT.mistakes : EXIT.good }
}

interface Told {
  readonly modules: readonly ModuleFate[]
  readonly lines: readonly string[]
  readonly files: readonly string[]
  readonly copied: readonly string[]
  readonly kept: readonly string[]
}

function inWords({ modules, lines, files, copied, kept }: Told, to: string | undefined): string {
  const text: string[] = []
  for (const fate of ['here', 'switch', 'missing', 'not needed'] as const) {
    const own = modules.filter((one) => one.fate === fate)
    if (own.length > 0) text.push(TITLES[fate], ...own.map(({ module, what }) => `  cas-server-${module}: ${what}`), '')
  }
  if (modules.length === 0) text.push('The overlay names no module.', '')
  if (lines.length > 0) text.push('Settings that switch the same on', ...lines.map((line) => `  ${line}`), '')
  if (to === undefined) {
    text.push(
      `${files.length} files in ${ETC}; --to DIRECTORY copies them${files.length === 0 ? '' : ':'}`,
      ...files.map((file) => `  ${file}`),
    )
  } else {
    text.push(`${copied.length} files copied to ${to}`, ...kept.map((file) => `  ${file} was there and stays as it is`))
  }
  text.push('', 'castellan check --config-dir DIRECTORY says what becomes of the settings.')
  return `${text.join('\n')}\n`
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = lookAt(path)
    // A pipe would never end.
    if (typeof found !== 'object' || !found.isFile() || found.size > LARGEST_BYTES) continue
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return undefined
}

/** Plain files; links are not followed, because an overlay may have come from elsewhere. */
async function filesBelow(directory: string): Promise<readonly string[]> {
  const found: string[] = []
  const visit = async (folder: string): Promise<void> => {
    for (const name of (await readdir(folder).catch(() => [])).sort()) {
      const path = join(folder, name)
      const status = await lstat(path)
      if (status.isDirectory()) await visit(path)
      else if (status.isFile() && found.length < MOST_FILES) found.push(path)
    }
  }
  await visit(directory)
  return found
}
