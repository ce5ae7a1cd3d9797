import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOAuth } from '../protocols/oauth/oauth-world.ts'
import { oauthClient } from '../support/oauth.ts'

/**
 * The throttle looked for the user name in forms and queries only. In a body of JSON all names were one, and a login that succeeded forgave the failures of
 * that one: who had an account could try the passwords of all others without end.
 */
test('passwords that are tried by JSON count against the name they are tried for', async () => {
  await using server = await openOAuth({
    services: { 'Shop-1.json': oauthClient(1, 'shop') },
    properties: { 'cas.authn.throttle.failure.threshold': 4, 'cas.authn.throttle.failure.range-seconds': 60 },
  })
  const ask = async (username: string, password: string) => {
    const fields = { grant_type: 'password', client_id: 'shop', client_secret: 'secret of shop', username, password }
    const response = await fetch(`${server.url}/oauth2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    })
    await response.body?.cancel()
    return response.status
  }
  const statuses: number[] = []
  for (let round = 0; round < 6; round++) {
    statuses.push(await ask('grace', `guess ${round}`))
    assert.equal(await ask('ada', 'pw'), 200, 'who knows the password is not held up')
  }
  assert.deepEqual(statuses, [400, 400, 400, 423, 423, 423])
  assert.equal(await ask('grace', 'pw'), 423)
})
