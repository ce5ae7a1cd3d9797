import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from '../../../src/base/metrics.ts'
import { oauthFigures } from '../../../src/protocols/oauth/figures.ts'
import { authorizeUrl, basic, codeFor, exchange, oauthClient, postForm, profile } from '../../support/oauth.ts'
import { openOAuth } from './oauth-world.ts'

const OPERATOR = {
  'spring.security.user.name': 'operator',
  'spring.security.user.password': 'of the figures',
  'management.endpoints.web.exposure.include': 'prometheus',
  'management.endpoint.prometheus.access': 'UNRESTRICTED',
  'management.prometheus.metrics.export.enabled': true,
  'cas.monitor.endpoints.endpoint.prometheus.access': 'AUTHENTICATED',
}

test('answers are counted by endpoint, grant, client and outcome, and timed; what a stranger sends is no label', async () => {
  await using world = await openOAuth({ services: { 'Shop-1.json': oauthClient(1, 'shop') }, properties: OPERATOR })
  const token = `${world.url}/oauth2.0/accessToken`
  const code = await codeFor(world.url, 'shop')
  const { json } = await exchange(world.url, 'shop', code)
  await exchange(world.url, 'shop', code)
  await profile(world.url, json['access_token'])
  await profile(world.url, 'AT-1-unknown')
  await postForm(token, { grant_type: 'client_credentials', client_id: 'shop', client_secret: 'wrong' })
  await postForm(token, { grant_type: 'made-up', client_id: 'made-up', client_secret: 'made-up' })
  await postForm(token, { grant_type: 'made-up', client_id: 'shop', client_secret: 'secret of shop' })
  await postForm(token, { response_type: 'device_code', client_id: 'shop' })
  await postForm(`${world.url}/oauth2.0/introspect`, { token: String(json['access_token']) }, basic('shop', 'secret of shop'))
  await postForm(`${world.url}/oauth2.0/revoke`, { token: 'AT-1-x', client_id: 'shop', client_secret: 'secret of shop' })
  await fetch(authorizeUrl(world.url, 'shop', { response_type: 'made-up' }), { redirect: 'manual' })
  await fetch(authorizeUrl(world.url, 'made-up'), { redirect: 'manual' })

  const answer = await fetch(`${world.url}/actuator/prometheus`, { headers: basic('operator', 'of the figures') })
  const text = await answer.text()
  const counted = ([endpoint, grant, client, outcome]: readonly [string, string, string, string]) =>
    Number(
      text
        .split('\n')
        .find(
          (line) =>
            line.startsWith('cas_oauth_requests_total{') &&
            [`endpoint="${endpoint}"`, `grant="${grant}"`, `client="${client}"`, `outcome="${outcome}"`].every((label) =>
              line.includes(label),
            ),
        )
        ?.split(' ')
        .at(-1),
    )
  for (const row of [
    ['authorize', 'code', 'shop', 'success'],
    ['authorize', 'none', 'shop', 'unsupported_response_type'],
    ['authorize', 'none', 'none', 'invalid_request'],
    ['token', 'authorization_code', 'shop', 'success'],
    ['token', 'authorization_code', 'shop', 'invalid_grant'],
    ['token', 'none', 'shop', 'invalid_client'],
    ['token', 'none', 'none', 'invalid_client'],
    ['token', 'none', 'shop', 'unsupported_grant_type'],
    ['token', 'none', 'shop', 'success'],
    ['profile', 'none', 'shop', 'success'],
    ['profile', 'none', 'none', 'expired_accessToken'],
    ['introspect', 'none', 'shop', 'success'],
    ['revoke', 'none', 'shop', 'success'],
  ] as const) {
    assert.equal(counted(row), 1, row.join(' '))
  }
  assert.doesNotMatch(text, /made-up/)
  assert.match(text, /cas_oauth_request_duration_seconds_count\{[^}]*endpoint="token"[^}]*grant="authorization_code"[^}]*\} 2\n/)
})

test('with more clients than a thousand the others share one series', async () => {
  const metrics = createMetrics()
  const count = oauthFigures(metrics)
  for (let at = 0; at < 1500; at++) count('profile', { client: `c${at}` }, 'success', 0.001)
  count('profile', { client: 'c7' }, 'success', 0.001)
  const families = await metrics.families()
  const counter = families.find(({ name }) => name === 'cas.oauth.requests')
  assert.ok(counter?.kind === 'counter')
  const of = (client: string) => counter.samples.find(({ labels }) => labels['client'] === client)?.value
  assert.deepEqual([counter.samples.length, of('c7'), of('OTHER'), of('c1200')], [1001, 2, 500, undefined])
})
