import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { projectDirectory, startCastellan } from '../support/castellan.ts'

/** The settings and the requests of the guide do what it says. */
const guide = readFileSync(join(projectDirectory, 'docs/guide/changing-applications.md'), 'utf8')
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(guide)?.[1] ?? assert.fail(language)

test('the requests of the guide about changing registrations, and its YAML', async () => {
  const settings = block('properties')
    .trim()
    .split('\n')
    .map((line) => line.split('=', 2) as [string, string])
  await using cas = await startCastellan({
    properties: { ...Object.fromEntries(settings), 'cas.service-registry.yaml.location': 'file:{dir}/services' },
    services: { 'Wiki-1002.yml': block('yaml') },
  })
  const headers = { authorization: `Basic ${btoa('admin:s3cret')}`, 'content-type': 'application/json' }
  const requests = block('http').trim().split('\n')
  assert.equal(requests.length, 12)
  for (const request of requests) {
    const [, status, method, path, body] = /^(\d+) (\w+) (\S+)(?: (.+))?$/.exec(request) ?? assert.fail(request)
    const answer = await fetch(cas.url + path, { method: method ?? '', headers, ...(body === undefined ? {} : { body }) })
    assert.equal(answer.status, Number(status), `${request}: ${await answer.text()}`)
  }
  assert.equal((await new BrowserClient().get(loginUrl(cas.url, { service: 'https://wiki.example.org/x' }))).status, 200)
})
