import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Names this process so that others can tell whether it still runs: machine, start of the machine, namespace of process ids, id, start of the process. */
export function thisProcess(): string {
  return [...place(), String(process.pid), startOf(process.pid) ?? '-'].join('|')
}

/**
 * Whether a process has certainly ended. Known only of processes that are seen from here: same machine, same start of it, same namespace.
 *
 * @param owner What `thisProcess` gave there.
 */
export function hasEnded(owner: string): boolean {
  const parts = owner.split('|')
  const [pid, start] = parts.slice(-2)
  if (start === undefined || start === '-' || parts.slice(0, -2).join('|') !== place().join('|')) return false
  return startOf(Number(pid)) !== start
}

let here: readonly string[] | undefined

function place(): readonly string[] {
  here ??= [
    hostname(),
    read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    read(() => readlinkSync('/proc/self/ns/pid')),
  ]
  return here
}

/** Clock ticks after the start of the machine at which the process began; the 22nd field, behind the name in parentheses. */
function startOf(pid: number): string | undefined {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A zombie has ended, even if nobody has taken note of it yet.
  return stat === '-' || fields[0] === 'Z' ? undefined : fields[19]
}

function read(look: () => string): string {
  try {
    return look()
  } catch {
    return '-'
  }
}
