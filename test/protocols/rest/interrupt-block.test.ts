import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definition } from '../../support/castellan.ts'
import { answering, httpStub } from '../../support/http-stub.ts'
import { openOAuth } from '../oauth/oauth-world.ts'

/** Blocks where programs log users in (interrupt.md 6.3). */
const S = 'https://app.example.org/'
const open = (source: string, enforced: boolean) =>
  openOAuth({
    services: { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') },
    properties: {
      'CasFeatureModule.RestProtocol.enabled': true,
      'cas.interrupt.rest.url': source,
      'castellan.interrupt.enforce-block-on-api': enforced,
    },
  })
const post = async (url: string, fields: Record<string, string>) => {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers: { accept: 'text/plain' } })
  return { status: response.status, body: await response.text() }
}
const CREDENTIALS = { username: 'ada', password: 'pw' }

test('a block keeps programs out too, if the operator wants it: at the session, at the ticket, at the check of a user', async () => {
  await using stub = await httpStub(answering({ message: 'Register your phone first.', interrupt: true, block: true }))
  await using server = await open(stub.url, true)
  assert.equal((await post(`${server.url}/v1/tickets`, CREDENTIALS)).status, 403)
  assert.equal((await post(`${server.url}/v1/users`, CREDENTIALS)).status, 403)
  // Blocked for this application only: the session is made without naming one.
  stub.answer = (call, response) => answering({ interrupt: true, block: call.query.has('service') })(call, response)
  const { status, body } = await post(`${server.url}/v1/tickets`, CREDENTIALS)
  assert.equal(status, 201)
  assert.equal((await post(`${server.url}/v1/tickets/${body}`, { service: S })).status, 403)
  assert.equal((await post(`${server.url}/v1/tickets/${body}`, { service: S, ...CREDENTIALS })).status, 403)
  stub.answer = answering({ interrupt: false })
  const ticket = await post(`${server.url}/v1/tickets/${body}`, { service: S })
  assert.match(ticket.body, /^ST-/)
})

test('without the setting nobody is asked, as in CAS', async () => {
  await using stub = await httpStub(answering({ interrupt: true, block: true }))
  await using server = await open(stub.url, false)
  const { status, body } = await post(`${server.url}/v1/tickets`, CREDENTIALS)
  assert.equal(status, 201)
  assert.match((await post(`${server.url}/v1/tickets/${body}`, { service: S })).body, /^ST-/)
  assert.equal(stub.calls.length, 0)
})
