import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileJavaRegex } from '../../src/base/java-regex.ts'
import { recentLookups } from '../../src/services/matching/recent-lookups.ts'
import { serviceIndex } from '../../src/services/matching/service-index.ts'
import { processorMs } from '../support/processor-time.ts'
import { compareLookups, serviceThat as service } from './compare-lookups.ts'
import { definition, openWorld } from './world.ts'

const strategy = (type: string, more: object = {}) => ({ matchingStrategy: { '@class': `org.apereo.cas.services.${type}`, ...more } })

test('one pattern takes a family of applications and refuses a stranger [A7]', async () => {
  await using world = await openWorld({ files: { 'Family-1.json': definition(1, 'Family', '^https://(wiki|shop)\\.example\\.org/.*') } })
  assert.equal(world.ask('https://wiki.example.org/a'), 'found Family')
  assert.equal(world.ask('HTTPS://SHOP.example.org/b?c=d'), 'found Family')
  assert.equal(world.ask('https://mail.example.org/'), 'unregistered')
  assert.equal(world.ask('https://wiki.example.org.evil.net/'), 'unregistered')
})

test('the whole URL must match, so a bare address takes nothing below it, with a warning', async () => {
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app.example.org') } })
  assert.equal(world.ask('https://app.example.org'), 'found App')
  assert.equal(world.ask('https://app.example.org/'), 'unregistered')
  assert.match(world.messages('warn')[0] ?? '', /bare address only.*\(\/\.\*\)\?$/)
  await using open = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app.example.org.*') } })
  assert.match(open.messages('warn')[0] ?? '', /also takes other hosts/)
})

test('partial, literal and prefix strategies compare as they say', async () => {
  await using world = await openWorld({
    files: {
      'Part-1.json': definition(1, 'Part', 'part[0-9]', strategy('PartialRegexRegisteredServiceMatchingStrategy')),
      'Literal-2.json': definition(2, 'Literal', 'https://lit/.*', strategy('LiteralRegisteredServiceMatchingStrategy')),
      'Lax-3.json': definition(3, 'Lax', 'https://lax/', strategy('LiteralRegisteredServiceMatchingStrategy', { caseInsensitive: true })),
      'Starts-4.json': definition(
        4,
        'Starts',
        'any',
        strategy('StartsWithRegisteredServiceMatchingStrategy', { expectedUrl: 'https://Starts/' }),
      ),
    },
  })
  const urls = [
    'https://x/PART7/y',
    'https://lit/.*',
    'https://lit/x',
    'https://LIT/.*',
    'https://LAX/',
    'https://starts/x',
    'https://start',
  ]
  assert.deepEqual(
    urls.map((url) => world.ask(url)),
    ['found Part', 'found Literal', 'unregistered', 'unregistered', 'found Lax', 'found Starts', 'unregistered'],
  )
})

test('the first of the order wins: evaluation order, then name, then pattern', async () => {
  const files = (app: number, all: number) => ({
    'All-1.json': definition(1, 'All', '^https://.*', { evaluationOrder: all }),
    'App-2.json': definition(2, 'App', '^https://app\\.example\\.org/.*', { evaluationOrder: app }),
  })
  await using one = await openWorld({ files: files(1, 100) })
  await using other = await openWorld({ files: files(100, 1) })
  await using byName = await openWorld({ files: files(0, 0) })
  const url = 'https://app.example.org/'
  assert.deepEqual(
    [one, other, byName].map((world) => world.ask(url)),
    ['found App', 'found All', 'found All'],
  )
})

test('a denial of the winner does not fall through to the next', async () => {
  await using world = await openWorld({
    files: {
      'App-1.json': definition(1, 'App', '^https://app/.*', {
        evaluationOrder: 1,
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false },
      }),
      'All-2.json': definition(2, 'All', '^https://.*', { evaluationOrder: 2 }),
    },
  })
  assert.equal(world.ask('https://app/'), 'disabled')
})

