import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, startCastellan, writeConfiguration } from '../support/castellan.ts'

/** Settings of an existing deployment that uses the endpoint (configuration.md 13, 14.1). */
const properties = {
  'spring.security.user.name': 'admin',
  'spring.security.user.password': 's3cret',
  'management.endpoints.web.exposure.include': 'registeredServices,entityHistory',
  'management.endpoint.registeredServices.access': 'UNRESTRICTED',
  'management.endpoint.entityHistory.enabled': true,
  'cas.monitor.endpoints.endpoint.registeredServices.access': 'AUTHENTICATED',
  'cas.monitor.endpoints.endpoint.entityHistory.access': 'AUTHENTICATED',
}
const headers = { authorization: `Basic ${btoa('admin:s3cret')}`, 'content-type': 'application/json', accept: 'application/json' }

const ask = (cas: Castellan, method: string, path: string, body?: object) =>
  fetch(`${cas.url}/actuator/${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
const statusOf = async (cas: Castellan, service: string) => (await new BrowserClient().get(loginUrl(cas.url, { service }))).status
const becomes = (cas: Castellan, service: string, status: number) =>
  eventually(`${service} answers ${status}`, async () => (await statusOf(cas, service)) === status || undefined, 30_000)
const SERVICE = 'https://new.example.org/'

test('an application is registered, changed and removed over the endpoint; every server of the directory follows [A2, A5, CF22]', async (context) => {
  const shared = await writeConfiguration({ properties })
  context.after(() => rm(shared, { recursive: true, force: true, maxRetries: 5 }))
  await using one = await startCastellan({ configDirectory: shared })
  await using other = await startCastellan({
    properties: { ...properties, 'cas.service-registry.json.location': `file:${join(shared, 'services')}` },
  })
  const files = async () => (await readdir(one.servicesDirectory)).filter((name) => !name.startsWith('.'))
  assert.equal((await fetch(`${one.url}/actuator/registeredServices`)).status, 401)
  assert.equal(await statusOf(one, SERVICE), 403)

  const created = await ask(one, 'POST', 'registeredServices', definition(7, '^https://new\\.example\\.org/.*', { name: 'My New App' }))
  assert.equal(created.status, 200)
  const { id } = (await created.json()) as { id: number }
  assert.deepEqual(await files(), [`MyNewApp-${id}.json`])
  assert.equal(await statusOf(one, SERVICE), 200)
  await becomes(other, SERVICE, 200)

  const changed = await ask(other, 'PUT', 'registeredServices', definition(id, '^https://newer\\.example\\.org/.*', { name: 'Newer' }))
  assert.equal(changed.status, 200)
  assert.deepEqual(await files(), [`Newer-${id}.json`])
  await becomes(one, 'https://newer.example.org/', 200)

  const removed = await ask(one, 'DELETE', `registeredServices/${encodeURIComponent('https://newer.example.org/x')}`)
  assert.equal(removed.status, 200)
  assert.deepEqual(await files(), [])
  assert.equal(await statusOf(one, 'https://newer.example.org/'), 403)
  await becomes(other, 'https://newer.example.org/', 403)

  for (const action of ['SAVE_SERVICE_SUCCESS', 'DELETE_SERVICE_SUCCESS']) {
    const line = await one.logged(({ msg }) => msg.includes(`ACTION: ${action}`), 30_000)
    assert.match(line.msg, /WHO: admin/)
    assert.match(line.msg, /CLIENT_IP: 127\.0\.0\.1/)
  }
  const versions = (await (await ask(other, 'GET', `entityHistory/registeredServices/${id}`)).json()) as {
    definition: { name: string } | null
  }[]
  assert.deepEqual(
    versions.map(({ definition }) => definition?.name),
    [undefined, 'Newer', 'My New App'],
  )
})

test('servers that are told to write the same definition at once agree on one of them', async (context) => {
  const shared = await writeConfiguration({ properties })
  context.after(() => rm(shared, { recursive: true, force: true, maxRetries: 5 }))
  await using one = await startCastellan({ configDirectory: shared })
  await using other = await startCastellan({
    properties: { ...properties, 'cas.service-registry.json.location': `file:${join(shared, 'services')}` },
  })
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      ask(at % 2 ? one : other, 'PUT', 'registeredServices', definition(5, `^https://app${at}/.*`, { name: `Name ${at}` })),
    ),
  )
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  const left = (await readdir(one.servicesDirectory)).filter((name) => !name.startsWith('.'))
  assert.equal(left.length, 1, left.join())
  const { serviceId } = JSON.parse(await readFile(join(one.servicesDirectory, left[0] ?? ''), 'utf8')) as { serviceId: string }
  const url = serviceId.replace('^', '').replace('.*', 'x')
  for (const cas of [one, other]) await becomes(cas, url, 200)
})
