import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { casDirectives, requireApache, startApache, tlsSettings } from '../support/apache.ts'
import { BrowserClient, ticketOf } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, freePort, startCastellan } from '../support/castellan.ts'
import { type TestCertificate, testCertificate, trust } from '../support/certificates.ts'
import { type Program, programFolder } from '../support/program.ts'

let certificate: TestCertificate
let server: Castellan
let serverUrl: string
let apache: Program
let folder: AsyncDisposable & { readonly path: string }
let site: string

/** Folders that only people known to the server may read; their page prints what the module hands over. */
const directives = () => `${casDirectives(folder.path, serverUrl, certificate)}CASSSOEnabled On
CASAttributePrefix CAS-
CASAttributeDelimiter ;
<Location /secured/>
  AuthType CAS
  CASAuthNHeader CAS-User
  Require valid-user
</Location>
<Location /staff/>
  AuthType CAS
  CASAuthNHeader CAS-User
  Require cas-attribute affiliation:staff
</Location>
`

const PAGE = `user=<!--#echo var="REMOTE_USER" -->
header=<!--#echo var="HTTP_CAS_USER" -->
mail=<!--#echo var="HTTP_CAS_MAIL" -->
affiliation=<!--#echo var="HTTP_CAS_AFFILIATION" -->
phone=<!--#echo var="HTTP_CAS_PHONE" -->
`

before(async () => {
  requireApache('auth_cas')
  certificate = testCertificate()
  trust(certificate)
  folder = await programFolder('apache')
  const [serverPort, port] = [await freePort(), await freePort()]
  site = `http://localhost:${port}`
  serverUrl = `https://localhost:${serverPort}/cas`
  server = await startCastellan({
    properties: {
      ...tlsSettings(serverPort, certificate),
      'cas.authn.accept.enabled': false,
      'cas.authn.json.location': 'file:{dir}/users.json',
    },
    files: {
      'users.json': JSON.stringify({
        student1: { password: 'pw', attributes: { mail: 'student1@example.org', affiliation: ['student', 'member'], phone: '0' } },
        staff1: { password: 'pw', attributes: { mail: 'staff1@example.org', affiliation: ['staff', 'member'], phone: '0' } },
      }),
    },
    services: {
      'Apache-1.json': definition(1, `^http://localhost:${port}/.*`, {
        attributeReleasePolicy: {
          '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
          allowedAttributes: ['java.util.ArrayList', ['mail', 'affiliation']],
        },
      }),
    },
  })
  apache = await startApache({
    folder: folder.path,
    port,
    modules: ['auth_cas'],
    logLevel: 'warn auth_cas:debug',
    directives: directives(),
    pages: { 'secured/index.html': PAGE, 'staff/index.html': PAGE },
    writable: ['sessions'],
  })
})

after(async () => {
  await apache?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
  certificate?.[Symbol.dispose]()
})

/** From the protected address through the form and back. @returns the page behind the protection. */
async function signIn(browser: BrowserClient, user: string, path = '/secured/') {
  const away = await browser.get(`${site}${path}`)
  assert.equal(away.status, 302)
  assert.ok(away.location?.startsWith(`${serverUrl}/login?service=`), away.location)
  const form = await browser.get(away.location ?? '')
  assert.equal(form.status, 200)
  const back = await browser.submit(serverUrl, form, { username: user, password: 'pw' })
  assert.equal(back.status, 302, back.body.slice(0, 500))
  const withTicket = await browser.get(back.location ?? '')
  // The module takes the ticket out of the address.
  assert.equal(withTicket.status, 302, withTicket.body)
  assert.equal(withTicket.location, `${site}${path}`)
  return { ticketUrl: back.location ?? '', page: await browser.get(withTicket.location) }
}

test('mod_auth_cas lets a person in and hands the released attributes to the page [A6, P2]', async () => {
  const { page } = await signIn(new BrowserClient(), 'student1')
  assert.equal(page.status, 200)
  assert.match(page.body, /^user=student1$/m)
  assert.match(page.body, /^header=student1$/m)
  assert.match(page.body, /^mail=student1@example\.org$/m)
  assert.match(page.body, /^affiliation=student;member$/m)
  assert.match(page.body, /^phone=\(none\)$/m, 'not released')
})

