import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from '../../../src/base/metrics.ts'
import { createInterrupts } from '../../../src/flow/steps/interrupt/interrupts.ts'
import { processorMs } from '../../support/processor-time.ts'
import { folder, inquiry, listeningLog, NOW, parts, service } from './world.ts'

const POLICY = 'org.apereo.cas.services.DefaultRegisteredServiceWebflowInterruptPolicy'

async function opened(files: Readonly<Record<string, string>>, overrides: Readonly<Record<string, unknown>>, log = listeningLog()) {
  const directory = await folder(files)
  const at = Object.fromEntries(
    Object.entries(overrides).map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll('{dir}', directory.path) : value]),
  )
  const interrupts = await createInterrupts(parts(at, { log: log.log, configurationDirectory: directory.path }))
  return {
    interrupts,
    lines: log.lines,
    path: directory.path,
    async [Symbol.asyncDispose]() {
      await interrupts.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}
const JSON_FILE = { 'cas.interrupt.json.location': 'file:{dir}/interrupt.json' }
const entry = { 'interrupt.json': JSON.stringify({ user1: { message: 'hello' } }) }

test('a file with 100,000 users answers for each of them and for nobody else', async () => {
  const users = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`user${n}`, { message: `Notice ${n}` }]))
  await using world = await opened({ 'interrupt.json': JSON.stringify(users) }, JSON_FILE)
  for (const name of ['user0', 'user50000', 'user99999']) assert.equal((await world.interrupts.decide(inquiry(name))).kind, 'found')
  for (const name of ['user100000', 'other', '']) assert.equal((await world.interrupts.decide(inquiry(name))).kind, 'none')
})

test('without a source nothing is active, and a feature that is switched off opens none', async () => {
  await using none = await opened({}, {})
  assert.equal(none.interrupts.active, false)
  await using off = await opened(entry, { ...JSON_FILE, 'casFeatureModule.interruptNotifications.enabled': false })
  assert.equal(off.interrupts.active, false)
})

test('names of users are compared exactly; a name that JavaScript knows is a name like any other', async () => {
  await using world = await opened(entry, JSON_FILE)
  const kind = async (name: string) => (await world.interrupts.decide(inquiry(name))).kind
  assert.equal(await kind('user1'), 'found')
  for (const name of ['User1', 'user1 ', 'toString', '__proto__', 'constructor', '']) assert.equal(await kind(name), 'none', name)
})

test('the regex source looks at attributes of user and login, of the user first, and takes whole names and values', async () => {
  await using world = await opened({}, { 'cas.interrupt.regex.attributeName': 'mem.*', 'cas.interrupt.regex.attributeValue': 'st[a-z]ff' })
  const kind = async (more: Parameters<typeof inquiry>[1]) => (await world.interrupts.decide(inquiry('a', more))).kind
  assert.equal(await kind({ attributes: { memberOf: ['x', 'staff'] } }), 'found')
  assert.equal(await kind({ login: { memberOf: ['staff'] } }), 'found')
  assert.equal(await kind({ attributes: { memberOf: ['x'] }, login: { memberOf: ['staff'] } }), 'none')
  for (const attributes of [{ memberOf: ['staffing'] }, { memberOf: ['Staff'] }, { aMemberOf: ['staff'] }, { other: ['staff'] }]) {
    assert.equal(await kind({ attributes }), 'none', JSON.stringify(attributes))
  }
})

test('a pattern that could run for ever does not', async () => {
  await using world = await opened({}, { 'cas.interrupt.regex.attributeName': '(a+)+b', 'cas.interrupt.regex.attributeValue': '(x+x+)+y' })
  const attributes = { ['a'.repeat(5000)]: ['v'], aab: ['x'.repeat(5000)] }
  assert.ok((await processorMs(() => world.interrupts.decide(inquiry('a', { attributes })))) < 2000)
})

test('only one of the two patterns: nobody is interrupted, and the missing one is named', async () => {
  await using world = await opened({}, { 'cas.interrupt.regex.attributeName': 'a' })
  assert.equal(world.interrupts.active, false)
  assert.ok(world.lines.some((line) => line.level === 'warn' && line.fields['setting'] === 'cas.interrupt.regex.attribute-value'))
})

