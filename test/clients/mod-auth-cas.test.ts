import assert from 'node:assert/strict'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BrowserClient, ticketOf } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, freePort, requirePrograms, startCastellan } from '../support/castellan.ts'
import { type TestCertificate, testCertificate, trust } from '../support/certificates.ts'
import { type Program, programFolder, startProgram, unprivileged } from '../support/program.ts'

const APACHE = '/usr/sbin/apache2'
const MODULES = '/usr/lib/apache2/modules'

let certificate: TestCertificate
let server: Castellan
let serverUrl: string
let apache: Program
let folder: AsyncDisposable & { readonly path: string }
let site: string

/** Apache with a folder `/secured/` that only people known to the server may read; its page prints what the module hands over. */
const configuration = (port: number) => `
ServerRoot ${folder.path}
PidFile ${folder.path}/apache.pid
DefaultRuntimeDir ${folder.path}
ErrorLog ${folder.path}/error.log
LogLevel warn auth_cas:debug
Listen 127.0.0.1:${port}
ServerName localhost
LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so
LoadModule authn_core_module ${MODULES}/mod_authn_core.so
LoadModule authz_core_module ${MODULES}/mod_authz_core.so
LoadModule authz_user_module ${MODULES}/mod_authz_user.so
LoadModule include_module ${MODULES}/mod_include.so
LoadModule mime_module ${MODULES}/mod_mime.so
LoadModule dir_module ${MODULES}/mod_dir.so
LoadModule auth_cas_module ${MODULES}/mod_auth_cas.so
TypesConfig /dev/null
DocumentRoot ${folder.path}/htdocs
DirectoryIndex index.html

CASVersion 2
CASSSOEnabled On
CASLoginURL ${serverUrl}/login
CASValidateURL ${serverUrl}/serviceValidate
CASCertificatePath ${certificate.certificate}
CASCookiePath ${folder.path}/sessions/
CASAttributePrefix CAS-
CASAttributeDelimiter ;

<Directory ${folder.path}/htdocs>
  Options +Includes
  SetOutputFilter INCLUDES
  Require all granted
</Directory>
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
  requirePrograms(APACHE, `${MODULES}/mod_auth_cas.so`)
  certificate = testCertificate()
  trust(certificate)
  folder = await programFolder('apache')
  const [serverPort, port] = [await freePort(), await freePort()]
  site = `http://localhost:${port}`
  serverUrl = `https://localhost:${serverPort}/cas`
  server = await startCastellan({
    properties: {
      'server.port': serverPort,
      'server.ssl.enabled': true,
      'server.ssl.certificate': `file:${certificate.certificate}`,
      'server.ssl.certificate-private-key': `file:${certificate.key}`,
      'cas.server.name': `https://localhost:${serverPort}`,
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
  for (const name of ['htdocs/secured', 'htdocs/staff', 'sessions']) await mkdir(join(folder.path, name), { recursive: true, mode: 0o777 })
  // The module keeps its sessions in files; it runs as `nobody` when this test runs as root.
  if (unprivileged.uid !== undefined) await chown(join(folder.path, 'sessions'), unprivileged.uid, unprivileged.gid)
  await writeFile(join(folder.path, 'htdocs/secured/index.html'), PAGE)
  await writeFile(join(folder.path, 'htdocs/staff/index.html'), PAGE)
  await writeFile(join(folder.path, 'apache.conf'), configuration(port))
  apache = await startProgram(APACHE, ['-D', 'FOREGROUND', '-f', join(folder.path, 'apache.conf')], port)
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
