import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, startCastellan } from '../support/castellan.ts'

/** Files of definitions that are broken, huge or hostile. Each is named in the log; the good ones work all the time. */
const properties = { 'cas.authn.accept.users': 'student1::pw' }
const GOOD = 'https://good.example.org/'
const good = { 'Good-1.json': definition(1, '^https://good\\.example\\.org/.*') }

const text = (serviceId: string, id = 50, more = '') =>
  `{"@class":"org.apereo.cas.services.CasRegisteredService","serviceId":${JSON.stringify(serviceId)},"name":"N${id}","id":${id}${more}}`

/** What must be reported, by the name of its file. */
const BAD: Readonly<Record<string, string | Uint8Array>> = {
  'Broken-10.json': '{ "@class": ',
  'Array-11.json': '[1, 2, 3]',
  'Text-12.json': '"just a text"',
  'Deep-13.json': `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  'DeepArray-14.json': '['.repeat(100_000),
  'Huge-15.json': text(`^https://huge\\.example\\.org/${'x'.repeat(10_000_000)}`, 15),
  'Latin-16.json': Buffer.concat([
    Buffer.from('{"@class":"org.apereo.cas.services.CasRegisteredService","serviceId":"^https://l'),
    Buffer.of(0xe9, 0xff, 0xfe),
    Buffer.from('/.*","name":"L","id":16}'),
  ]),
  'Pattern-17.json': text('^https://(unclosed', 17),
  'Nameless-18.json': '{"@class":"org.apereo.cas.services.CasRegisteredService","serviceId":"^https://n/.*","id":18}',
  'Prototype-19.json':
    '{"__proto__":{"enabled":true},"@class":"org.apereo.cas.services.CasRegisteredService","serviceId":"^https://p/.*","name":"P","id":19}',
  'Class-20.json': text('^https://c/.*', 20).replace('CasRegisteredService', 'NoSuchRegisteredService'),
  'Types-21.json': '{"@class":"org.apereo.cas.services.CasRegisteredService","serviceId":42,"name":{"a":1},"id":"x"}',
  'Look-22.json': text('^https://(?=(a+)+b)(?=(c+)+d).*', 22),
}

const named = (cas: Castellan, name: string) => cas.logs().some((line) => line.level >= 40 && JSON.stringify(line).includes(name))
const works = async (cas: Castellan, service = GOOD) => (await new BrowserClient().get(loginUrl(cas.url, { service }))).status === 200

test('bad definitions at the start: each is named once in the log, the good one is served', async () => {
  const services = Object.fromEntries(Object.entries(BAD).filter(([, content]) => typeof content === 'string')) as Record<string, string>
  await using cas = await startCastellan({ properties, services: { ...good, ...services } })
  for (const name of Object.keys(services)) assert.ok(named(cas, name), `${name} is not named`)
  assert.ok(await works(cas))
  for (const name of Object.keys(services)) {
    const lines = cas.logs().filter((line) => line.level >= 40 && JSON.stringify(line).includes(name))
    assert.ok(lines.length <= 2, `${name}: ${lines.length} lines`)
    assert.ok(JSON.stringify(lines).length < 20_000, `${name}: the log does not repeat the file`)
  }
})

test('the same files while the server runs: what worked goes on working', async () => {
  await using cas = await startCastellan({ properties, services: good })
  for (const [name, content] of Object.entries(BAD)) {
    await writeFile(join(cas.servicesDirectory, name), content)
    assert.ok(await works(cas), name)
  }
  for (const name of Object.keys(BAD)) await eventually(`${name} is named in the log`, () => named(cas, name) || undefined, 8_000)
  assert.ok(await works(cas))
  await writeFile(join(cas.servicesDirectory, 'Later-30.json'), JSON.stringify(definition(30, '^https://later\\.example\\.org/.*')))
  await eventually(
    'a good file after the bad ones is served',
    async () => (await works(cas, 'https://later.example.org/')) || undefined,
    8_000,
  )
})

test('a pattern that explodes in other engines costs nothing here', async () => {
  await using cas = await startCastellan({
    properties,
    services: {
      ...good,
      'Evil-2.json': text('^(a+)+$', 2, ',"evaluationOrder":1'),
      'Evil-3.json': text('^https://(([a-z])+.)+[A-Z]([a-z])+$', 3),
      'Evil-4.json': text('(.*)*(.*)*(.*)*x', 4),
    },
  })
  // In other engines none of them ends.
  for (const service of [`${'a'.repeat(4_000)}!`, `https://${'a'.repeat(4_000)}`, `https://${'ab.'.repeat(1_500)}`]) {
    const page = await new BrowserClient().get(loginUrl(cas.url, { service }))
    assert.ok(page.status === 403 || page.status === 200 || page.status === 400, `${page.status}`)
  }
  assert.ok(await works(cas))
})

