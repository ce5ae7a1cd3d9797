// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of messages
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { eventually } from '../support/castellan.ts'
import { startMailServer } from '../support/mail-server.ts'
import { type FakeTwilio, startTwilio } from '../support/twilio.ts'
import { bodies, ending, finished, mailSettings, openWorld, trust, twilioSettings, type World } from './world.ts'

let twilio: FakeTwilio
before(async () => {
  twilio = await startTwilio()
  trust(twilio)
})
after(() => twilio[Symbol.asyncDispose]())

const fresh = () => {
  twilio.messages.length = twilio.posts.length = 0
}
const owner = { name: 'Owner', phone: '+11234567890' }
const statesOf = async (world: World) => (await world.notifications.overview()).records.map(({ state }) => state)

const flags: readonly (readonly [boolean, boolean, boolean, readonly string[], readonly string[]])[] = [
  // notifyWhenExpired, deleteWhenExpired, notifyWhenDeleted; messages; the same with a text of its own for the removal.
  [false, false, false, [], []],
  [false, true, false, [], []],
  [true, false, false, ['expired App'], ['expired App']],
  [true, false, true, ['expired App'], ['expired App']],
  [true, true, false, ['expired App'], ['expired App']],
  [false, true, true, ['deleted App'], ['removed App']],
  [true, true, true, ['expired App'], ['expired App', 'removed App']],
  [false, false, true, [], []],
]
for (const [notifyWhenExpired, deleteWhenExpired, notifyWhenDeleted, plain, separate] of flags) {
  const name = `notifyWhenExpired ${notifyWhenExpired}, deleteWhenExpired ${deleteWhenExpired}, notifyWhenDeleted ${notifyWhenDeleted}`
  test(`${name}: ${plain.length === 0 ? 'nobody is told' : plain.join(', ')} [N3]`, async () => {
    for (const [deletedText, expected] of [
      ['', plain],
      ['removed ${service}', separate],
    ] as const) {
      fresh()
      await using world = await openWorld({
        settings: {
          ...twilioSettings(twilio),
          'cas.serviceRegistry.sms.text': '${action} ${service}',
          'castellan.serviceRegistry.sms.deletedText': deletedText,
        },
        services: { 'App-1.json': ending(1, 'App', [owner], { notifyWhenExpired, deleteWhenExpired, notifyWhenDeleted }) },
      })
      if (expected.length > 0) await finished(world)
      assert.deepEqual([...bodies(twilio)].sort(), [...expected].sort())
      assert.equal(existsSync(join(world.directory, 'services/App-1.json')), !deleteWhenExpired)
      if (!notifyWhenExpired && deleteWhenExpired && notifyWhenDeleted)
        assert.ok(world.messages('info').some((line) => line.endsWith('will be notified of service expiry and removal')))
    }
  })
}

test('a contact with two numbers and an address gets two messages and a mail; what stands twice is told once', async () => {
  fresh()
  await using server = await startMailServer({ authority: twilio.authority })
  await using world = await openWorld({
    settings: { ...twilioSettings(twilio), ...mailSettings(server) },
    services: {
      'App-1.json': ending(1, 'App', [
        { name: 'A', phone: '+1 (123) 456-7890, +11234567891', email: 'a@example.org' },
        { name: 'B', phone: '+11234567890', email: 'A@example.org' },
      ]),
    },
  })
  await finished(world)
  assert.deepEqual(twilio.messages.map(({ to }) => to).sort(), ['+11234567890', '+11234567891'])
  assert.equal(server.mails.length, 1)
})

test('a failed channel or recipient leaves the others alone', async () => {
  fresh()
  await using world = await openWorld({
    settings: {
      ...twilioSettings(twilio),
      ...mailSettings({ host: '127.0.0.1', port: 1 }),
      'castellan.notifications.retry.giveUpAfter': 0,
    },
    services: { 'App-1.json': ending(1, 'App', [{ phone: '+15005550001, +11234567890', email: 'a@example.org' }]) },
  })
  assert.deepEqual(await finished(world), { '+15005550001': 'failed', '+11234567890': 'sent', 'a@example.org': 'failed' })
})

