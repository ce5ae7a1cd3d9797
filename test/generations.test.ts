import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartRefusal } from '../src/base/start-refusal.ts'
import { type LoadedConfiguration, loadConfiguration } from '../src/config/index.ts'
import { type Generation, openGenerations } from '../src/generations.ts'
import { recordingLog } from './http/http-parts.ts'

const ST = 'cas.ticket.st.number-of-uses'

const configured = (...lines: readonly string[]) =>
  loadConfiguration({ argv: lines.map((line) => `--${line}`), env: {}, cwd: '/nonexistent', usualDirectories: [], home: '/nonexistent' })

interface Numbered extends Generation {
  readonly uses: number
  readonly port: number
}

/** A server whose rooms are a number; `next` is what the files say when they are read again. */
async function server(first: LoadedConfiguration) {
  const events: string[] = []
  const state = { next: first, refusal: undefined as Error | undefined, reads: 0 }
  const { log, lines } = recordingLog()
  const generations = await openGenerations<Numbered>({
    configuration: first,
    rereading: {
      async read() {
        state.reads += 1
        return state.next
      },
      report: () => events.push('reported'),
    },
    async build({ settings }) {
      if (state.refusal) throw state.refusal
      const uses = settings.cas.ticket.st.numberOfUses
      events.push(`built ${uses}`)
      return {
        uses,
        port: settings.server.port,
        async begin() {
          events.push(`begun ${uses}`)
        },
        async close() {
          events.push(`closed ${uses}`)
        },
      }
    },
    log,
  })
  return { generations, events, state, lines }
}

test('changed settings are put into force as a whole, and those before are closed', async () => {
  const { generations, events, state } = await server(await configured())
  await generations.begin()
  state.next = await configured(`${ST}=2`, 'cas.host.name=node1')
  assert.deepEqual(await generations.reload(), { kind: 'reloaded', changed: ['cas.host.name', ST], restartRequired: [] })
  assert.equal(await generations.serve(({ uses }) => uses), 2)
  await generations.close()
  assert.deepEqual(events, ['built 1', 'begun 1', 'reported', 'built 2', 'begun 2', 'closed 1', 'closed 2'])
})

test('nothing is built when nothing has changed', async () => {
  const { generations, events } = await server(await configured())
  assert.deepEqual(await generations.reload(), { kind: 'reloaded', changed: [], restartRequired: [] })
  assert.deepEqual(events, ['built 1'])
  await generations.close()
})

test('a setting that needs a restart stays as it is, is named once, and waits', async () => {
  const { generations, state } = await server(await configured('server.port=1111'))
  state.next = await configured('server.port=2222', `${ST}=2`)
  assert.deepEqual(await generations.reload(), { kind: 'reloaded', changed: [ST, 'server.port'], restartRequired: ['server.port'] })
  assert.deepEqual(await generations.serve(({ uses, port }) => [uses, port]), [2, 1111])
  assert.deepEqual(await generations.reload(), { kind: 'reloaded', changed: [], restartRequired: ['server.port'] })
  assert.deepEqual(generations.restartRequired(), ['server.port'])
  state.next = await configured('server.port=1111', `${ST}=2`)
  assert.deepEqual(await generations.reload(), { kind: 'reloaded', changed: ['server.port'], restartRequired: [] })
  await generations.close()
})

const REFUSED: readonly (readonly [string, (state: Awaited<ReturnType<typeof server>>['state']) => Promise<void>, RegExp])[] = [
  [
    'that cannot be read',
    async (state) => {
      state.next = await configured(`${ST}=many`)
    },
    /number-of-uses .* must be a whole number/,
  ],
  [
    'that a room refuses',
    async (state) => {
      state.next = await configured(`${ST}=2`)
      state.refusal = new StartRefusal('cannot be', { setting: 'cas.server.name' })
    },
    /^cas\.server\.name cannot be$/,
  ],
  [
    'over which the program stumbles',
    async (state) => {
      state.next = await configured(`${ST}=2`)
      state.refusal = new TypeError('of ours')
    },
    /^of ours$/,
  ],
]
for (const [what, change, reason] of REFUSED) {
  test(`settings ${what} leave those before in force, which is said until it is over`, async () => {
    const { generations, state, events, lines } = await server(await configured())
    await change(state)
    const refused = await generations.reload()
    assert.ok(refused.kind === 'refused')
    assert.match(refused.reasons.join(), reason)
    assert.match(generations.problem() ?? '', reason)
    assert.equal(lines.filter(({ level, msg }) => level === 50 && /those before stay in force/.test(msg)).length, 1)
    assert.equal(await generations.serve(({ uses }) => uses), 1)
    state.refusal = undefined
    state.next = await configured()
    assert.equal((await generations.reload()).kind, 'reloaded')
    assert.equal(generations.problem(), undefined)
    await generations.close()
    assert.ok(events.every((event) => !/ 2$/.test(event)))
  })
}

test('what runs is finished under the settings under which it began', async () => {
  const { generations, events, state } = await server(await configured())
  const slow = Promise.withResolvers<void>()
  const running = generations.serve(async ({ uses }) => {
    await slow.promise
    return [uses, events.includes('closed 1')]
  })
  state.next = await configured(`${ST}=2`)
  await generations.reload()
  assert.equal(await generations.serve(({ uses }) => uses), 2)
  slow.resolve()
  assert.deepEqual(await running, [1, false])
  await generations.close()
  assert.deepEqual(events.slice(-2), ['closed 1', 'closed 2'])
})

test('what never ends does not keep the settings before open for ever', async () => {
  const short = 'spring.lifecycle.timeout-per-shutdown-phase=10ms'
  const { generations, events, state } = await server(await configured(short))
  void generations.serve(() => new Promise(() => {}))
  state.next = await configured(short, `${ST}=2`)
  await generations.reload()
  await generations.close()
  assert.deepEqual(events.slice(-2), ['closed 1', 'closed 2'])
})

test('several demands at once are one reading, and one that comes while it runs is another', async () => {
  const { generations, state } = await server(await configured())
  const [one, other] = [generations.reload(), generations.reload()]
  assert.equal(one, other)
  await Promise.resolve()
  await Promise.resolve()
  const later = generations.reload()
  assert.notEqual(later, one)
  await Promise.all([one, other, later])
  assert.equal(state.reads, 2)
  await generations.close()
})

test('work that fails at once is counted as done', async () => {
  const { generations, state, events } = await server(await configured())
  assert.throws(() =>
    generations.serve(() => {
      throw new Error('at once')
    }),
  )
  await assert.rejects(async () => generations.serve(async () => Promise.reject(new Error('later'))))
  state.next = await configured(`${ST}=2`)
  await generations.reload()
  await generations.close()
  assert.deepEqual(events.slice(-2), ['closed 1', 'closed 2'])
})
