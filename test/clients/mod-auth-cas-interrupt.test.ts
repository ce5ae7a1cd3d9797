import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { casDirectives, requireApache, startApache, tlsSettings } from '../support/apache.ts'
import { BrowserClient, type Page } from '../support/browser-client.ts'
import { definition, freePort, startCastellan } from '../support/castellan.ts'
import { type TestCertificate, testCertificate, trust } from '../support/certificates.ts'
import { programFolder } from '../support/program.ts'

// Links of an interrupt page that lead to an application behind Apache (interrupt.md 6.1, 6.2).
let certificate: TestCertificate
before(() => {
  requireApache('auth_cas')
  certificate = testCertificate()
  trust(certificate)
})
after(() => certificate?.[Symbol.dispose]())

/** A server in one of the modes, and an application behind mod_auth_cas that its interrupt page links to. */
async function open(triggerMode: string) {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await programFolder('apache'))
  const [serverPort, port] = [await freePort(), await freePort()]
  const site = `http://localhost:${port}/secured/`
  const url = `https://localhost:${serverPort}/cas`
  stack.use(
    await startCastellan({
      properties: {
        'castellan.ticket-registry.store': 'memory',
        ...tlsSettings(serverPort, certificate),
        'cas.authn.accept.users': 'student1::pw',
        'cas.interrupt.core.trigger-mode': triggerMode,
        'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
      },
      files: { 'interrupt.json': JSON.stringify({ student1: { message: 'Register.', links: { Register: site }, interrupt: true } }) },
      services: {
        'Portal-1.json': definition(1, '^https://portal\\.example\\.org/.*'),
        'Apache-2.json': definition(2, `^http://localhost:${port}/.*`, {
          properties: { skipInterrupt: { values: ['java.util.HashSet', ['true']] } },
        }),
      },
    }),
  )
  stack.use(
    await startApache({
      folder: folder.path,
      port,
      modules: ['auth_cas'],
      directives: `${casDirectives(folder.path, url, certificate)}<Location /secured/>
  AuthType CAS
  Require valid-user
</Location>
`,
      pages: { 'secured/index.html': 'registered' },
      writable: ['sessions'],
    }),
  )
  const kept = stack.move()
  return { url, site, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** Logs in for the portal, follows the link of the page, and everything that comes of it. */
async function followLink(browser: BrowserClient, { url, site }: { readonly url: string; readonly site: string }): Promise<Page> {
  const page = await browser.login(url, 'student1', 'pw', { service: 'https://portal.example.org/' })
  assert.match(page.body, /id="interruptLinks"/)
  let current = await browser.post(`${url}/login`, { execution: page.execution, _eventId: 'redirect', link: site })
  for (let hops = 0; hops < 6 && current.status === 302; hops++) current = await browser.get(current.location ?? '')
  return current
}

test('after the session a link signs on at an application behind mod_auth_cas [I19]', async () => {
  await using world = await open('AFTER_SSO')
  const page = await followLink(new BrowserClient(), world)
  assert.equal(page.status, 200)
  assert.equal(page.body, 'registered')
})

test('before the session the same link ends at the login form [I17]', async () => {
  await using world = await open('AFTER_AUTHENTICATION')
  const page = await followLink(new BrowserClient(), world)
  assert.equal(page.status, 200)
  assert.match(page.body, /id="username"/)
})