test('contacts that nobody can reach are said: none, one without an address, one with a phone that is none, no way to send', async () => {
  fresh()
  await using world = await openWorld({
    settings: twilioSettings(twilio),
    services: {
      'None-1.json': ending(1, 'None', []),
      'Empty-2.json': ending(2, 'Empty', [{ name: 'Nobody' }]),
      'Strange-3.json': ending(3, 'Strange', [{ phone: 'ask at the desk' }]),
      'Mail-4.json': ending(4, 'Mail', [{ email: 'a@example.org' }]),
    },
  })
  assert.deepEqual(await finished(world), { 'ask at the desk': 'failed' })
  assert.deepEqual(
    world.messages('warn').filter((line) => !line.includes('has expired on')),
    [
      'A contact of the service [Empty] has neither a phone number nor an address.',
      'Could not send mail about the service [Mail]: the settings for it are undefined.',
      'The service [None] asks for its contacts to be told, but has none.',
      'A contact of the service [Strange] has no usual phone number; it is tried.',
    ].sort((one, other) => (/\[(\w+)\]/.exec(one)?.[1] ?? '').localeCompare(/\[(\w+)\]/.exec(other)?.[1] ?? '')),
  )
})

for (const [text, body] of [
  ['The service is gone.', 'The service is gone.'],
  ['%s and %s', 'Sample and %s'],
  ['%1$s, %S, 100%% sure, 100% sure%n!', 'Sample, SAMPLE, 100% sure, 100% sure\n!'],
  [
    '${service} ${id} ${serviceId} ${expirationDate} ${contact} ${action}',
    'Sample 100 ^https://app100\\.example\\.org/.* 2026-02-01 Owner expired',
  ],
  ['${nothing} ${nothing:-default} #{expression}', '${nothing} default #{expression}'],
] as const) {
  test(`the text ${JSON.stringify(text)} says ${JSON.stringify(body)} [N7]`, async () => {
    fresh()
    await using world = await openWorld({
      settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.text': text },
      services: { 'Sample-100.json': ending(100, 'Sample', [owner]) },
    })
    await finished(world)
    assert.deepEqual(bodies(twilio), [body])
  })
}

test('a name with placeholders, quotes, signs and a line break stands in the text as it is', async () => {
  for (const name of ['%s', '${id}', '$1 & $&', '"quoted" \'name\'', 'Ünï 🎉', 'two\nlines', '%', '{{x}}']) {
    fresh()
    await using world = await openWorld({
      settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.text': '<%s|${service}>' },
      services: { 'Sample-100.json': ending(100, name, [owner]) },
    })
    await finished(world)
    assert.deepEqual(bodies(twilio), [`<${name}|${name}>`])
  }
})

test('the text is a file, a Groovy template, a module or an inline module', async () => {
  await using world = await openWorld({ settings: twilioSettings(twilio) })
  const folder = join(world.directory, 'texts')
  mkdirSync(folder)
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const texts: readonly (readonly [string, string])[] = [
    [`file:${file('text.txt', 'From a file: ${service}')}`, 'From a file: Sample'],
    [file('text.gtemplate', 'Groovy: <%= service %>, $id, ${action}'), 'Groovy: Sample, 100, expired'],
    [
      `file:${file('text.mjs', 'export const run = ({ service, id }, logger) => { logger.info("made"); return `Module: ${service} ${id}` }')}`,
      'Module: Sample 100',
    ],
    [`file:${file('old.groovy', 'def run(){}').replace('old.groovy', 'text.groovy')}`, 'Module: Sample 100'],
    ['js { return `Inline: ${service}` }', 'Inline: Sample'],
  ]
  for (const [text, body] of texts) {
    fresh()
    await using one = await openWorld({
      settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.text': text },
      services: { 'Sample-100.json': ending(100, 'Sample', [owner]) },
    })
    await finished(one)
    assert.deepEqual(bodies(twilio), [body])
  }
  const groovy = openWorld({
    settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.text': `file:${join(folder, 'old.groovy')}` },
  })
  await assert.rejects(groovy, (error: unknown) => error instanceof StartRefusal && /write the module .*old\.mjs/.test(error.message))
})

