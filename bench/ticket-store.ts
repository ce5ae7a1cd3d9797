/**
 * What does a service ticket cost in the ticket store, and does it cost more with more sessions?
 *
 *   node bench/ticket-store.ts [memory|lmdb] [sessions…]
 *
 * CPU time of the whole process per operation; look at the load of the machine first.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../src/base/log.ts'
import { type TicketRegistry, ticketIds, ticketKinds } from '../src/tickets/index.ts'
import { lmdbRegistry } from '../src/tickets/registry/lmdb.ts'
import { memoryRegistry } from '../src/tickets/registry/memory.ts'

const [store = 'lmdb', ...wanted] = process.argv.slice(2)
const sizes = wanted.length > 0 ? wanted.map(Number) : [1000, 10_000, 100_000]
const ids = ticketIds({ hostSuffix: 'sso1' })
const attributes = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`attribute${index}`, [`value ${index} ${'x'.repeat(24)}`]]))
const session = { timeToLiveInSeconds: 28_800, timeToIdleInSeconds: 7200 }

function open(path: string): TicketRegistry {
  const idKey = Buffer.alloc(32, 1)
  const common = { catalogue: ticketKinds, clock: Date.now }
  return store === 'memory'
    ? memoryRegistry({ ...common, idKey, maxTickets: 20_000_000 })
    : lmdbRegistry({ ...common, path, mapSize: 64 * 2 ** 30, touchIntervalInSeconds: 5, keys: { ids: idKey, bodies: [] }, log: silentLog })
}

async function measure(count: number, inFlight: number, work: () => Promise<unknown>): Promise<string> {
  let left = count
  const before = process.cpuUsage()
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await work()
    }),
  )
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / count).toFixed(1).padStart(9)
}

console.log(`${store}, load ${loadavg()[0]?.toFixed(1)}; µs of CPU`)
console.log('sessions   login   sign-on x1  x64      read     unknown')
for (const size of sizes) {
  const path = mkdtempSync(join(tmpdir(), 'castellan-bench-'))
  const registry = open(path)
  const sessions: string[] = []
  const login = async () => {
    const id = ids.create('TGT', 50)
    sessions.push(id)
    await registry.add({
      id,
      kind: 'TGT',
      createdAtMs: Date.now(),
      policy: session,
      principalId: `user${sessions.length}`,
      body: { attributes },
    })
  }
  const anyone = () => sessions[Math.floor(Math.random() * sessions.length)] ?? ''
  const signOn = async () => {
    const now = Date.now()
    const id = ids.create('ST', 20)
    const service = 'https://app.example.org/login/cas?client_name=app'
    const policy = { numberOfUses: 1, timeToLiveInSeconds: 10 }
    const child = { id, kind: 'ST', createdAtMs: now, policy, body: { service, renewed: false, fromNewLogin: false } }
    await registry.grantChild(anyone(), child, { service: { service, ticketId: id, grantedAtMs: now }, mode: 'latest-per-path' })
    if (!(await registry.consume(id, ['ST'])).ok) throw new Error('the ticket was refused')
  }
  const cells = [await measure(size, 64, login)]
  await measure(2000, 64, signOn)
  cells.push(await measure(5000, 1, signOn), await measure(30_000, 64, signOn))
  cells.push(await measure(20_000, 64, () => registry.get(anyone())))
  cells.push(await measure(20_000, 64, () => registry.consume('ST-1-nobodyWasEverGivenThisOne-sso1', ['ST'])))
  console.log(String(size).padStart(8), ...cells)
  await registry.close()
  rmSync(path, { recursive: true, force: true })
}
