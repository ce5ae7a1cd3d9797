import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import type { Metrics } from '../../base/metrics.ts'

/** What dashboards of CAS look at of process and machine, under the names of Spring Boot (configuration.md 16). Read when somebody asks. */
export function processMetrics(metrics: Metrics): void {
  metrics.gauge('process.uptime', 'Seconds since the start.', () => [{ value: process.uptime() }])
  metrics.gauge('process.start.time', 'Start of the process, seconds since 1970.', () => [{ value: Date.now() / 1000 - process.uptime() }])
  metrics.gauge('process.cpu.usage', 'Share of all cores that this process uses, since it was asked last.', processUsage())
  metrics.gauge('system.cpu.usage', 'Share of all cores that is used, since it was asked last.', systemUsage())
  metrics.gauge('system.cpu.count', 'Cores.', () => [{ value: availableParallelism() }])
  metrics.gauge('process.files.open', 'Open files and sockets.', async () => [{ value: (await readdir('/proc/self/fd')).length }])
  metrics.gauge('process.files.max', 'Most files and sockets that may be open.', async () => {
    const [, most] = /^Max open files\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8')) ?? []
    return most === undefined ? [] : [{ value: Number(most) }]
  })
}

function processUsage() {
  let last = { cpu: process.cpuUsage(), at: performance.now() }
  return () => {
    const now = { cpu: process.cpuUsage(), at: performance.now() }
    const used = (now.cpu.user + now.cpu.system - last.cpu.user - last.cpu.system) / 1000
    const value = now.at > last.at ? used / (now.at - last.at) / availableParallelism() : 0
    last = now
    return [{ value }]
  }
}

function systemUsage() {
  const read = () => {
    const all = cpus().map(({ times }) => times)
    const idle = all.reduce((sum, times) => sum + times.idle, 0)
    return { idle, total: all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) }
  }
  let last = read()
  return () => {
    const now = read()
    const total = now.total - last.total
    const value = total > 0 ? 1 - (now.idle - last.idle) / total : 0
    last = now
    return [{ value }]
  }
}
