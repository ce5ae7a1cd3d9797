import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { testApp } from './http-parts.ts'

const preflight = (origin: string, method = 'POST', headers?: string) => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': method,
    ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
  },
})
const on = { 'cas.httpWebRequest.cors.enabled': true, 'cas.httpWebRequest.cors.allowOrigins': ['https://a.example'] }

test('while CORS is off nobody gets its headers', async () => {
  const app = testApp()
  const answer = await app.request('/cas/login', { headers: { origin: 'https://a.example' } })
  assert.equal(answer.headers.get('access-control-allow-origin'), null)
  assert.equal((await app.request('/cas/login', preflight('https://a.example'))).status, 405)
})

test('a named origin may call and a foreign one may not', async () => {
  const app = testApp(undefined, { ...on, 'cas.httpWebRequest.cors.exposedHeaders': ['X-RequestId'] })
  const allowed = await app.request('/cas/login', preflight('https://a.example'))
  assert.equal(allowed.status, 200)
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://a.example')
  assert.equal(allowed.headers.get('access-control-allow-credentials'), 'true')
  assert.equal(allowed.headers.get('access-control-allow-methods'), 'GET, HEAD, POST')
  assert.equal(allowed.headers.get('access-control-max-age'), '3600')
  assert.equal((await app.request('/cas/login', preflight('https://b.example'))).status, 403)
  assert.equal((await app.request('/cas/login', preflight('https://a.example', 'DELETE'))).status, 403)
  assert.equal((await app.request('/cas/login', preflight('https://a.example', 'POST', 'authorization'))).status, 403)
  const plain = await app.request('/cas/login', { headers: { origin: 'https://a.example' } })
  assert.equal(plain.headers.get('access-control-allow-origin'), 'https://a.example')
  assert.equal(plain.headers.get('access-control-expose-headers'), 'X-RequestId')
  assert.match(plain.headers.get('vary') ?? '', /Origin/)
  const foreign = await app.request('/cas/login', { headers: { origin: 'https://a.example.evil' } })
  assert.equal(foreign.status, 200)
  assert.equal(foreign.headers.get('access-control-allow-origin'), null)
})

test('for how long an answer holds, and whether cookies are sent along, are settings', async () => {
  const settings = { ...on, 'cas.httpWebRequest.cors.maxAge': 60, 'cas.httpWebRequest.cors.allowCredentials': false }
  const { headers } = await testApp(undefined, settings).request('/cas/login', preflight('https://a.example'))
  assert.equal(headers.get('access-control-max-age'), '60')
  assert.equal(headers.get('access-control-allow-credentials'), null)
})

test('origins may be given by patterns that match as a whole', async () => {
  const app = testApp(undefined, {
    'cas.httpWebRequest.cors.enabled': true,
    'cas.httpWebRequest.cors.allowOriginPatterns': ['https://\\w+\\.example\\.org'],
    'cas.httpWebRequest.cors.allowHeaders': ['*'],
    'cas.httpWebRequest.cors.allowMethods': ['*'],
  })
  const answer = await app.request('/cas/login', preflight('https://app.example.org', 'DELETE', 'Authorization, x-y'))
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('access-control-allow-headers'), 'authorization, x-y')
  assert.equal(answer.headers.get('access-control-allow-methods'), 'DELETE')
  assert.equal((await app.request('/cas/login', preflight('https://app.example.org.evil'))).status, 403)
})

test('all origins together with credentials is a mistake of the settings that names the way out', () => {
  const everybody = { 'cas.httpWebRequest.cors.enabled': true, 'cas.httpWebRequest.cors.allowOrigins': ['*'] }
  assert.throws(
    () => testApp(undefined, everybody),
    (error: Error) => error instanceof StartRefusal && /allow-origins .*allow-origin-patterns/.test(error.message),
  )
  assert.doesNotThrow(() => testApp(undefined, { ...everybody, 'cas.httpWebRequest.cors.allowCredentials': false }))
})