test('an invalid pattern is kept in the list with an error and matches nothing', async () => {
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://(app/.*') } })
  assert.equal(world.services.all().length, 1)
  assert.equal(world.ask('https://(app/'), 'unregistered')
  assert.match(
    world.messages('error')[0] ?? '',
    /^App-1\.json:1:\d+: the serviceId is not a usable pattern and matches nothing: a group is not closed/,
  )
})

test('a pattern that holds up other servers is answered at once', async () => {
  await using world = await openWorld({
    files: {
      'Evil-1.json': definition(1, 'Evil', '^https://(a+)+$'),
      'Look-2.json': definition(2, 'Look', '^https://(?=(b+)+c).*'),
      'Good-3.json': definition(3, 'Good', '^https://good/.*'),
    },
  })
  const spent = await processorMs(() => {
    assert.equal(world.ask(`https://${'a'.repeat(40)}!`), 'unregistered')
    assert.equal(world.ask(`https://${'a'.repeat(8000)}!`), 'unregistered')
    assert.equal(world.ask(`https://${'b'.repeat(8000)}`), 'unregistered')
  })
  // Without the safe engine it would be years.
  assert.ok(spent < 2000)
  assert.equal(world.ask('https://aaa'), 'found Evil')
  assert.match(world.messages('error').join(), /Look-2\.json.*nested repetition is not safe/)
})

test('the index answers as trying every definition in turn does', async () => {
  assert.deepEqual(await compareLookups({ rounds: 60, urls: 60, seed: 20_260_301 }), { compared: 3600, different: [] })
})

test('with index-services=false the answers are the same', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`App${i}-${i}.json`, definition(i, `App${i}`, `^https://app${i}\\.example\\.org/.*`)]),
  )
  await using world = await openWorld({ files, settings: { 'core.indexServices': false } })
  assert.equal(world.ask('https://app7.example.org/x'), 'found App7')
  assert.equal(world.ask('https://app20.example.org/x'), 'unregistered')
})

test('of ten thousand definitions a lookup tests only those that can match', async () => {
  let tested = 0
  const services = Array.from({ length: 10_000 }, (_, i) => {
    const regex = compileJavaRegex(`^https://app${i}\\.example\\.org/.*`, { match: 'full', ignoreCase: true })
    assert.ok(regex.kind === 'ok')
    const beginnings = regex.beginnings()?.map(({ text }) => ({ text, rest: undefined }))
    const counted = { ...regex, kind: 'ok' as const, test: (text: string) => ++tested > 0 && regex.test(text) }
    return service({
      kind: 'regex',
      regex: { ...counted, exec: () => undefined, replaceAll: (text) => text, beginnings: () => beginnings },
      beginnings,
    })
  })
  const index = await serviceIndex(services)
  assert.equal(index.match('https://app9999.example.org/x'), services[9999])
  assert.equal(index.match('https://app99999.example.org/x'), undefined)
  assert.equal(tested, 1)
})

test('recent lookups are bounded, and junk does not push out what is used', () => {
  const recent = recentLookups<string>(10, 4)
  recent.set('used', 'service')
  for (let i = 0; i < 1000; i++) {
    recent.set(`junk${i}`, undefined)
    assert.equal(recent.get('used'), 'service')
  }
  assert.equal(recent.get('junk999'), null)
  assert.equal(recent.get('junk1'), undefined)
  for (let i = 0; i < 1000; i++) recent.set(`other${i}`, 'x')
  assert.equal(recent.get('used'), undefined)
  recent.set('x'.repeat(10_000), 'service')
  assert.equal(recent.get('x'.repeat(10_000)), undefined)
})

test('a new set of definitions answers anew, also for what was looked up before', async () => {
  await using world = await openWorld({ files: { 'All-2.json': definition(2, 'All', '^https://.*', { evaluationOrder: 2 }) } })
  assert.equal(world.ask('https://app/'), 'found All')
  assert.equal(world.ask('imaps://app/'), 'unregistered')
  world.write('App-1.json', definition(1, 'App', '^(https|imaps)://app/.*', { evaluationOrder: 1 }))
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'found App')
  assert.equal(world.ask('imaps://app/'), 'found App')
})
