import assert from 'node:assert/strict'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl, ticketOf, validate } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, type LogLine, startCastellan } from '../support/castellan.ts'

/** The registry of services as an operator meets it: files that come, change, break and go under a running server. */
const properties = {
  'cas.authn.accept.users': 'student1::pw',
  'cas.authn.attribute-repository.stub.attributes.mail': 'student1@example.org',
}

const statusOf = async (cas: Castellan, service: string) => (await new BrowserClient().get(loginUrl(cas.url, { service }))).status
const becomes = (cas: Castellan, service: string, status: number, limitInMs = 10_000) =>
  eventually(`${service} answers ${status}`, async () => (await statusOf(cas, service)) === status || undefined, limitInMs)

async function attributesFor(cas: Castellan, service: string) {
  const page = await new BrowserClient().login(cas.url, 'student1', 'pw', { service })
  return (await validate(cas.url, service, ticketOf(page))).attributes
}

const warnings = (cas: Castellan) => cas.logs().filter((line) => line.level >= 40)
const mentions = (line: LogLine, ...words: string[]) => words.every((word) => JSON.stringify(line).includes(word))

test('a definition in the folder that the settings name is served, without a build or a module to add [A3, A4, A22]', async () => {
  await using cas = await startCastellan({
    properties: {
      ...properties,
      'cas.service-registry.json.location': 'file:{dir}/elsewhere',
      'cas.service-registry.core.init-from-json': true,
    },
    files: {
      'elsewhere/ApplicationName-1001.json': `{
  "@class" : "org.apereo.cas.services.CasRegisteredService",
  "serviceId" : "^https://app\\\\.example\\\\.org/.*",
  "name" : "ApplicationName",
  "id" : 1001,
  "description" : "Sample",
  "evaluationOrder" : 10
}`,
    },
  })
  const service = 'https://app.example.org/'
  const page = await new BrowserClient().login(cas.url, 'student1', 'pw', { service })
  assert.equal((await validate(cas.url, service, ticketOf(page), { path: '/serviceValidate' })).user, 'student1')
})

test('the pattern decides over the whole address; one pattern may stand for many applications [A7, L6]', async () => {
  await using cas = await startCastellan({
    properties,
    services: {
      'Many-1.json': definition(1, '^https://(one|two)\\.example\\.org(:8443)?/app/.*'),
      'Bare-2.json': definition(2, '^https://bare.example.org'),
      'Any-3.json': definition(3, 'https://[a-z]+\\.example\\.com/.+'),
    },
  })
  for (const service of ['https://one.example.org/app/x', 'https://TWO.example.org:8443/app/', 'https://abc.example.com/x']) {
    assert.equal(await statusOf(cas, service), 200, service)
  }
  for (const service of [
    'https://three.example.org/app/x',
    'http://one.example.org/app/x',
    'https://one.example.org.evil.net/app/x',
    'https://evil.net/?https://one.example.org/app/x',
    'https://one.example.org/ap',
    'https://bare.example.org/',
    'https://abc.example.com/',
    'https://\u0430bc.example.com/x',
  ]) {
    assert.equal(await statusOf(cas, service), 403, service)
  }
  assert.equal(await statusOf(cas, 'https://bare.example.org'), 200)
})

test('the first definition in the order of evaluation wins', async () => {
  const release = (name: string) => ({
    attributeReleasePolicy: {
      '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
      allowedAttributes: ['java.util.ArrayList', [name]],
    },
  })
  await using cas = await startCastellan({
    properties: { ...properties, 'cas.authn.attribute-repository.stub.attributes.cn': 'First Student' },
    services: {
      'General-1.json': definition(1, '^https://.*', { evaluationOrder: 100, ...release('cn') }),
      'Special-2.json': definition(2, '^https://app\\.example\\.org/.*', { evaluationOrder: 1, ...release('mail') }),
    },
  })
  const special = await attributesFor(cas, 'https://app.example.org/x')
  assert.ok(special.has('mail') && !special.has('cn'))
  const general = await attributesFor(cas, 'https://other.example.org/x')
  assert.ok(general.has('cn') && !general.has('mail'))
})

