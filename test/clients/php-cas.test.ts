import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, freePort, requirePrograms, startCastellan } from '../support/castellan.ts'
import { type TestCertificate, testCertificate, trust } from '../support/certificates.ts'
import { type Program, programFolder, startProgram } from '../support/program.ts'

const PHP = '/usr/bin/php'
const LIBRARY = '/usr/share/php/CAS/CAS.php'

let certificate: TestCertificate
let server: Castellan
let serverUrl: string
let php: Program
let folder: AsyncDisposable & { readonly path: string }
let site: string

/** Applications as the documentation of phpCAS shows them: one for people; a portal that asks the mail in the name of its user; the mail. */
const application = (serverPort: number) => `<?php
require_once '${LIBRARY}';
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/portal') {
  // As behind a proxy that ends TLS: phpCAS takes no ticket by plain http.
  if (isset($_GET['pgtId'])) $_SERVER['HTTPS'] = 'on';
  phpCAS::proxy(CAS_VERSION_3_0, 'localhost', ${serverPort}, '/cas', '${site}');
  phpCAS::setCasServerCACert('${certificate.certificate}');
  phpCAS::setPGTStorageFile('${folder.path}');
  phpCAS::setFixedCallbackURL('${site}/portal');
  phpCAS::forceAuthentication();
  $said = phpCAS::serviceWeb('${site}/mail', $error, $output);
  header('Content-Type: application/json');
  echo json_encode(['user' => phpCAS::getUser(), 'said' => $said, 'mail' => $output]);
  return;
}
if ($path === '/mail') {
  phpCAS::client(CAS_VERSION_3_0, 'localhost', ${serverPort}, '/cas', '${site}');
  phpCAS::setCasServerCACert('${certificate.certificate}');
  phpCAS::allowProxyChain(new CAS_ProxyChain(array('${site}/portal')));
  phpCAS::forceAuthentication();
  echo 'mail of ' . phpCAS::getUser() . ' by ' . implode(',', phpCAS::getProxies());
  return;
}
phpCAS::client(CAS_VERSION_3_0, 'localhost', ${serverPort}, '/cas', '${site}');
phpCAS::setCasServerCACert('${certificate.certificate}');
phpCAS::handleLogoutRequests(true, array('localhost', '127.0.0.1', '::1'));
if (isset($_GET['logout'])) phpCAS::logoutWithRedirectService('${site}/goodbye');
if (isset($_GET['gateway'])) {
  $known = phpCAS::checkAuthentication();
} elseif (isset($_GET['renew'])) {
  phpCAS::renewAuthentication();
  $known = true;
} else {
  phpCAS::forceAuthentication();
  $known = true;
}
header('Content-Type: application/json');
echo json_encode($known ? ['user' => phpCAS::getUser(), 'attributes' => phpCAS::getAttributes()] : ['user' => null]);
`

before(async () => {
  requirePrograms(PHP, LIBRARY)
  certificate = testCertificate()
  trust(certificate)
  folder = await programFolder('php')
  const [serverPort, port] = [await freePort(), await freePort()]
  site = `http://localhost:${port}`
  serverUrl = `https://localhost:${serverPort}/cas`
  server = await startCastellan({
    properties: {
      'server.port': serverPort,
      'server.ssl.enabled': true,
      'server.ssl.key-store': `file:${certificate.keyStore}`,
      'server.ssl.key-store-password': 'changeit',
      'cas.server.name': `https://localhost:${serverPort}`,
      'cas.authn.accept.users': 'student1::pw',
      'cas.authn.attribute-repository.stub.attributes.mail': 'student1@example.org',
      'cas.authn.attribute-repository.stub.attributes.affiliation': 'student,member',
      'cas.authn.attribute-repository.stub.attributes.displayName': 'First <Student> & "others"',
      'cas.logout.follow-service-redirects': true,
      'castellan.proxy.allow-insecure-callbacks': true,
    },
    services: {
      'Php-1.json': definition(1, `^http://localhost:${port}/.*`, {
        attributeReleasePolicy: { '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy' },
        proxyPolicy: {
          '@class': 'org.apereo.cas.services.RegexMatchingRegisteredServiceProxyPolicy',
          pattern: `^http://localhost:${port}/portal$`,
        },
      }),
    },
  })
  await writeFile(join(folder.path, 'index.php'), application(serverPort))
  const args = ['-d', `session.save_path=${folder.path}`, '-S', `127.0.0.1:${port}`, join(folder.path, 'index.php')]
  // The callback of a proxy comes while its application waits for the answer of the validation.
  php = await startProgram(PHP, args, port, { env: { PHP_CLI_SERVER_WORKERS: '6' } })
})

