import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { projectDirectory, startCastellan } from '../support/castellan.ts'

const guide = readFileSync(join(projectDirectory, 'docs/guide/management.md'), 'utf8')
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(guide)?.[1] ?? assert.fail(language)

test('the settings and requests of the guide do what it says', async () => {
  const lines = block('properties')
    .split('\n')
    .filter((line) => line !== '')
  const properties = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  await using server = await startCastellan({ properties })
  const operator = { authorization: `Basic ${btoa('ops:CHANGE-ME')}` }
  const requests = block('http').trim().split('\n')
  assert.equal(requests.length, 11)
  for (const request of requests) {
    const [, method = '', path = '', body, status = ''] = /^(\S+) (\S+)(?: (\{.*\}))? (\d+)$/.exec(request) ?? assert.fail(request)
    const answer = await fetch(server.url + path, { method, headers: operator, ...(body === undefined ? {} : { body }) })
    assert.equal(answer.status, Number(status), `${request}: ${await answer.text()}`)
  }
  for (const path of ['/actuator/ssoSessions', '/actuator/env', '/actuator'])
    assert.equal((await fetch(server.url + path)).status, 401, path)
  assert.equal((await fetch(`${server.url}/actuator/health`)).status, 200)
  assert.equal((await fetch(`${server.url}/actuator/prometheus`)).status, 200)
})
