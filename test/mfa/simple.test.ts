// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of messages
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Json } from '../../src/base/json.ts'
import type { ProviderOutcome } from '../../src/mfa/index.ts'
import type { View } from '../../src/views/index.ts'
import { startMailServer, type TestMailServer } from '../support/mail-server.ts'
import { inquiryOf, loginOf, openMultifactorWorld } from './world.ts'

/** Codes by mail to an address that the user enters. */
let post: TestMailServer
before(async () => {
  post = await startMailServer({ tls: 'none' })
})
after(() => post[Symbol.asyncDispose]())

const SIMPLE = 'cas.authn.mfa.simple'
const settings = () => ({
  'spring.mail.host': post.host,
  'spring.mail.port': post.port,
  [`${SIMPLE}.mail.from`]: 'sso@example.org',
  [`${SIMPLE}.mail.subject`]: 'Code',
  [`${SIMPLE}.mail.text`]: '${principal}: ${token}',
  [`${SIMPLE}.mail.acceptedEmailPattern`]: '.+@example\\.org',
})
const posted = (fields: Record<string, string>, event = 'submit') => ({ event, field: (name: string) => fields[name] })
const viewOf = (outcome: ProviderOutcome): View | undefined =>
  outcome.kind === 'ask' ? outcome.view('x') : outcome.kind === 'unable' ? outcome.view : undefined
const stateOf = (outcome: ProviderOutcome): Json => (outcome.kind === 'ask' ? outcome.state : null)

test('a user without any address may enter one that matches, and nothing else; the code goes there', async () => {
  await using world = await openMultifactorWorld({ settings: settings() })
  const provider = world.multifactor.provider('mfa-simple')
  assert.ok(provider)
  const ada = inquiryOf(loginOf('ada'))
  let outcome = await provider.begin(ada)
  assert.equal(viewOf(outcome)?.id, 'simple-mfa/casSimpleMfaAddressView')
  for (const email of [
    '',
    'ada',
    'ada@example.org.evil.net',
    'ada@evil.net',
    'ada@example.org, eve@evil.net',
    'eve@evil.net\nada@example.org',
    'a@b@example.org',
    '<eve@evil.net> ada@example.org',
    `${'a'.repeat(400)}@example.org`,
  ]) {
    outcome = await provider.submit(ada, stateOf(outcome), posted({ email }))
    assert.equal(viewOf(outcome)?.id, 'simple-mfa/casSimpleMfaAddressView', email)
  }
  assert.equal(post.mails.length, 0)
  outcome = await provider.submit(ada, stateOf(outcome), posted({ email: ' ada@example.org ' }))
  assert.equal(viewOf(outcome)?.id, 'simple-mfa/casSimpleMfaLoginView')
  assert.deepEqual(post.mails.at(-1)?.to, ['ada@example.org'])
  const token = /^ada: (CASMFA-\d{6})/.exec(post.mails.at(-1)?.body ?? '')?.[1] ?? ''
  // The same address gets the next one.
  outcome = await provider.submit(ada, stateOf(outcome), posted({}, 'resend'))
  assert.deepEqual(post.mails.at(-1)?.to, ['ada@example.org'])
  assert.equal((await provider.submit(ada, stateOf(outcome), posted({ token }))).kind, 'ask')
  const fresh = /CASMFA-\d{6}/.exec(post.mails.at(-1)?.body ?? '')?.[0] ?? ''
  assert.equal((await provider.submit(ada, stateOf(outcome), posted({ token: fresh }))).kind, 'passed')
})

test('who has an address cannot enter another; without the setting nobody can', async () => {
  await using world = await openMultifactorWorld({ settings: settings() })
  const known = await world.multifactor.provider('mfa-simple')?.begin(inquiryOf(loginOf('bob', { mail: ['bob@example.net'] })))
  assert.equal(known && viewOf(known)?.id, 'simple-mfa/casSimpleMfaLoginView')
  await using strict = await openMultifactorWorld({ settings: { ...settings(), [`${SIMPLE}.mail.acceptedEmailPattern`]: undefined } })
  const refused = await strict.multifactor.provider('mfa-simple')?.begin(inquiryOf(loginOf('ada')))
  assert.equal(refused && viewOf(refused)?.id, 'simple-mfa/casSimpleMfaUnableView')
})

test('a code that could not be sent again leaves the one before as it is', async () => {
  await using world = await openMultifactorWorld({ settings: settings() })
  const provider = world.multifactor.provider('mfa-simple')
  assert.ok(provider)
  const bob = inquiryOf(loginOf('bob', { mail: ['bob@example.org'] }))
  const first = await provider.begin(bob)
  const token = /CASMFA-\d{6}/.exec(post.mails.at(-1)?.body ?? '')?.[0] ?? ''
  post.script.push({ kind: 'refuse', at: 'recipient', status: 550 })
  const again = await provider.submit(bob, stateOf(first), posted({}, 'resend'))
  assert.ok(again.kind === 'ask' && again.status === 503)
  assert.equal((await provider.submit(bob, stateOf(again), posted({ token }))).kind, 'passed')
})