const policies: readonly (readonly [
  what: string,
  definition: Record<string, unknown>,
  properties: Record<string, string[]>,
  expected: string,
])[] = [
  ['nothing', {}, {}, 'found'],
  ['skipInterrupt', {}, { skipInterrupt: ['TRUE'] }, 'none'],
  ['skipInterrupt among others', {}, { skipInterrupt: ['', 'true'] }, 'none'],
  ['skipInterrupt that says no', {}, { skipInterrupt: ['false'] }, 'found'],
  ['a policy that is not enabled', { enabled: false }, {}, 'none'],
  ['attributes that are found, whatever their case', { attributeName: '^member[oO]f$', attributeValue: 'ST[a-z]FF' }, {}, 'found'],
  ['attributes that are not', { attributeName: '^memberOf$', attributeValue: '^student$' }, {}, 'none'],
  ['only a name of an attribute', { attributeName: '^nobody$' }, {}, 'found'],
  ['a pattern that cannot be used', { attributeName: '(', attributeValue: 'x' }, {}, 'none'],
  ['an expression that is true', { groovyScript: "js { username === 'user1' && attributes.memberOf.includes('staff-x') }" }, {}, 'found'],
  ['an expression that is false', { groovyScript: "js { return registeredService.name !== 'Application' }" }, {}, 'none'],
  ['an expression without a result', { groovyScript: 'js { undefined }' }, {}, 'found'],
  ['a script that throws', { groovyScript: 'js { return attributes.none.length }' }, {}, 'none'],
  ['Groovy', { groovyScript: "groovy { return 'x'.equals(y) }" }, {}, 'none'],
  ['a module', { groovyScript: 'file:{dir}/notice.groovy' }, {}, 'none'],
  ['skip beats everything', { enabled: true, forceExecution: 'TRUE' }, { skipInterrupt: ['true'] }, 'none'],
]
test('conditions of definitions', async (t) => {
  await using world = await opened(
    { ...entry, 'notice.mjs': 'export default ({ username, service }) => username !== "user1" || service.id === ""' },
    JSON_FILE,
  )
  for (const [what, members, properties, expected] of policies) {
    await t.test(`an application with ${what}: ${expected}`, async () => {
      const policy = JSON.parse(JSON.stringify({ '@class': POLICY, ...members }).replaceAll('{dir}', world.path)) as Record<string, unknown>
      const definition = service(Object.keys(members).length > 0 ? { webflowInterruptPolicy: policy } : {}, properties)
      const decision = await world.interrupts.decide(
        inquiry('user1', { registeredService: definition, url: 'https://app.example.org/', attributes: { memberOf: ['staff-x'] } }),
      )
      assert.equal(decision.kind, expected)
    })
  }
  assert.ok(world.lines.some((line) => line.level === 'error' && /write js/.test(line.message)))
})

test('forceExecution of a definition beats the setting, UNDEFINED follows it', async () => {
  for (const [global, own, expected] of [
    [false, 'TRUE', true],
    [false, true, true],
    [true, 'FALSE', false],
    [true, 'UNDEFINED', true],
    [false, undefined, false],
  ] as const) {
    await using world = await opened(entry, { ...JSON_FILE, 'cas.interrupt.core.forceExecution': global })
    const definition = service({ webflowInterruptPolicy: { '@class': POLICY, forceExecution: own } })
    const decision = await world.interrupts.decide(inquiry('user1', { registeredService: definition }))
    assert.equal(decision.kind === 'found' && decision.force, expected)
  }
})

test('what a source says is counted; an explanation names each', async () => {
  await using world = await opened(
    { 'interrupt.json': JSON.stringify({ user1: {}, user2: { interrupt: 'x' } }) },
    { ...JSON_FILE, 'cas.interrupt.regex.attributeName': 'a', 'cas.interrupt.regex.attributeValue': 'b' },
  )
  for (const name of ['user1', 'user2', 'user3']) await world.interrupts.decide(inquiry(name))
  const [json, regex] = world.interrupts.state().sources
  assert.deepEqual(json?.inquiries, { interrupt: 1, none: 1, error: 1, timeout: 0, skipped: 0 })
  assert.equal(regex?.inquiries.none, 2)
  assert.equal(json?.['entries'], 2)
  const { sources } = await world.interrupts.explain(inquiry('user2'))
  assert.deepEqual(sources, [
    { source: 'json', outcome: 'error', detail: 'counts as no' },
    { source: 'regex', outcome: 'none' },
  ])
})

