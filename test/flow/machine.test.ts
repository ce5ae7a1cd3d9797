import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Login, markOf, type Outcome, type Phase, type Place, type Step } from '../../src/flow/login.ts'
import { newLogin } from '../../src/flow/login-routes.ts'
import { advance, checkPlaces, resume } from '../../src/flow/machine.ts'
import { parameters } from '../../src/http/index.ts'
import type { Session } from '../../src/sso/index.ts'

const silent = () => {}
const view = () => ({ id: 'error/casErrorView', props: { status: 400 } }) as const

const request = { service: undefined, renew: false, passive: false, method: undefined, locale: undefined, theme: undefined }
// The machine hands the call on and never looks at it.
const login = (over: Partial<Login> = {}): Login => ({ ...newLogin(undefined as never, request), ...over })

const session = { id: 'TGT-1' } as unknown as Session

function place(phase: Phase, id: string, enter: (login: Login) => Outcome, submit?: (login: Login) => Outcome): Place {
  const step: Step = {
    id,
    enter: async (current) => enter(current),
    ...(submit ? { submit: async (current: Login) => submit(current) } : {}),
  }
  return { phase, step }
}
const passes = (phase: Phase, id: string): Place => place(phase, id, () => ({ kind: 'pass' }))
const asks = (phase: Phase, id: string): Place =>
  place(
    phase,
    id,
    () => ({ kind: 'ask', view }),
    () => ({ kind: 'pass' }),
  )
const ends = place('deliver', 'end', () => ({ kind: 'leave', reply: () => new Response('end') }))
const event = { id: 'submit', fields: parameters(new URLSearchParams()) }

test('the first step that does not pass wins', async () => {
  const standing = await advance([passes('request', 'a'), asks('identify', 'form'), asks('authenticated', 'later'), ends], login(), silent)
  assert.equal(standing.kind === 'ask' && markOf(standing.place), 'form@identify')
})

test('a step that was answered is not entered again at the same place, and is at another', async () => {
  const places = [asks('authenticated', 'interrupt'), asks('before-ticket', 'interrupt'), ends]
  const first = await advance(places, login(), silent)
  assert.equal(first.kind, 'ask')
  const second = await resume(places, first.login, 'interrupt@authenticated', event, silent)
  assert.equal(second.kind === 'ask' && markOf(second.place), 'interrupt@before-ticket')
  const third = await resume(places, second.login, 'interrupt@before-ticket', event, silent)
  assert.equal(third.kind, 'leave')
})

test('an existing session skips what lies behind it and passes everything before a ticket', async () => {
  const entered: string[] = []
  const note = (phase: Phase, id: string) =>
    place(phase, id, () => {
      entered.push(id)
      return { kind: 'pass' }
    })
  const found = place('session', 'session', () => ({ kind: 'pass', login: { session } }))
  await advance(
    [
      found,
      note('identify', 'form'),
      note('establish-session', 'tgt'),
      note('session-ready', 'ready'),
      note('before-ticket', 'access'),
      ends,
    ],
    login(),
    silent,
  )
  assert.deepEqual(entered, ['access'])
})

test('what is asked of a passive login becomes "interaction required", a refusal does not', async () => {
  const passive = login({ request: { ...login().request, passive: true } })
  assert.equal((await advance([asks('identify', 'form'), ends], passive, silent)).kind, 'interaction-required')
  const refused = place('before-ticket', 'access', () => ({ kind: 'reject', rejection: { status: 401, message: { key: 'no' } } }))
  const found = place('session', 'session', (current) => ({ kind: 'pass', login: current.rejection ? {} : { session } }))
  const standing = await advance([found, asks('identify', 'form'), refused, ends], passive, silent)
  assert.equal(standing.kind, 'ask')
  assert.equal(standing.login.rejection?.status, 401)
})

test('a veto of the session cannot be undone by a later step', async () => {
  const veto = place('authenticated', 'veto', () => ({ kind: 'pass', login: { directives: { ssoVetoed: true } } }))
  const undo = place('before-ticket', 'undo', () => ({ kind: 'pass', login: { directives: { ssoVetoed: false } } }))
  const standing = await advance([veto, undo, ends], login(), silent)
  assert.equal(standing.login.directives.ssoVetoed, true)
})

test('the phases of every request are walked before a posted event counts', async () => {
  let submitted = false
  const refused = place('request', 'service', () => ({ kind: 'block', view: view(), status: 403 }))
  const form = place(
    'identify',
    'form',
    () => ({ kind: 'ask', view }),
    () => {
      submitted = true
      return { kind: 'pass' }
    },
  )
  const standing = await resume([refused, form, ends], login(), 'form@identify', event, silent)
  assert.equal(standing.kind, 'block')
  assert.equal(submitted, false)
})

test('an event for a step that asks nothing is unknown', async () => {
  assert.equal((await resume([passes('identify', 'a'), ends], login(), 'a@identify', event, silent)).kind, 'unknown-event')
  assert.equal((await resume([ends], login(), 'gone@identify', event, silent)).kind, 'unknown-event')
})

test('two places that could not be told apart stop the start', () => {
  assert.throws(() => checkPlaces([asks('before-ticket', 'x'), asks('before-ticket', 'x')]), /x@before-ticket/)
})

test('whatever the steps answer, nothing is delivered while something is still asked', async () => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  const phases: readonly Phase[] = [
    'request',
    'session',
    'identify',
    'authenticated',
    'establish-session',
    'session-ready',
    'before-ticket',
  ]
  for (let round = 0; round < 2000; round++) {
    const middle = phases.flatMap((phase) =>
      Array.from({ length: random(3) }, (_, index) => {
        const outcomes: Outcome[] = [
          { kind: 'pass' },
          { kind: 'pass' },
          { kind: 'ask', view },
          { kind: 'block', view: view(), status: 403 },
        ]
        const outcome = outcomes[random(outcomes.length)] ?? { kind: 'pass' }
        return { wanted: outcome.kind, place: place(phase, `s${index}`, () => outcome) }
      }),
    )
    const standing = await advance([...middle.map((one) => one.place), ends], login(), silent)
    const first = middle.find((one) => one.wanted !== 'pass')
    assert.equal(standing.kind, first ? first.wanted : 'leave')
  }
})