test('a text that cannot be made keeps nobody from being told: plain words leave in its place, and the log has the reason', async () => {
  fresh()
  await using world = await openWorld({
    settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.text': 'js { return nothing.of.that }' },
    services: { 'Sample-100.json': ending(100, 'Sample', [owner]) },
  })
  await finished(world)
  assert.deepEqual(bodies(twilio), ['The service Sample has expired.'])
  assert.match(world.messages('error').join(), /cannot be made \(.*nothing is not defined\); its contacts are told in plain words/)
})

test('a Groovy template that is a program is an ERROR at the start, and what can be filled in is', async () => {
  fresh()
  await using world = await openWorld()
  const file = join(world.directory, 'program.gtemplate')
  writeFileSync(file, '$service <% if (true) { %>is gone<% } %>')
  const settings = { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.text': `file:${file}` }
  await using other = await openWorld({ settings, services: { 'Sample-100.json': ending(100, 'Sample', [owner]) } })
  await finished(other)
  const said = 'cas.service-registry.sms.text: only ${name}, $name and <%= name %> of a Groovy template are understood.'
  assert.deepEqual(other.messages('error'), [said])
  assert.deepEqual(bodies(twilio), ['Sample <% if (true) { %>is gone<% } %>'])
})

test('a service that is kept is refused and told of once, whatever evaluates it', async () => {
  fresh()
  const options = {
    settings: twilioSettings(twilio),
    services: { 'App-1.json': ending(1, 'App', [owner], { deleteWhenExpired: false }) },
  }
  await using world = await openWorld(options)
  await finished(world)
  for (let at = 0; at < 50; at++) {
    const reference = { id: 'https://app1.example.org/x', originalUrl: '' }
    assert.equal((await world.services.find(reference)).kind, 'refused')
    if (at % 10 === 0) await world.services.reload()
  }
  await world.close()
  for (let restart = 0; restart < 3; restart++) {
    await using again = await openWorld({ ...options, directory: world.directory })
    await again.services.reload()
  }
  assert.equal(twilio.posts.length, 1)
})

test('the clock going back, then on again, tells nobody twice; one that was far ahead does not keep a message for years', async () => {
  fresh()
  await using world = await openWorld({
    settings: twilioSettings(twilio),
    services: { 'App-1.json': ending(1, 'App', [owner], { deleteWhenExpired: false }) },
  })
  await finished(world)
  for (const step of [-90, 90, -90, 90]) {
    world.moveClock(step * 86_400_000)
    await world.services.reload()
  }
  assert.equal(twilio.posts.length, 1)
  twilio.script.push({ kind: 'error', status: 429, code: 20429, headers: { 'Retry-After': '2' } })
  world.moveClock(10 * 365 * 86_400_000)
  world.write('App-2.json', ending(2, 'Other', [owner]))
  await world.services.reload()
  await eventually('the first try', () => twilio.posts.length === 2 || undefined)
  world.moveClock(-10 * 365 * 86_400_000)
  await finished(world, 10_000)
  assert.equal(twilio.messages.length, 2)
})

test('where the definition cannot be deleted nobody is told of a removal; when somebody removes it by hand, they are', async () => {
  fresh()
  const two = [ending(1, 'App', [owner]), { ...ending(2, 'Other', []), expirationPolicy: undefined }]
  await using world = await openWorld({ settings: twilioSettings(twilio), services: { 'two.json': two } })
  await world.services.reload()
  assert.deepEqual(await statesOf(world), ['held'])
  assert.equal(world.messages('error').length, 1)
  rmSync(join(world.directory, 'services/two.json'))
  await world.services.reload()
  await finished(world)
  assert.equal(twilio.posts.length, 1)
})

test('a definition that is prolonged before it could be deleted takes its message back; the next date is told of', async () => {
  fresh()
  const two = (expirationDate: string) => [
    ending(1, 'App', [owner], { expirationDate }),
    { ...ending(2, 'Other', []), expirationPolicy: undefined },
  ]
  await using world = await openWorld({ settings: twilioSettings(twilio), services: { 'two.json': two('2026-02-01') } })
  assert.deepEqual(await statesOf(world), ['held'])
  world.write('two.json', two('2027-02-01'))
  await world.services.reload()
  assert.deepEqual(await statesOf(world), ['withdrawn'])
  assert.equal(twilio.posts.length, 0)
})

test('where the definitions belong to the distribution messages are kept on this machine', async () => {
  fresh()
  await using world = await openWorld({
    settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.json.location': 'classpath:/services' },
    services: { 'App-1.json': ending(1, 'App', [owner], { deleteWhenExpired: false }) },
  })
  await finished(world)
  assert.match((await world.notifications.overview()).place ?? '', /^LMDB in .*state\/notifications$/)
  assert.ok(!existsSync(join(world.directory, 'services/.castellan')))
})

test('a work tree of git is not written to, and said to be no place for several servers', async () => {
  fresh()
  await using world = await openWorld({ settings: twilioSettings(twilio) })
  mkdirSync(join(world.directory, 'services/.git'))
  world.write('App-1.json', ending(1, 'App', [owner]))
  await world.close()
  await using again = await openWorld({ settings: twilioSettings(twilio), directory: world.directory })
  await finished(again)
  assert.match((await again.notifications.overview()).place ?? '', /^LMDB in /)
  assert.ok(again.messages('warn').some((line) => line.startsWith('The definitions are a work tree of git')))
})

test('contacts are warned in advance, once for each step; a step that came too late is not made up for', async () => {
  fresh()
  const settings = { ...twilioSettings(twilio), 'castellan.serviceRegistry.expiration.warnBefore': ['P30D', 'P7D', 'P1D'] }
  await using world = await openWorld({
    settings,
    services: {
      'App-1.json': ending(1, 'App', [owner], { expirationDate: '2026-03-06' }),
      'Quiet-2.json': ending(2, 'Quiet', [owner], { expirationDate: '2026-03-06', notifyWhenExpired: false }),
    },
  })
  await finished(world)
  assert.deepEqual(bodies(twilio), ['The service App expires on 2026-03-06.'])
  await world.services.reload()
  world.moveClock(4 * 86_400_000)
  await world.services.reload()
  await finished(world)
  assert.equal(twilio.messages.length, 2)
  world.moveClock(86_400_000)
  await world.services.reload()
  await eventually('the end itself', () => bodies(twilio)[2])
  assert.equal(bodies(twilio)[2], 'The service App is expired and removed from CAS.')
  await world.services.reload()
  assert.equal(twilio.posts.length, 3)
})

test('a step that is no duration stops the start', async () => {
  const settings = { ...twilioSettings(twilio), 'castellan.serviceRegistry.expiration.warnBefore': ['soon'] }
  await assert.rejects(
    openWorld({ settings }),
    /castellan\.service-registry\.expiration\.warn-before must be a list of durations.*found "soon"/,
  )
})

test('when the outbox cannot be opened nothing is deleted and the start is refused', async () => {
  fresh()
  const directory = mkdtempSync(join(tmpdir(), 'castellan-notifications-'))
  writeFileSync(join(directory, 'file'), '')
  const settings = { ...twilioSettings(twilio), 'castellan.notifications.state.location': `file:${join(directory, 'file/outbox')}` }
  const services = { 'App-1.json': ending(1, 'App', [owner]) }
  await assert.rejects(
    openWorld({ settings, services, directory }),
    (error: unknown) => error instanceof StartRefusal && error.exitCode === 69,
  )
  assert.ok(existsSync(join(directory, 'services/App-1.json')))
  rmSync(directory, { recursive: true })
})
