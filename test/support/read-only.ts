import { spawnSync } from 'node:child_process'
import { chmodSync, statSync } from 'node:fs'

/**
 * Makes a directory one that nothing can be written to or deleted from, until `end` or disposal: by its mode, or, for root, whom no mode stops, by a mount.
 *
 * @throws when root may not mount here.
 */
export function readOnly(directory: string): Disposable & { end(): void } {
  const isRoot = process.getuid?.() === 0
  const mode = statSync(directory).mode & 0o777
  if (isRoot) {
    run('mount', '--bind', directory, directory)
    run('mount', '-o', 'remount,ro,bind', directory)
  } else chmodSync(directory, 0o555)
  let ended = false
  const end = () => {
    if (ended) return
    ended = true
    if (isRoot) run('umount', directory)
    else chmodSync(directory, mode)
  }
  return { end, [Symbol.dispose]: end }
}

function run(command: string, ...words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${error?.message ?? stderr.trim()}`)
}
