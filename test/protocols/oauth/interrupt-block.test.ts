import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answering, httpStub } from '../../support/http-stub.ts'
import { oauthClient, postForm } from '../../support/oauth.ts'
import { openOAuth } from './oauth-world.ts'

/** Blocks where no page can be shown (interrupt.md 6.3). */
const open = (source: string, more: Record<string, string | boolean>) =>
  openOAuth({
    services: {
      'Client-1.json': oauthClient(1, 'shop'),
      'Quiet-2.json': oauthClient(2, 'quiet', {
        properties: { skipInterrupt: { '@class': '', values: ['java.util.HashSet', ['true']] } },
      }),
    },
    properties: { 'cas.interrupt.rest.url': source, ...more },
  })
const ask = (url: string, client = 'shop') =>
  postForm(`${url}/oauth2.0/token`, {
    grant_type: 'password',
    client_id: client,
    client_secret: `secret of ${client}`,
    username: 'ada',
    password: 'pw',
  })

test('the password grant is refused with 403 while a source blocks the user, if the operator wants it', async () => {
  await using stub = await httpStub(answering({ message: 'Register your phone first.', interrupt: true, block: true }))
  await using server = await open(stub.url, { 'castellan.interrupt.enforce-block-on-api': true })
  const refused = await ask(server.url)
  assert.equal(refused.status, 403)
  assert.equal(refused.json['error'], 'access_denied')
  assert.equal(refused.json['access_token'], undefined)
  assert.doesNotMatch(refused.text, /phone/)
  assert.equal(stub.calls[0]?.query.get('registeredService'), '^https://shop\\.example\\.org/cb(\\?.*)?$')
  assert.equal((await ask(server.url, 'quiet')).status, 200, 'an application without interrupts has none here either')
  stub.answer = answering({ message: 'News.', interrupt: true })
  assert.equal((await ask(server.url)).status, 200, 'a notice is no block')
  stub.answer = answering({ interrupt: false, block: true })
  assert.equal((await ask(server.url)).status, 200)
  stub.answer = answering('down', 500)
  assert.equal((await ask(server.url)).status, 200, 'a source that fails counts as no')
})

test('a source that must answer and does not refuses too', async () => {
  await using stub = await httpStub(answering('down', 500))
  await using server = await open(stub.url, {
    'castellan.interrupt.enforce-block-on-api': true,
    'castellan.interrupt.rest.failure-mode': 'CLOSED',
  })
  assert.equal((await ask(server.url)).status, 403)
})

test('without the setting nobody is asked about the password grant, as in CAS', async () => {
  await using stub = await httpStub(answering({ interrupt: true, block: true }))
  await using server = await open(stub.url, {})
  assert.equal((await ask(server.url)).status, 200)
  assert.equal(stub.calls.length, 0)
})
