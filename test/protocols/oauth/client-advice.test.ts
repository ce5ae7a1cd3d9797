import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../support/castellan.ts'
import { oauthClient } from '../../support/oauth.ts'
import { openOAuth, START } from './oauth-world.ts'

const LONG = 'a secret that nobody can guess in a lifetime'
const listed = (...grants: readonly string[]) => ({
  clientSecret: LONG,
  supportedGrantTypes: ['java.util.HashSet', grants],
  supportedResponseTypes: ['java.util.HashSet', ['code']],
})
const ending = (seconds: number) => ({
  ...listed('authorization_code'),
  clientSecret: undefined,
  clientSecrets: [
    'java.util.ArrayList',
    [{ '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredServiceClientSecret', value: LONG, expiration: seconds }],
  ],
})

test('the log names clients that take risks, one line each, and devices whose people have too little time', async () => {
  await using world = await openOAuth({
    services: {
      'A-1.json': oauthClient(1, 'safe', listed('authorization_code')),
      'B-2.json': oauthClient(2, 'old', { clientSecret: LONG }),
      'C-3.json': oauthClient(3, 'plain', { ...listed('authorization_code'), serviceId: '^https?://plain\\.example\\.org/cb$' }),
      'D-4.json': oauthClient(4, 'loopback', { ...listed('authorization_code'), serviceId: '^http://127\\.0\\.0\\.1/cb$' }),
      'E-5.json': oauthClient(5, 'over', ending(START / 1000 - 1)),
      'F-6.json': oauthClient(6, 'soon', ending(START / 1000 + 86_400)),
      'G-7.json': oauthClient(7, 'tls', { ...listed('authorization_code'), tokenEndpointAuthenticationMethod: 'tls_client_auth' }),
      'H-8.json': oauthClient(8, 'strict', {
        clientSecret: LONG,
        properties: {
          oauthSecurityProfile: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: ['rfc9700'] },
        },
      }),
    },
  })
  const risks = await eventually('the warnings', () => {
    const found = world.lines.filter(({ message }) => message === 'an OAuth client takes risks')
    return found.length > 0 ? found : undefined
  })
  assert.deepEqual(Object.fromEntries(risks.map(({ fields }) => [fields['client'], fields['risks']])), {
    old: [
      'lets anybody who knows its id try passwords: the password grant is allowed without a secret',
      'may be given tokens through the browser: the response type token is allowed',
    ],
    plain: ['may have its answers sent over plain http'],
    over: ['cannot authenticate: every secret of it is over'],
    soon: ['will not be able to authenticate soon: the last of its secrets ends within 14 days'],
    tls: ['is refused everywhere: its tokenEndpointAuthenticationMethod tls_client_auth is not built here'],
  })
  assert.ok(
    world.lines.some(({ level, message }) => level === 'warn' && /devices wait longer than people may enter their codes/.test(message)),
  )
})

test('without devices nobody is warned of their codes', async () => {
  await using world = await openOAuth({ services: { 'A-1.json': oauthClient(1, 'old', { ...listed('password') }) } })
  await eventually('the warnings', () => world.lines.find(({ message }) => message === 'an OAuth client takes risks'))
  assert.ok(!world.lines.some(({ message }) => /devices wait/.test(message)))
})