after(async () => {
  await php?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
  certificate?.[Symbol.dispose]()
})

/** Follows redirects by hand up to the first page. */
async function follow(browser: BrowserClient, url: string) {
  let page = await browser.get(url)
  const hops = [url]
  while (page.location !== undefined && hops.length < 8) {
    url = new URL(page.location, url).href
    hops.push(url)
    page = await browser.get(url)
  }
  return { page, hops }
}

async function signIn(browser: BrowserClient, address = `${site}/`) {
  const { page } = await follow(browser, address)
  assert.ok(page.execution, page.body.slice(0, 500))
  const back = await browser.submit(serverUrl, page, { username: 'student1', password: 'pw' })
  assert.equal(back.status, 302, back.body.slice(0, 500))
  return (await follow(browser, back.location ?? '')).page
}

test('phpCAS learns user and attributes over https with a PKCS#12 key store [A4]', async () => {
  const page = await signIn(new BrowserClient())
  assert.equal(page.status, 200, page.body)
  const { user, attributes } = JSON.parse(page.body)
  assert.equal(user, 'student1')
  assert.equal(attributes.mail, 'student1@example.org')
  assert.deepEqual(attributes.affiliation, ['student', 'member'])
  assert.equal(attributes.displayName, 'First <Student> & "others"')
  assert.match(attributes.authenticationDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/)
})

test('phpCAS asks without a form (gateway): nobody is known before the login, the person after it', async () => {
  const before = await follow(new BrowserClient(), `${site}/?gateway=1`)
  assert.deepEqual(JSON.parse(before.page.body), { user: null })
  assert.ok(
    before.hops.some((hop) => hop.startsWith(`${serverUrl}/login?`) && hop.includes('gateway=true')),
    before.hops.join('\n'),
  )
  const known = new BrowserClient()
  await known.login(serverUrl, 'student1', 'pw')
  assert.equal(JSON.parse((await follow(known, `${site}/?gateway=1`)).page.body).user, 'student1')
})

test('phpCAS asks for fresh credentials (renew): the form comes in spite of a session', async () => {
  const browser = new BrowserClient()
  await browser.login(serverUrl, 'student1', 'pw')
  const page = await signIn(browser, `${site}/?renew=1`)
  assert.equal(JSON.parse(page.body).user, 'student1')
})

test('phpCAS logs out: the server ends the session and leads back to the application', async () => {
  const browser = new BrowserClient()
  await signIn(browser)
  const out = await browser.get(`${site}/?logout=1`)
  assert.ok(out.location?.startsWith(`${serverUrl}/logout?service=`), out.location)
  const back = await browser.get(out.location ?? '')
  assert.equal(back.status, 302)
  assert.equal(back.location, `${site}/goodbye`)
  assert.ok((await follow(browser, `${site}/`)).page.execution, 'the form again')
})

test('phpCAS as a proxy asks another application in the name of its user', async () => {
  const page = await signIn(new BrowserClient(), `${site}/portal`)
  assert.equal(page.status, 200, page.body)
  assert.deepEqual(JSON.parse(page.body), { user: 'student1', said: true, mail: `mail of student1 by ${site}/portal` })
})

test('phpCAS hears of a logout at the server and ends its own session', async () => {
  const browser = new BrowserClient()
  await signIn(browser)
  assert.equal(JSON.parse((await follow(browser, `${site}/`)).page.body).user, 'student1')
  const bystander = new BrowserClient()
  await signIn(bystander)
  assert.equal((await browser.get(`${serverUrl}/logout`)).status, 200)
  await eventually('the application asks for a login again', async () => (await follow(browser, `${site}/`)).page.execution, 30_000)
  assert.equal(JSON.parse((await follow(bystander, `${site}/`)).page.body).user, 'student1', 'nobody else is logged out')
})