test('the log is told of a failing source once a minute, not at each login', async () => {
  const log = listeningLog()
  await using world = await opened({ 'interrupt.json': '{ "user1": 7 }' }, JSON_FILE, log)
  for (let n = 0; n < 100; n++) await world.interrupts.decide(inquiry('user1'))
  assert.equal(log.lines.filter((line) => line.message === 'an interrupt source failed').length, 1)
})

test('RAW_HTML is warned of at the start, where there is a source', async () => {
  await using world = await opened(entry, { ...JSON_FILE, 'castellan.interrupt.messageFormat': 'RAW_HTML' })
  assert.ok(world.lines.some((line) => line.level === 'warn' && line.fields['setting'] === 'castellan.interrupt.message-format'))
})

test('announcements: the highest priority that concerns the user; how long each is left out', async () => {
  const board = {
    announcements: [
      { id: 'low', payload: { message: 'low' }, frequency: 'EVERY_LOGIN' },
      {
        id: 'high',
        priority: 9,
        audience: { attributes: { affiliation: ['staff', 'faculty'] } },
        payload: { message: 'high' },
        frequency: 'EVERY:P7D',
      },
      { id: 'off', enabled: false, priority: 10, payload: { message: 'off' } },
      { id: 'over', priority: 10, window: { until: '2026-01-01T00:00:00Z' }, payload: { message: 'over' } },
      { id: 'bad', priority: 10, frequency: 'SOMETIMES', payload: {} },
    ],
  }
  await using world = await opened(
    { 'board.json': JSON.stringify(board) },
    { 'castellan.interrupt.announcements.location': 'file:{dir}/board.json' },
  )
  const staff = inquiry('a', { attributes: { affiliation: ['staff'] } })
  const first = await world.interrupts.decide(staff)
  assert.ok(first.kind === 'found' && first.pages[0].payload.message === 'high')
  assert.equal(first.pages[0].payload.tracked, false)
  await world.interrupts.accepted(staff, 'announcements', first.pages[0].memory ?? '', false)
  const second = await world.interrupts.decide(staff)
  assert.ok(second.kind === 'found' && second.pages[0].payload.message === 'low')
  assert.equal(second.pages[0].memory, undefined)
  const state = world.interrupts.state().sources[0]
  assert.match(String(state?.['problems']), /^announcement bad: "frequency" must be/)
  assert.equal(state?.['entries'], 3)
  assert.equal(NOW > 0, true)
})

test('inquiries, pages and how they were left are counted; who only looks is not', async () => {
  const metrics = createMetrics()
  await using directory = await folder(entry)
  const interrupts = await createInterrupts({
    ...parts({ ...JSON_FILE, 'cas.interrupt.json.location': `file:${directory.path}/interrupt.json` }),
    metrics,
  })
  await interrupts.decide(inquiry('user1'))
  await interrupts.decide(inquiry('other'))
  await interrupts.explain(inquiry('user1'))
  interrupts.figures.notePage(true)
  interrupts.figures.noteFinalized('blocked')
  const families = new Map((await metrics.families()).map((family) => [family.name, family.samples]))
  const one = (name: string, wanted: Record<string, string>) =>
    families.get(name)?.find(({ labels }) => Object.entries(wanted).every(([label, value]) => labels[label] === value))
  assert.deepEqual(one('cas.interrupt.inquiries', { source: 'json', outcome: 'interrupt' }), {
    labels: { source: 'json', outcome: 'interrupt' },
    value: 1,
  })
  assert.deepEqual(one('cas.interrupt.inquiries', { outcome: 'none' }), { labels: { source: 'json', outcome: 'none' }, value: 1 })
  assert.equal((one('cas.interrupt.inquiry', { source: 'json' }) as { count: number }).count, 2)
  assert.deepEqual(one('cas.interrupt.pages', { block: 'true' }), { labels: { mode: 'AFTER_AUTHENTICATION', block: 'true' }, value: 1 })
  assert.deepEqual(one('cas.interrupt.finalized', { via: 'blocked' }), { labels: { via: 'blocked' }, value: 1 })
  await interrupts.close()
})
