import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeFor, exchange, oauthClient, postForm, profile } from '../../support/oauth.ts'
import { openOAuth } from './oauth-world.ts'

test('the audit trail has each request and answer by the names of CAS, without secrets, failures included', async () => {
  await using world = await openOAuth({ services: { 'Shop-1.json': oauthClient(1, 'shop') } })
  const code = await codeFor(world.url, 'shop')
  const { json } = await exchange(world.url, 'shop', code)
  await profile(world.url, json['access_token'])
  await exchange(world.url, 'shop', code)
  await profile(world.url, 'AT-1-x')
  const revoke = { client_id: 'shop', client_secret: 'secret of shop', token: String(json['access_token']) }
  for (let time = 0; time < 2; time++) await postForm(`${world.url}/oauth2.0/revoke`, revoke)
  const records = world.lines.filter(({ fields }) => String(fields['action'] ?? '').startsWith('OAUTH2_'))
  assert.deepEqual(
    records.map(({ fields }) => fields['action']),
    [
      'OAUTH2_AUTHORIZATION_RESPONSE_CREATED',
      'OAUTH2_ACCESS_TOKEN_REQUEST_CREATED',
      'OAUTH2_ACCESS_TOKEN_RESPONSE_CREATED',
      'OAUTH2_USER_PROFILE_CREATED',
      'OAUTH2_ACCESS_TOKEN_REQUEST_CREATED',
      'OAUTH2_ACCESS_TOKEN_RESPONSE_CREATED',
      'OAUTH2_USER_PROFILE_CREATED',
      'OAUTH2_TOKEN_REVOKED',
    ],
  )
  const text = records.map(({ message }) => message).join('\n')
  assert.match(text, /grant_type=authorization_code/)
  assert.match(text, /redirect_uri=https:\/\/shop\.example\.org\/cb, scopes=\[\], code\}/)
  assert.match(text, /WHO: shop\nWHAT: \{client_id=shop, access_token\}/)
  assert.match(text, /error=invalid_grant/)
  assert.doesNotMatch(text, /secret of|-[A-Za-z0-9]{30,}/)
})
