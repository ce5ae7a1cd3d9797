import { readdirSync, readFileSync } from 'node:fs'

/**
 * Processor time that a process has used so far, all its threads, in microseconds (Linux).
 *
 * The kernel counts it in nanoseconds per thread; a thread that has ended is lost, which the pool of Node and LMDB never do while the server runs.
 */
export function processorTime(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // It ended between the two lines.
    }
  }
  return nanoseconds / 1000
}

/** Resident memory of a process in bytes, and what of it belongs to it alone (not to files shared with others). */
export function memory(pid: number): { readonly resident: number; readonly anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  return { resident: kilobytes('VmRSS') * 1024, anonymous: kilobytes('RssAnon') * 1024 }
}