test('mod_auth_cas decides by a released attribute', async () => {
  assert.equal((await signIn(new BrowserClient(), 'staff1', '/staff/')).page.status, 200)
  const { page } = await signIn(new BrowserClient(), 'student1', '/staff/')
  assert.equal(page.status, 401)
})

test('a ticket of mod_auth_cas works once', async () => {
  const { ticketUrl } = await signIn(new BrowserClient(), 'student1')
  const thief = new BrowserClient()
  const page = await thief.get(ticketUrl)
  assert.notEqual(page.status, 200)
  assert.equal((await thief.get(`${site}/secured/`)).status, 302)
})

test('a second visit with a session gets a new ticket without a form, after the logout there is the form again', async () => {
  const browser = new BrowserClient()
  await signIn(browser, 'student1')
  const service = `${site}/secured/`
  const again = await browser.get(`${serverUrl}/login?service=${encodeURIComponent(service)}`)
  assert.match(ticketOf(again), /^ST-/)
  assert.equal((await browser.get(again.location ?? '')).status, 302, 'the module takes a new ticket when it has a session')

  const out = await browser.get(`${serverUrl}/logout`)
  assert.equal(out.status, 200)
  const after = await browser.get(`${serverUrl}/login?service=${encodeURIComponent(service)}`)
  assert.equal(after.status, 200)
  assert.ok(after.execution)
})

test('mod_auth_cas hears of a logout at the server and ends its own session', async () => {
  const browser = new BrowserClient()
  await signIn(browser, 'student1')
  assert.equal((await browser.get(`${site}/secured/`)).status, 200)
  const bystander = new BrowserClient()
  await signIn(bystander, 'student1')
  assert.equal((await browser.get(`${serverUrl}/logout`)).status, 200)
  await eventually('the login is asked for again', async () => (await browser.get(`${site}/secured/`)).status === 302 || undefined, 30_000)
  assert.equal((await bystander.get(`${site}/secured/`)).status, 200, 'nobody else is logged out')
})

test('while mod_auth_cas runs its definition is changed, broken, disabled, deleted and put back, and each counts at once', async () => {
  const file = join(server.servicesDirectory, 'Apache-1.json')
  const original = readFileSync(file, 'utf8')
  const signedIn = async () => (await signIn(new BrowserClient(), 'student1')).page.body
  const statusOfLogin = async () => {
    const browser = new BrowserClient()
    return (await browser.get((await browser.get(`${site}/secured/`)).location ?? '')).status
  }
  const becomes = (what: string, status: number) => eventually(what, async () => (await statusOfLogin()) === status || undefined)
  try {
    assert.match(await signedIn(), /^phone=\(none\)$/m)
    writeFileSync(file, original.replace('"affiliation"', '"phone"'))
    await eventually('the telephone is released', async () => /^phone=0$/m.test(await signedIn()) || undefined)

    writeFileSync(file, original.slice(0, -20))
    await server.logged(({ level, file: named }) => level >= 50 && String(named).endsWith('Apache-1.json'), 30_000)
    assert.match(await signedIn(), /^phone=0$/m, 'the last good version counts')

    const disabled = { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false }
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(original) as object), accessStrategy: disabled }))
    await becomes('disabled', 403)
    writeFileSync(file, original)
    await becomes('enabled again', 200)

    // A ticket for an application that is gone is good for nothing, whoever presents it.
    const { ticketUrl } = await signIn(new BrowserClient(), 'student1')
    rmSync(file)
    await becomes('deleted', 403)
    const late = new BrowserClient()
    await late.get(ticketUrl)
    assert.equal((await late.get(`${site}/secured/`)).status, 302, 'still not signed in')
  } finally {
    writeFileSync(file, original)
  }
  await becomes('put back', 200)
  assert.match(await signedIn(), /^affiliation=student;member$/m)
})
