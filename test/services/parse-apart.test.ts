import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { parseDefinition } from '../../src/services/definitions/definition-text.ts'
import { parseApart } from '../../src/services/definitions/parse-apart.ts'
import { openWorld } from './world.ts'

const MANY = 900
const human = `[
  ${Array.from({ length: MANY }, (_, id) => `{ @class: "org.apereo.cas.services.CasRegisteredService", name: "App ${id}", serviceId: "^https://a${id}/.*", id: ${id === 7 ? '9223372036854775807' : id} } // ${'x'.repeat(20)}`).join('\n  ')}
]
`
const yaml = Array.from(
  { length: 200 },
  (_, id) =>
    `--- !<org.apereo.cas.services.CasRegisteredService>\nname: App ${id}\nserviceId: ^https://a${id}/.*\nid: ${id + 1}\nratio: .inf\nnone: ~\n`,
).join('')

for (const [what, format, text] of [
  ['Human JSON', 'json', human],
  ['YAML', 'yaml', yaml],
  ['Human JSON that breaks off', 'json', human.slice(0, -200)],
  ['YAML that breaks off', 'yaml', `${yaml}: [`],
  ['a single value', 'json', `# ${'x'.repeat(900_000)}\n7`],
] as const) {
  test(`a large text is parsed beside the requests, with the same result: ${what}`, async () => {
    assert.ok(text.length > (format === 'json' ? 64 : 16) * 1024)
    let turns = 0
    let done = false
    const parsing = parseApart(text, format).finally(() => {
      done = true
    })
    while (!done) {
      await setImmediate()
      turns++
    }
    assert.ok(turns > 1, 'the event loop went round in between')
    assert.deepEqual(await parsing, parseDefinition(text, format))
  })
}

test('large texts that come at once are all parsed, also one after a text that is broken', async () => {
  const results = await Promise.all([human, `${human}{`, yaml, human].map((text) => parseApart(text, text === yaml ? 'yaml' : 'json')))
  assert.deepEqual(
    results.map(({ kind }) => kind),
    ['ok', 'broken', 'ok', 'ok'],
  )
})

test('large files are loaded as small ones are, and those that are broken are named with their place', async () => {
  await using world = await openWorld({
    files: { 'All-1.json': human, 'Broken-2.json': human.slice(0, -10) },
    settings: { 'castellan.serviceRegistry.history.versions': 0 },
  })
  assert.equal(world.services.all().length, MANY)
  const [problem] = world.services.problems().filter(({ severity }) => severity === 'error')
  assert.match(problem?.file ?? '', /Broken-2\.json$/)
  assert.ok((problem?.line ?? 0) > MANY)
})
