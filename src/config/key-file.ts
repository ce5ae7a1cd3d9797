import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { replaceFile } from '../base/replace-file.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import { checkEncryptionKey, generateKey } from './key-text.ts'

/** A key that has to be there. */
export interface WantedKey {
  /** `cas.tgc.crypto.signing.key` */
  readonly setting: string
  readonly keySize: number
  /** Makes it out of the keys that stand before it, where it is not to be a new one. */
  readonly derive?: (keys: ReadonlyMap<string, string>) => string
}

export interface KeyFile {
  readonly path: string
  /** Keys by the name of their setting. */
  readonly keys: ReadonlyMap<string, string>
  /** Why nothing could be kept: the keys live for this run only. */
  readonly notKept?: string
  /** Whether others than the owner may read the file. */
  readonly open?: boolean
}

const LARGEST_BYTES = 1024 * 1024
const LOCK_LIMIT_MS = 10_000
const LOCK_STEP_MS = 10

/**
 * Gives the wanted keys out of `keys.json`, generating what is not there. Processes that start at once find the same keys: who makes the lock file
 * generates, the others wait for it. The file is replaced as a whole, so that nobody reads half of it.
 *
 * @throws {StartRefusal} when the file is there and cannot be understood; it is never overwritten then.
 */
export async function openKeyFile(stateDirectory: string, wanted: readonly WantedKey[]): Promise<KeyFile> {
  const path = join(stateDirectory, 'keys.json')
  const known = await read(path)
  if (known && isComplete(known.keys, wanted)) return known
  try {
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
    const held = await lock(`${path}.lock`)
    try {
      const current = await read(path)
      if (current && isComplete(current.keys, wanted)) return current
      const keys = complete(current?.keys ?? new Map(), wanted)
      await replaceFile(path, `${JSON.stringify(Object.fromEntries(keys), undefined, 2)}\n`, { mode: 0o600 })
      return { path, keys }
    } finally {
      await held[Symbol.asyncDispose]()
    }
  } catch (error) {
    if (error instanceof StartRefusal || !(error instanceof Error) || !('code' in error)) throw error
    return { path, keys: complete(known?.keys ?? new Map(), wanted), notKept: String(error.code) }
  }
}

/** The keys that are kept, without generating any. */
export async function readKeyFile(stateDirectory: string): Promise<KeyFile | undefined> {
  return read(join(stateDirectory, 'keys.json'))
}

/**
 * Who else can put other keys in the place of those that are kept, and so make sessions of anybody: the places, with what to do. Empty when nobody can.
 *
 * @param user Of this process; root is trusted besides.
 */
export async function openToOthers(stateDirectory: string, user: number): Promise<readonly string[]> {
  const places = await Promise.all(
    [stateDirectory, join(stateDirectory, 'keys.json')].map(async (path) => {
      const found = await stat(path).catch(() => undefined)
      if (!found) return []
      if (found.uid !== user && found.uid !== 0)
        return [`${path} belongs to another user, who can change the keys; chown it to the user of the server`]
      // In a directory with the sticky bit, as /tmp, others cannot replace what is not theirs; what is not there yet they can make.
      if ((found.mode & 0o022) !== 0) return [`${path} can be written by others than its owner; chmod go-w ${path}`]
      return []
    }),
  )
  return places.flat()
}

async function read(path: string): Promise<KeyFile | undefined> {
  let text: string
  let mode: number
  try {
    const found = await stat(path)
    // A pipe would never end, and a device neither.
    if (!found.isFile() || found.size > LARGEST_BYTES)
      throw Object.assign(new Error('no file of keys'), { code: 'it is no plain file of keys' })
    text = await readFile(path, 'utf8')
    mode = found.mode
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw new StartRefusal(`${path} cannot be read: ${error instanceof Error && 'code' in error ? error.code : 'unknown reason'}`, {
      cause: error,
    })
  }
  const refusal = () =>
    new StartRefusal(`${path} holds no keys that can be read; put back a copy, or remove it to have new keys (all sessions end)`)
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw refusal()
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw refusal()
  const entries = Object.entries(content)
  if (!entries.every((pair): pair is [string, string] => typeof pair[1] === 'string')) throw refusal()
  return { path, keys: new Map(entries), open: (mode & 0o077) !== 0 }
}

function fits({ setting, keySize }: WantedKey, key: string | undefined): boolean {
  if (key === undefined || key === '') return false
  try {
    checkEncryptionKey(setting, key, keySize)
    return true
  } catch {
    return false
  }
}

const isComplete = (keys: ReadonlyMap<string, string>, wanted: readonly WantedKey[]) =>
  wanted.every((one) => fits(one, keys.get(one.setting)))

function complete(known: ReadonlyMap<string, string>, wanted: readonly WantedKey[]): ReadonlyMap<string, string> {
  const keys = new Map(known)
  for (const one of wanted) {
    if (!fits(one, keys.get(one.setting))) keys.set(one.setting, one.derive?.(keys) ?? generateKey(one.keySize))
  }
  return keys
}

/** Exclusive creation of a file that names its maker; one whose maker is gone is taken away. */
async function lock(path: string): Promise<AsyncDisposable> {
  const deadline = performance.now() + LOCK_LIMIT_MS
  for (;;) {
    try {
      const handle = await open(path, 'wx', 0o600)
      await handle.writeFile(String(process.pid))
      await handle.close()
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    // After the limit whoever made the lock is gone or on a machine that hangs: generating keys takes milliseconds.
    if (performance.now() > deadline || (await isAbandoned(path))) await rm(path, { force: true })
    await sleep(LOCK_STEP_MS)
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const maker = Number(await readFile(path, 'utf8').catch(() => ''))
  if (!Number.isInteger(maker) || maker <= 0) return false
  try {
    process.kill(maker, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}
