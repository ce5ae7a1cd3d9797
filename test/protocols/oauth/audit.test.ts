import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeFor, exchange, oauthClient, profile } from '../../support/oauth.ts'
import { openOAuth } from './oauth-world.ts'

test('the audit trail has each request and answer by the names of CAS, without secrets, failures included', async () => {
  await using world = await openOAuth({ services: { 'Shop-1.json': oauthClient(1, 'shop') } })
  const code = await codeFor(world.url, 'shop')
  const { json } = await exchange(world.url, 'shop', code)
  await profile(world.url, json['access_token'])
  await exchange(world.url, 'shop', code)
  await profile(world.url, 'AT-1-x')
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
    ],
  )
  const text = records.map(({ message }) => message).join('\n')
  assert.match(text, /grant_type=authorization_code/)
  assert.match(text, /error=invalid_grant/)
  assert.doesNotMatch(text, /secret of|-[A-Za-z0-9]{30,}/)
})
