import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOAuth } from '../protocols/oauth/oauth-world.ts'
import { codeFor, exchange, oauthClient, postForm } from '../support/oauth.ts'

/** Every grant asks whether its user may use the client; the exchange of tokens did not. */
test('nobody gets a token for a client that they may not use by exchanging that of another', async () => {
  const grants = { supportedGrantTypes: ['java.util.HashSet', ['urn:ietf:params:oauth:grant-type:token-exchange', 'client_credentials']] }
  const staffOnly = {
    accessStrategy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy',
      requiredAttributes: { '@class': 'java.util.HashMap', affiliation: ['java.util.HashSet', ['staff']] },
    },
  }
  await using server = await openOAuth({
    services: {
      'Shop-1.json': oauthClient(1, 'shop'),
      'Open-2.json': oauthClient(2, 'open', grants),
      'Staff-3.json': oauthClient(3, 'staff', { ...grants, ...staffOnly }),
    },
  })
  const bought = await exchange(server.url, 'shop', await codeFor(server.url, 'shop'))
  const swap = (client: string, token: unknown) =>
    postForm(`${server.url}/oauth2.0/token`, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: client,
      client_secret: `secret of ${client}`,
      subject_token: String(token),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
  const good = await swap('open', bought.json['access_token'])
  assert.equal(good.status, 200, good.text)
  for (const token of [bought.json['access_token'], good.json['access_token']]) {
    const refused = await swap('staff', token)
    assert.equal(refused.status, 400)
    assert.equal(refused.json['error'], 'invalid_grant')
    assert.equal(refused.json['access_token'], undefined)
  }
  const machine = await postForm(`${server.url}/oauth2.0/token`, {
    grant_type: 'client_credentials',
    client_id: 'open',
    client_secret: 'secret of open',
  })
  assert.equal((await swap('open', machine.json['access_token'])).status, 200, 'a program is no user')
})