test('files that come, change and go are followed within two seconds, without a restart [A12, P3, L7]', async () => {
  await using cas = await startCastellan({ properties, services: { 'Stays-1.json': definition(1, '^https://stays\\.example\\.org/.*') } })
  const file = (name: string) => join(cas.servicesDirectory, name)
  const service = 'https://new.example.org/'
  assert.equal(await statusOf(cas, service), 403)
  await writeFile(file('New-2.json'), JSON.stringify(definition(2, '^https://new\\.example\\.org/.*')))
  await becomes(cas, service, 200)

  const replaced = JSON.stringify(definition(2, '^https://newer\\.example\\.org/.*'))
  await writeFile(file('.New-2.json.tmp'), replaced)
  await rename(file('.New-2.json.tmp'), file('New-2.json'))
  await becomes(cas, 'https://newer.example.org/', 200)
  assert.equal(await statusOf(cas, service), 403)

  await mkdir(file('folder'))
  await writeFile(file('folder/Deep-3.json'), JSON.stringify(definition(3, '^https://deep\\.example\\.org/.*')))
  await becomes(cas, 'https://deep.example.org/', 200)

  await rm(file('New-2.json'))
  await becomes(cas, 'https://newer.example.org/', 403)
  assert.equal(await statusOf(cas, 'https://stays.example.org/'), 200)
})

test('a login that is under way follows the change: a definition taken away meanwhile gives no ticket [L7]', async () => {
  await using cas = await startCastellan({
    properties,
    services: { 'Leaving-1.json': definition(1, '^https://leaving\\.example\\.org/.*') },
  })
  const service = 'https://leaving.example.org/'
  const browser = new BrowserClient()
  const form = await browser.get(loginUrl(cas.url, { service }))
  await rm(join(cas.servicesDirectory, 'Leaving-1.json'))
  await becomes(cas, service, 403)
  const page = await browser.submit(cas.url, form, { username: 'student1', password: 'pw' })
  assert.equal(page.status, 200, 'refused inside a running login')
  assert.match(page.body, /Application Not Authorized to Use CAS/)
  assert.equal(page.location, undefined)
  assert.equal(browser.cookie('TGC'), undefined)
})

test('folder, watcher and interval are settings: with the watcher off a change is not followed, the periodic reload finds it [A12, A13, CF19]', async () => {
  const files = { 'elsewhere/Old-2.json': JSON.stringify(definition(2, '^https://old\\.example\\.org/.*')) }
  const location = { 'cas.service-registry.json.location': 'file:{dir}/elsewhere' }
  await using off = await startCastellan({
    files,
    properties: {
      ...properties,
      ...location,
      'cas.service-registry.json.watcher-enabled': false,
      'cas.service-registry.schedule.enabled': false,
    },
  })
  await using periodic = await startCastellan({
    files,
    properties: {
      ...properties,
      ...location,
      'cas.service-registry.json.watcher-enabled': false,
      'cas.service-registry.schedule.start-delay': 'PT0.5S',
      'cas.service-registry.schedule.repeat-interval': 'PT0.5S',
    },
  })
  await using watching = await startCastellan({
    files,
    properties: { ...properties, ...location, 'cas.service-registry.schedule.enabled': false },
  })
  for (const cas of [off, periodic, watching]) {
    assert.equal(await statusOf(cas, 'https://old.example.org/'), 200)
    await writeFile(join(cas.configDirectory, 'elsewhere/New-1.json'), JSON.stringify(definition(1, '^https://new\\.example\\.org/.*')))
  }
  await becomes(watching, 'https://new.example.org/', 200)
  await becomes(periodic, 'https://new.example.org/', 200)
  assert.equal(await statusOf(off, 'https://new.example.org/'), 403)
})

test('a broken definition keeps its last good version until it is whole again; the log names file and line once, others are not touched', async () => {
  await using cas = await startCastellan({
    properties,
    services: {
      'Good-1.json': definition(1, '^https://good\\.example\\.org/.*'),
      'Other-2.json': definition(2, '^https://other\\.example\\.org/.*'),
    },
  })
  const file = join(cas.servicesDirectory, 'Good-1.json')
  await writeFile(file, '{\n  "@class": "org.apereo.cas.services.CasRegisteredService",\n  "serviceId": \n')
  const line = await cas.logged((one) => one.level >= 40 && mentions(one, 'Good-1.json'), 5_000)
  assert.ok(line)
  for (const service of ['https://good.example.org/', 'https://other.example.org/']) assert.equal(await statusOf(cas, service), 200)
  await writeFile(file, JSON.stringify(definition(1, '^https://better\\.example\\.org/.*')))
  await becomes(cas, 'https://better.example.org/', 200)
  assert.equal(await statusOf(cas, 'https://good.example.org/'), 403)
})

