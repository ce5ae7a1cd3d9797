import assert from 'node:assert/strict'
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { APPLICATION, openServer } from './server.ts'

const actions = (records: readonly { actionPerformed: string }[]) => records.map(({ actionPerformed }) => actionPerformed)

test('a login is in the trail that `auditLog` shows, and a failed one too', async () => {
  await using server = await openServer()
  await server.signIn('alice', APPLICATION)
  await server.signIn('bob', undefined, 'wrong')
  const { body } = await server.ask('GET', '/auditLog?count=100&interval=PT1M')
  assert.ok(actions(body).includes('AUTHENTICATION_SUCCESS') && actions(body).includes('AUTHENTICATION_FAILED'))
  assert.equal(body[0].actionPerformed, 'AUTHENTICATION_FAILED')
  const [granted] = body.filter(({ actionPerformed }: { actionPerformed: string }) => actionPerformed === 'SERVICE_TICKET_CREATED')
  assert.equal(granted.principal, 'alice')
  assert.match(granted.resourceOperatedUpon, /^ST-\d+-\*{16}/)
  assert.match(granted.whenActionWasPerformed, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
  assert.deepEqual(
    [granted.clientIpAddress, granted.clientInfo.clientIpAddress, granted.applicationCode],
    ['127.0.0.1', '127.0.0.1', 'CAS'],
  )
})

test('filters of CAS 7 are found in a member, those of CAS 6 match the whole of it', async () => {
  await using server = await openServer()
  await server.signIn('alice')
  await server.signIn('bob')
  const get = async (query: string) => (await server.ask('GET', `/auditLog?count=100&${query}`)).body
  const post = async (body: object) => (await server.ask('POST', '/auditLog', JSON.stringify({ count: 100, ...body }))).body
  assert.deepEqual(actions(await get('actionPerformed=AUTHENTICATION_SUCCESS')), ['AUTHENTICATION_SUCCESS', 'AUTHENTICATION_SUCCESS'])
  assert.equal((await get('actionPerformed=AUTH.*S&principal=lic')).length, 1)
  assert.equal((await get('clientIpAddress=10\\.')).length, 0)
  assert.equal((await get('resourceOperatedUpon=username%3Dbob')).length, 1)
  assert.equal((await post({ actionPerformed: 'AUTHENTICATION_SUCCESS', principal: 'lic' })).length, 0)
  assert.equal((await post({ actionPerformed: 'AUTHENTICATION_.*', principal: 'ali.*' })).length, 1)
  assert.equal((await server.ask('GET', '/auditLog?count=1')).body.length, 1)
  server.later(3_600_000)
  assert.deepEqual((await server.ask('GET', '/auditLog/PT1M?count=100')).body, [])
  assert.ok((await server.ask('GET', '/auditLog/PT2H?count=100')).body.length > 0)
  for (const query of ['?count=0', '?interval=soon', '?principal=(', '/soon']) {
    assert.equal((await server.ask('GET', `/auditLog${query}`)).status, 400, query)
  }
  assert.equal((await server.ask('POST', '/auditLog', 'no JSON')).status, 400)
})

test('records are kept in files of the server alone, a day each, for so many days as configured', async () => {
  await using server = await openServer({ properties: { 'cas.audit.engine.number-of-days-in-history': 2 } })
  await server.signIn('alice')
  await server.ask('GET', '/auditLog')
  const directory = join(server.stateDirectory, 'audit')
  const [first = ''] = await readdir(directory)
  assert.equal((await stat(join(directory, first))).mode & 0o777, 0o600)
  assert.equal((await stat(directory)).mode & 0o777, 0o700)
  // A process that died in the middle of a line, and something that is none of ours.
  await appendFile(join(directory, first), '{"atMs":17')
  await writeFile(join(directory, 'audit-2020-01-01.jsonl'), '{}\n')
  server.later(86_400_000)
  await server.signIn('bob')
  const names = (await server.ask('GET', '/auditLog?count=100&actionPerformed=AUTHENTICATION_SUCCESS')).body
  assert.deepEqual(
    names.map(({ principal }: { principal: string }) => principal),
    ['bob', 'alice'],
  )
  assert.equal((await readdir(directory)).length, 2)
  server.later(3 * 86_400_000)
  await server.signIn('bob')
  assert.equal((await server.ask('GET', '/auditLog?count=100&actionPerformed=AUTHENTICATION_SUCCESS')).body.length, 1)
  assert.equal((await readdir(directory)).length, 1)
})

test('long trails are read from their end, every record whole', async () => {
  await using server = await openServer()
  await server.signIn('alice')
  await server.ask('GET', '/auditLog')
  const directory = join(server.stateDirectory, 'audit')
  const file = join(directory, (await readdir(directory))[0] ?? '')
  const [line = ''] = (await readFile(file, 'utf8')).split('\n')
  const sample = JSON.parse(line)
  const lines = Array.from({ length: 2000 }, (_, n) =>
    JSON.stringify({ ...sample, action: 'SAMPLE', who: `user${n}`, what: 'ü'.repeat(n % 300) }),
  )
  await appendFile(file, `${lines.join('\n')}\n`)
  const { body } = await server.ask('GET', '/auditLog?count=5000&actionPerformed=SAMPLE')
  assert.deepEqual(
    body.map(({ principal }: { principal: string }) => principal),
    Array.from({ length: 2000 }, (_, n) => `user${1999 - n}`),
  )
  assert.equal(body[0].resourceOperatedUpon, 'ü'.repeat(1999 % 300))
})

test('without the endpoint nothing is kept', async () => {
  await using server = await openServer({ properties: { 'management.endpoint.auditLog.access': 'none' } })
  await server.signIn('alice')
  assert.equal((await server.ask('GET', '/auditLog')).status, 404)
  assert.ok(!(await readdir(server.stateDirectory)).includes('audit'))
})
