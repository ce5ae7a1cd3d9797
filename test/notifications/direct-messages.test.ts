// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of messages
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { group, type Infer } from '../../src/base/schema.ts'
import { mailText, smsText } from '../../src/notifications/index.ts'
import { startMailServer } from '../support/mail-server.ts'
import { settingsOf } from '../support/settings.ts'
import { type FakeTwilio, startTwilio } from '../support/twilio.ts'
import { bodies, ending, finished, mailSettings, openWorld, trust, twilioSettings } from './world.ts'

let twilio: FakeTwilio
before(async () => {
  twilio = await startTwilio()
  trust(twilio)
})
after(() => twilio[Symbol.asyncDispose]())

const kind = group({ sms: smsText, mail: mailText })
/** As the settings of a second factor would say it. */
function kindOf(overrides: Record<string, unknown>) {
  const { sms, mail } = settingsOf<Infer<typeof kind>>(kind, overrides)
  return { prefix: 'cas.authn.mfa.simple', names: ['token', 'tokenWithoutPrefix'], positions: 1, sms, mail }
}

const CODE = 'CASMFA-438291'
const values = { token: CODE, tokenWithoutPrefix: '438291' }

test('one provider sends what a service that ends has to say, and the code of a login [N1]', async () => {
  await using world = await openWorld({
    settings: twilioSettings(twilio),
    services: { 'Sample-100.json': ending(100, 'Sample', [{ phone: '+11234567890' }]) },
  })
  twilio.messages.length = 0
  const codes = world.notifications.direct(kindOf({ 'sms.from': '+15005550006', 'sms.text': 'Your code: ${tokenWithoutPrefix}' }))
  assert.deepEqual([codes.bySms, codes.byMail], [true, false])
  assert.equal((await codes.sms('+1 (123) 456-7891', values)).status, 'sent')
  await finished(world)
  assert.deepEqual(bodies(twilio).toSorted(), ['The service Sample is expired and removed from CAS.', 'Your code: 438291'])
  assert.equal(twilio.messages.find(({ body }) => body.startsWith('Your'))?.to, '+11234567891')
})

test('a code stands in no log, no audit trail and no outbox, and old texts name it by %s', async () => {
  await using server = await startMailServer({ authority: twilio.authority })
  await using world = await openWorld({ settings: { ...twilioSettings(twilio), ...mailSettings(server) } })
  twilio.messages.length = 0
  const codes = world.notifications.direct({
    ...kindOf({ 'mail.from': 'cas@example.org', 'mail.subject': 'Code %s', 'mail.text': '<b>${token}</b> %s', 'mail.html': true }),
    sms: { from: '+15005550006', text: '', otherwise: '${token}' },
  })
  assert.deepEqual([codes.bySms, codes.byMail], [true, true])
  assert.equal((await codes.sms('+11234567890', values)).status, 'sent')
  assert.equal((await codes.mail('user@example.org', { token: '<1>' })).status, 'sent')
  assert.deepEqual(bodies(twilio), [CODE])
  assert.deepEqual([server.mails[0]?.headers.get('subject'), server.mails[0]?.body], ['Code <1>', '<b>&lt;1&gt;</b> &lt;1&gt;'])
  assert.equal((await world.notifications.overview()).records.length, 0)
  assert.ok(!JSON.stringify([world.lines, world.audit.records]).includes('438291'))
})

test('a provider that does not answer keeps nobody waiting, and a text that cannot be made is no crash', async () => {
  await using world = await openWorld({ settings: twilioSettings(twilio) })
  twilio.script.push({ kind: 'slow', accept: true, ms: 200 })
  const late = world.notifications.direct({ ...kindOf({ 'sms.from': '+15005550006', 'sms.text': '%s' }), withinMs: 30 })
  assert.equal((await late.sms('+11234567890', values)).status, 'uncertain')
  mkdirSync(join(world.directory, 'config'), { recursive: true })
  const broken = join(world.directory, 'config', 'broken.mjs')
  writeFileSync(broken, 'export function run() { throw new Error("not today") }')
  const codes = world.notifications.direct(kindOf({ 'sms.from': '+15005550006', 'sms.text': `file:${broken}` }))
  const { status, message = '' } = await codes.sms('+11234567890', values)
  assert.deepEqual([status, message.includes('not today')], ['configuration', true])
})

test('without a provider or a mail server nothing is offered', async () => {
  await using world = await openWorld()
  const codes = world.notifications.direct(kindOf({ 'mail.from': 'cas@example.org', 'mail.subject': 'Code', 'mail.text': '%s' }))
  assert.deepEqual([codes.bySms, codes.byMail], [false, false])
  assert.equal((await codes.mail('user@example.org', values)).status, 'configuration')
  assert.equal((await codes.sms('+11234567890', values)).status, 'configuration')
})