test('a half-written file is waited for, not reported', async () => {
  await using cas = await startCastellan({ properties, services: good })
  const whole = JSON.stringify(definition(2, '^https://slow\\.example\\.org/.*'), undefined, 2)
  const file = join(cas.servicesDirectory, 'Slow-2.json')
  await writeFile(file, whole.slice(0, 60))
  await new Promise((resolve) => setTimeout(resolve, 100))
  await writeFile(file, whole)
  await eventually('the file is served', async () => (await works(cas, 'https://slow.example.org/')) || undefined, 4_000)
  assert.ok(!named(cas, 'Slow-2.json'), 'nothing was wrong with it')
})

test('the folder of definitions vanishes and comes back: the last good set stays', async () => {
  const often = { 'cas.service-registry.schedule.start-delay': 'PT1S', 'cas.service-registry.schedule.repeat-interval': 'PT1S' }
  await using cas = await startCastellan({ properties: { ...properties, ...often }, services: good })
  await rm(cas.servicesDirectory, { recursive: true })
  await eventually(
    'the loss is reported',
    () => cas.logs().some((line) => line.level >= 40 && /services/.test(JSON.stringify(line))) || undefined,
    8_000,
  )
  assert.ok(await works(cas))
  await mkdir(cas.servicesDirectory)
  for (const [name, content] of Object.entries({ ...good, 'New-2.json': definition(2, '^https://back\\.example\\.org/.*') })) {
    await writeFile(join(cas.servicesDirectory, name), JSON.stringify(content))
  }
  await eventually('the new files are served', async () => (await works(cas, 'https://back.example.org/')) || undefined, 15_000)
})

test('an unreadable file is named, the others are served', async (context) => {
  if (process.getuid?.() === 0) return context.diagnostic('root reads everything: nothing to see here')
  await using cas = await startCastellan({ properties, services: good })
  const file = join(cas.servicesDirectory, 'Secret-2.json')
  await writeFile(file, text('^https://s/.*'))
  await chmod(file, 0)
  await eventually('it is named', () => named(cas, 'Secret-2.json') || undefined, 8_000)
  assert.ok(await works(cas))
})

test('a full disk: logins are refused with 503 and a clear line, and go on when there is room again', async (context) => {
  const mounted = await smallDisk(context)
  if (mounted === undefined) return
  await using cas = await startCastellan({
    properties: { ...properties, 'castellan.state.directory': join(mounted, 'state') },
    services: good,
  })
  assert.equal((await new BrowserClient().login(cas.url, 'student1', 'pw')).status, 200)
  fill(join(mounted, 'ballast'))
  const statuses = new Set<number>()
  await eventually(
    'a login is refused',
    async () => {
      for (let login = 0; login < 50; login++) statuses.add((await new BrowserClient().login(cas.url, 'student1', 'pw')).status)
      return statuses.has(503) || undefined
    },
    20_000,
  )
  assert.deepEqual(
    [...statuses].filter((status) => status !== 200 && status !== 503),
    [],
  )
  await cas.logged((line) => line.level >= 40 && /space|full|ENOSPC/i.test(JSON.stringify(line)))
  await rm(join(mounted, 'ballast'))
  await eventually(
    'logins work again',
    async () => (await new BrowserClient().login(cas.url, 'student1', 'pw')).status === 200 || undefined,
    10_000,
  )
})

/** A file system of two megabytes, where this may be made. */
async function smallDisk(context: { after(act: () => void): void; diagnostic(text: string): void }): Promise<string | undefined> {
  const place = `/tmp/castellan-small-disk-${process.pid}`
  await mkdir(place)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', place], { stdio: 'pipe' })
  } catch {
    await rm(place, { recursive: true })
    context.diagnostic('a small file system may not be mounted here: a full disk cannot be tried')
    return undefined
  }
  context.after(() => {
    execFileSync('umount', ['-l', place])
    execFileSync('rmdir', [place])
  })
  return place
}

function fill(file: string): void {
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=4k', 'count=1024'], { stdio: 'pipe' })
  } catch {
    // It ends with "no space left", which is what was wanted.
  }
}
