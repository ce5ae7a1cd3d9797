import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { definition, projectDirectory, startCastellan } from '../support/castellan.ts'

const guide = readFileSync(join(projectDirectory, 'docs/guide/console.md'), 'utf8')

test('the settings of the guide open the console; a login holds in a second process and over a restart, a logout in both', async () => {
  const lines = (/^```properties\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? '').split('\n').filter((line) => line !== '')
  assert.ok(lines.length > 5)
  const properties = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  await using one = await startCastellan({ properties, services: { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*') } })
  const browser = new BrowserClient()
  const csrfOf = (body: string) => /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const form = await browser.get(`${one.url}/admin/login`)
  await browser.post(`${one.url}/admin/login`, { username: 'ops', password: 'CHANGE-ME', csrf: csrfOf(form.body) })
  const overview = await browser.get(`${one.url}/admin`)
  assert.equal(overview.status, 200)
  for (const place of ['/admin/services', '/admin/sessions']) assert.ok(overview.body.includes(`href="/cas${place}"`), place)
  assert.match(overview.body, /serviceRegistry/)

  await using two = await startCastellan({ configDirectory: one.configDirectory })
  const there = await browser.get(`${two.url}/admin/services`)
  assert.match(there.body, /Application 1/)
  await browser.post(`${two.url}/admin/logout`, { csrf: csrfOf(there.body) })
  assert.equal((await browser.get(`${one.url}/admin`)).location, '/cas/admin/login')
  assert.doesNotMatch(JSON.stringify([...one.logs(), ...two.logs()]), /CHANGE-ME/)
})

test('at a port of their own the console is with the endpoints, with its style sheets, and not at the port of the server', async () => {
  await using server = await startCastellan({
    properties: {
      'CasFeatureModule.Palantir.enabled': true,
      'management.server.port': 0,
      'management.server.address': '127.0.0.1',
      'management.server.base-path': '/ops',
      'spring.security.user.name': 'ops',
      'spring.security.user.password': 's3cret',
    },
  })
  const { url } = await server.logged(({ msg }) => msg === 'the management endpoints have a port of their own')
  const base = new URL('/ops', String(url)).href
  assert.equal((await fetch(`${server.url}/admin`)).status, 404)
  const page = await (await fetch(`${base}/admin/login`)).text()
  const sheets = [...page.matchAll(/href="([^"]+\.css[^"]*)"/g)].map(([, path = '']) => path)
  assert.equal(sheets.length, 2)
  for (const sheet of sheets) assert.equal((await fetch(new URL(sheet, base))).status, 200, sheet)
})