test('ids are free, as long as they are different; a file name that does not conform is loaded with a warning [A8, A10]', async () => {
  await using cas = await startCastellan({
    properties,
    services: {
      'Small-1.json': definition(1, '^https://small\\.example\\.org/.*'),
      'Usual-1001.json': definition(1001, '^https://usual\\.example\\.org/.*'),
      'Time-103935657744185.json': definition(103935657744185, '^https://time\\.example\\.org/.*'),
      'Long-9223372036854775807.json':
        '{"@class":"org.apereo.cas.services.CasRegisteredService","serviceId":"^https://long\\\\.example\\\\.org/.*","name":"Long","id":9223372036854775807}',
      'my service.json': definition(77, '^https://named\\.example\\.org/.*'),
    },
  })
  for (const name of ['small', 'usual', 'time', 'long', 'named'])
    assert.equal(await statusOf(cas, `https://${name}.example.org/`), 200, name)
  assert.ok(
    warnings(cas).some((line) => mentions(line, 'my service.json')),
    'the name that does not conform is reported',
  )
  assert.ok(!warnings(cas).some((line) => mentions(line, 'Usual-1001.json')))
})

test('of two definitions with one id the first in the order stays, and one warning names both files; equal names are reported [A9]', async () => {
  await using cas = await startCastellan({
    properties,
    services: {
      'First-7.json': definition(7, '^https://first\\.example\\.org/.*', { name: 'First', evaluationOrder: 1 }),
      'Second-7.json': definition(7, '^https://second\\.example\\.org/.*', { name: 'Second', evaluationOrder: 2 }),
      'Same-8.json': definition(8, '^https://eight\\.example\\.org/.*', { name: 'Same' }),
      'Same-9.json': definition(9, '^https://nine\\.example\\.org/.*', { name: 'Same' }),
    },
  })
  assert.equal(await statusOf(cas, 'https://first.example.org/'), 200)
  assert.equal(await statusOf(cas, 'https://second.example.org/'), 403)
  assert.equal(await statusOf(cas, 'https://eight.example.org/'), 200)
  assert.equal(await statusOf(cas, 'https://nine.example.org/'), 200)
  assert.equal(warnings(cas).filter((line) => mentions(line, 'First-7.json', 'Second-7.json')).length, 1)
  assert.equal(warnings(cas).filter((line) => mentions(line, 'Same-8.json', 'Same-9.json')).length, 1)
})

test('Human JSON is read: comments, no commas, no braces, multi-line strings, trailing commas [A14]', async () => {
  await using cas = await startCastellan({
    properties,
    services: {
      'Relaxed-1.json': `{
  /* Generic service definition that applies to https urls */
  "@class" : "org.apereo.cas.services.RegexRegisteredService",
  # a comment
  "serviceId" : "^https://relaxed\\\\.example\\\\.org/.*",
  // another
  "name" : "Relaxed",
  "id" : 1,
  "description": '''
     Two
     lines
  ''',
  "attributeReleasePolicy": { "@class": "org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy", "allowedAttributes": [ "java.util.ArrayList", [ "mail", ], ], },
}`,
      'Bare-2.json': `# no braces, no quotes
"@class": org.apereo.cas.services.CasRegisteredService
serviceId: ^https://bare\\.example\\.org/.*
name: Bare
id: 2
`,
    },
  })
  assert.deepEqual((await attributesFor(cas, 'https://relaxed.example.org/x')).get('mail'), ['student1@example.org'])
  assert.equal(await statusOf(cas, 'https://bare.example.org/x'), 200)
})

test('a definition whose class is blank is read as a CAS service, with one warning [A23]', async () => {
  await using cas = await startCastellan({
    properties,
    services: { 'Blank-1.json': { ...definition(1, '^https://blank\\.example\\.org/.*'), '@class': '' } },
  })
  assert.equal(await statusOf(cas, 'https://blank.example.org/'), 200)
  assert.equal(warnings(cas).filter((line) => mentions(line, 'Blank-1.json')).length, 1)
})

test('an empty registry refuses everybody with its own text', async () => {
  await using cas = await startCastellan({ properties })
  const page = await new BrowserClient({ accept: 'application/json' }).get(loginUrl(cas.url, { service: 'https://app.example.org/' }))
  assert.equal(page.status, 403)
  assert.equal(JSON.parse(page.body).code, 'screen.service.empty.error.message')
})

test('a service that must be named, and a missing folder of definitions', async () => {
  await using cas = await startCastellan({ properties: { ...properties, 'cas.sso.services.allow-missing-service-parameter': false } })
  const page = await new BrowserClient().get(loginUrl(cas.url))
  assert.equal(page.status, 403)
  assert.equal(page.execution, undefined)
})
