/**
 * A process of its own on a store that others use too: does what it is told and says what came out. Started with the directory as its argument.
 */
import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs'
import type { ConsumeResult, TicketRegistry } from '../../src/tickets/index.ts'
import { ticketOf } from '../conformance/ticket-registry.ts'
import { openStore } from './lmdb-store.ts'

export type Order =
  /** Tries each ticket so often at the same time. */
  | { readonly do: 'consume'; readonly ids: readonly string[]; readonly kind: string; readonly times: number }
  /** Grants service tickets, to one session after another. */
  | { readonly do: 'grant'; readonly ids: readonly string[]; readonly each: number }
  | { readonly do: 'destroy'; readonly ids: readonly string[] }
  | { readonly do: 'get'; readonly ids: readonly string[] }
  /** Makes sessions until that fails, a few times. */
  | { readonly do: 'fill' }
  /** Works until it is killed, noting in a file what was acknowledged. */
  | { readonly do: 'work'; readonly log: string; readonly name: string }

export type Outcome =
  | { readonly ready: true }
  | { readonly consumed: readonly (readonly string[])[] }
  | { readonly granted: readonly (readonly string[])[] }
  | { readonly destroyed: readonly number[] }
  | { readonly found: readonly unknown[] }
  | { readonly added: readonly string[]; readonly failures: readonly unknown[]; readonly lost: number; readonly up: boolean }

const told = (result: ConsumeResult) => (result.ok ? 'ok' : result.reason)
const aside = () => new Promise((resolve) => setImmediate(resolve))

async function obey(registry: TicketRegistry, order: Order): Promise<Outcome> {
  switch (order.do) {
    case 'consume': {
      const consumed: string[][] = []
      for (const id of order.ids) {
        const results = await Promise.all(Array.from({ length: order.times }, () => registry.consume(id, [order.kind])))
        consumed.push(results.map(told))
      }
      return { consumed }
    }
    case 'grant': {
      const granted: string[][] = []
      for (const id of order.ids) {
        const got: string[] = []
        await Promise.all(
          Array.from({ length: order.each }, async (_, index) => {
            const now = Date.now()
            const ticket = ticketOf('ST', { id: `ST-${process.pid}-${id.slice(4, 30)}x${index}`, createdAtMs: now })
            const service = { service: `https://app${index}.example.org/${process.pid}`, ticketId: ticket.id, grantedAtMs: now }
            for (let turn = 0; turn < index; turn++) await aside()
            const { kind } = await registry.grantChild(id, ticket, { service, mode: 'all' })
            if (kind === 'granted') got.push(ticket.id)
          }),
        )
        granted.push(got)
      }
      return { granted }
    }
    case 'destroy': {
      const destroyed: number[] = []
      for (const id of order.ids) {
        for (let turn = 0; turn < 6; turn++) await aside()
        destroyed.push((await registry.destroyTree(id, 'logout'))?.services.length ?? -1)
      }
      return { destroyed }
    }
    case 'get': {
      const found: unknown[] = []
      for (const id of order.ids) found.push((await registry.get(id))?.body ?? null)
      return { found }
    }
    case 'fill': {
      const added: string[] = []
      const failures: unknown[] = []
      while (failures.length < 10) {
        const session = ticketOf('TGT', { createdAtMs: Date.now(), body: { filler: Array.from({ length: 100 }, () => Math.random()) } })
        await registry.add(session).then(
          () => added.push(session.id),
          (cause: { code?: string; status?: number }) => failures.push([cause.code, cause.status]),
        )
      }
      let lost = 0
      for (const id of added) if (!(await registry.get(id))) lost++
      return { added, failures, lost, up: (await registry.health()).up }
    }
    case 'work': {
      const file = openSync(order.log, 'a')
      const note = (line: string) => writeSync(file, `${line}\n`)
      const loop = async (lane: number) => {
        for (let index = 0; ; index++) {
          const now = Date.now()
          const session = ticketOf('TGT', { id: `TGT-${order.name}${lane}-${index}x`, createdAtMs: now })
          await registry.add(session)
          note(`added ${session.id}`)
          const ticket = ticketOf('ST', {
            id: `ST-${order.name}${lane}-${index}x`,
            createdAtMs: now,
            policy: { numberOfUses: 1, timeToLiveInSeconds: 600 },
          })
          await registry.grantChild(session.id, ticket)
          note(`granted ${ticket.id} ${session.id}`)
          if (index % 3 !== 0) {
            note(`consuming ${ticket.id}`)
            if ((await registry.consume(ticket.id, ['ST'])).ok) note(`consumed ${ticket.id}`)
          }
          if (index % 4 === 0) {
            note(`destroying ${session.id}`)
            await registry.destroyTree(session.id, 'logout')
            note(`destroyed ${session.id}`)
          }
        }
      }
      await Promise.all(Array.from({ length: 8 }, (_, lane) => loop(lane)))
      closeSync(file)
      return { ready: true }
    }
  }
}

const path = process.argv[2]
if (path !== undefined && process.send) {
  const registry = openStore(path)
  process.on('message', (order: Order) => {
    obey(registry, order).then(
      (outcome) => process.send?.(outcome),
      (cause: unknown) => {
        appendFileSync(2, `${(cause as Error).stack}\n`)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => void registry.close().then(() => process.exit(0)))
  process.send({ ready: true } satisfies Outcome)
}
