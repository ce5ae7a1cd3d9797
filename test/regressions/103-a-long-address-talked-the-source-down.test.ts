import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'
import { answering, httpStub } from '../support/http-stub.ts'

/**
 * The user chooses most of the application's address. One so long that the source refused the question counted as a source that is down: a blocked user got
 * in, and after five of them the source was left alone for everybody.
 */
test('nobody gets past a source by asking for a service that it cannot read', async () => {
  const block = { message: 'Register your phone first.', interrupt: true, block: true }
  await using stub = await httpStub((call, response) => {
    // As nginx and others do: the line of the request has a limit.
    if (call.query.toString().length > 4000) response.writeHead(414).end()
    else if (call.query.get('service')?.includes('odd')) response.writeHead(400).end()
    else answering(block)(call, response)
  })
  await using cas = await startCastellan({
    services: { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') },
    properties: {
      'castellan.ticket-registry.store': 'memory',
      'cas.authn.accept.users': 'blocked::pw',
      'cas.interrupt.rest.url': stub.url,
    },
  })
  const login = (path: string) => new BrowserClient().login(cas.url, 'blocked', 'pw', { service: `https://app.example.org/${path}` })
  const long = `page?${'x'.repeat(6000)}`
  for (let time = 0; time < 6; time++) {
    const page = await login(long)
    assert.equal(page.location, undefined)
    assert.match(page.body, /Register your phone first/)
  }
  assert.equal(stub.calls[0]?.query.get('service'), 'https://app.example.org/page')

  // A question that is refused is not a source that is down: the next one is asked all the same.
  for (let time = 0; time < 6; time++) await login('odd')
  assert.match((await login('page')).body, /Register your phone first/)
})
