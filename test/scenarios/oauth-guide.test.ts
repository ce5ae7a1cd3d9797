import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { projectDirectory, startCastellan } from '../support/castellan.ts'
import { answerOf, basic, follow, inRedirect } from '../support/oauth.ts'

/** The requests of the guide do what it says, one after the other. */
const guide = readFileSync(join(projectDirectory, 'docs/guide/oauth.md'), 'utf8')
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(guide)?.[1] ?? assert.fail(language)

test('the client and the requests of the guide', async () => {
  await using cas = await startCastellan({
    properties: { 'cas.authn.accept.users': 'USER::PASSWORD' },
    services: { 'Shop-4711.json': block('json') },
  })
  const address = new URLSearchParams({ response_type: 'code', client_id: 'shop', redirect_uri: 'https://shop.example.org/oauth/return' })
  const page = await follow(cas.url, new BrowserClient(), `${cas.url}/oauth2.0/authorize?${address}`, ['USER', 'PASSWORD'])
  const known = new Map([['CODE', inRedirect(page, 'code') ?? '']])
  const requests = block('http').trim().split('\n')
  assert.equal(requests.length, 8)
  for (const request of requests) {
    const [method = '', path = '', parameters = ''] = request.split(' ')
    let body = parameters
    for (const [word, value] of known) body = body.replace(`=${word}`, `=${value}`)
    const headers = path.endsWith('introspect') ? basic('shop', 's3cr3t-value') : {}
    const answer = await answerOf(
      method === 'GET'
        ? await fetch(`${cas.url}${path}?${body}`)
        : await fetch(`${cas.url}${path}`, { method, headers, body: new URLSearchParams(body) }),
    )
    assert.equal(answer.status, 200, `${request}: ${answer.text}`)
    if (answer.json['access_token'] !== undefined) known.set('ACCESS', String(answer.json['access_token']))
    if (answer.json['refresh_token'] !== undefined) known.set('REFRESH', String(answer.json['refresh_token']))
  }
})
