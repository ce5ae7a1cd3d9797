// Reads the definitions of a directory as a start does, in a process of its own, and says what that took: the loading of the program not counted.
// node --expose-gc bench/load/read-definitions.ts <directory>
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyDirectory, openServices } from './definitions.ts'

const [directory = ''] = process.argv.slice(2)
const collect = (globalThis as { gc?: () => void }).gc ?? (() => {})
const small = emptyDirectory()
writeFileSync(
  join(small, 'One-1.json'),
  '{ "@class": "org.apereo.cas.services.CasRegisteredService", "serviceId": "^https://a/.*", "name": "One", "id": 1 }',
)
await (await openServices(small)).close()
rmSync(small, { recursive: true })
collect()
const before = process.memoryUsage.rss()
const begin = process.cpuUsage()
const services = await openServices(directory)
const { user, system } = process.cpuUsage(begin)
const resident = process.memoryUsage.rss() - before
collect()
console.log(JSON.stringify({ services: services.all().length, cpuMs: (user + system) / 1000, residentMb: resident / 1e6 }))
await services.close()
