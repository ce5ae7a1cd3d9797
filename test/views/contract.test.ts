import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { View } from '../../src/views/index.ts'
import { samples } from './samples.ts'
import { application, context, loginProps, openViews, signedInProps } from './world.ts'

const views = await openViews()

function page(name: string, locale = 'en'): string {
  const view = samples[name]
  assert.ok(view, name)
  return views.render(view, { ...context, locale }).html
}
const login = (over: Partial<typeof loginProps>): string =>
  views.render({ id: 'login/casLoginView', props: { ...loginProps, ...over } }, context).html

function has(html: string, ...pieces: readonly (string | RegExp)[]): void {
  for (const piece of pieces) assert.ok(typeof piece === 'string' ? html.includes(piece) : piece.test(html), `not there: ${piece}`)
}
const lacks = (html: string, ...pieces: readonly string[]): void => {
  for (const piece of pieces) assert.ok(!html.includes(piece), `should not be there: ${piece}`)
}

test('every page has a language, a title, the frame and no script or style inside of it', () => {
  for (const name of Object.keys(samples)) {
    const html = page(name)
    has(html, /^<!doctype html>\n<html lang="en" dir="ltr">/, '<title>CAS - Central Authentication Service ', '<main id="main-content">')
    has(html, '<div id="content" class="card">', 'id="cas-logo"', '<details class="menu" id="languages">')
    assert.doesNotMatch(html, / style="| on[a-z]+="|<style|<script(?! src=)/, name)
    assert.equal(html.match(/<h1/g)?.length, 1, name)
  }
})

test('the login form has the ids, names and types that scripts look for', () => {
  const html = page('login')
  has(html, '<title>CAS - Central Authentication Service Login</title>')
  has(html, /<section id="loginForm"/, '<form id="fm1" name="fm1" method="post" action="login">', '<div id="login-form-controls"')
  has(html, /<h2[^>]*><span>Enter Username &amp; Password<\/span><\/h2>/)
  has(
    html,
    '<input id="username" name="username" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" required accesskey="u">',
  )
  has(html, '<input id="password" name="password" type="password" autocomplete="current-password" required accesskey="p">')
  has(
    html,
    'id="usernameSection"',
    'id="passwordSection"',
    'id="usernameValidationMessage"',
    'id="passwordValidationMessage"',
    'id="capslock"',
  )
  has(html, '<button type="button" class="reveal-password"')
  has(html, /<button id="submitBtn" name="submitBtn" type="submit" accesskey="l"[^>]*>Login<\/button>/)
  assert.equal(html.match(/type="submit"/g)?.length, 1)
  for (const id of ['rememberMe', 'warn', 'publicWorkstation'])
    has(html, `id="${id}Button" for="${id}"`, `id="${id}" name="${id}" value="true"`)
})

test('a naive pattern finds the execution of a form', () => {
  const found = /name="execution" value="([^"]+)"/.exec(page('login'))
  assert.equal(found?.[1], loginProps.execution)
  has(page('login'), '<input type="hidden" name="_eventId" value="submit">', 'name="geolocation"', 'name="deviceFingerprint"')
})

test('what the application says about itself stands beside the form', () => {
  const html = page('login')
  has(
    html,
    'id="serviceUIMetadataDisplayName"><bdi>Student Records</bdi>',
    'id="serviceUIMetadataDescription"',
    'id="serviceUIMetadataLogo"',
  )
  has(html, 'id="serviceUIMetadataInformationUrl" href="https://www.example.org/about"')
  has(html, 'id="serviceUIMetadataPrivacyUrl" href="https://www.example.org/privacy"')
  has(login({ application: { ...application, wildcard: true } }), 'id="wildcardService"')
  lacks(html, 'wildcardService')
})

test('a failed login shows one paragraph a message, keeps the user name, empties the password and goes to it', () => {
  const html = page('login-failed')
  has(html, /<div id="loginErrorsPanel" class="banner banner-danger" role="alert">/, '<h2 class="hush">Authentication Failure</h2>')
  has(html, '<p><span>Authentication attempt has failed, likely due to invalid credentials')
  has(html, ' value="student1"', /<input id="password"[^>]* aria-invalid="true" aria-describedby="loginErrorsPanel" autofocus>/)
  assert.doesNotMatch(html, /<input id="password"[^>]* value=/)
})

test('blank fields say so beside themselves, the panel keeps a paragraph for each', () => {
  const html = page('login-blank')
  has(
    html,
    /id="loginErrorsPanel" class="banner banner-danger hush"/,
    '<p><span>Enter your username.</span></p><p><span>Enter your password.</span></p>',
  )
  has(html, /<input id="username"[^>]* aria-invalid="true" aria-describedby="usernameValidationMessage" autofocus>/)
  has(html, /<p class="problem" id="usernameValidationMessage"><svg/, /<p class="problem" id="passwordValidationMessage"><svg/)
  assert.equal(html.match(/autofocus/g)?.length, 1)
})

test('a renewed login says that there is a session, and leaves out the instructions', () => {
  const html = page('login-renew')
  has(html, 'id="existingSsoMsg"', 'Welcome back, <bdi>student.of-the-faculty')
  lacks(html, 'Enter Username &amp; Password')
})

test('notices, sources, custom fields and carried parameters have their places', () => {
  const html = page('login-everything')
  has(html, 'Your session on this page expired, please log in again.', 'id="nonSecureConnection"', 'id="staticAuthentication"')
  has(html, 'id="authnSourceSection"', 'id="source" name="source" value="LdapStaff"', 'id="LdapStudents-authnSource"')
  has(html, '<input id="department-customField" name="customFields[department]" type="text" value="" required>')
  has(html, '<input type="hidden" name="origin" value="portal">')
})

test('a carried parameter cannot take the place of a field of the form', () => {
  const html = login({
    carried: [
      { name: 'execution', value: 'evil' },
      { name: 'password', value: 'evil' },
      { name: 'kept', value: '1' },
    ],
  })
  lacks(html, 'evil')
  has(html, 'name="kept"')
})

test('the page after a login without an application says who is logged in, with three tables', () => {
  const html = page('signed-in-applications')
  has(
    html,
    '<h2>Log In Successful</h2>',
    /<p>You, <strong><bdi>student1<\/bdi><\/strong>, have successfully logged into the Central Authentication Service/,
  )
  has(html, '<span id="principalId" hidden>student1</span>', 'href="/cas/logout"')
  has(
    html,
    'id="principal-tab"',
    'id="auth-tab"',
    'id="services-tab"',
    'id="attribute-tab-0"',
    'id="attribute-tab-1"',
    'id="attribute-tab-2"',
  )
  assert.equal(html.match(/<table id="attributesTable"/g)?.length, 3)
  has(html, '<tr id="eduPersonAffiliation"><td class="attribute-key"><code dir="ltr">eduPersonAffiliation</code></td>', '[member, staff]')
  has(html, '<tr id="service1001">')
  lacks(page('signed-in'), 'services-tab')
})

test('a long attribute value is cut at 80 characters', () => {
  const view: View = { id: 'login/casGenericSuccessView', props: { ...signedInProps, principalAttributes: { long: ['x'.repeat(5000)] } } }
  const found = /<kbd[^>]*>(\[x+…)<\/kbd>/.exec(views.render(view, context).html)
  assert.equal(found?.[1]?.length, 80)
})

test('a session without an end does not name one', () => {
  const view: View = { id: 'login/casGenericSuccessView', props: { ...signedInProps, endsAtMs: Number.POSITIVE_INFINITY } }
  lacks(views.render(view, context).html, 'Lasts until')
})

test('the warn page asks before it goes on', () => {
  const html = page('warn')
  has(
    html,
    '<h4>You asked to be warned before logging into applications. Please proceed.</h4>',
    '<form id="fm1" name="fm1" method="post" action="login">',
  )
  has(
    html,
    'name="_eventId" value="success"',
    'id="ignorewarnButton"',
    'id="ignorewarn" name="ignorewarn" value="true"',
    'id="continueButton"',
  )
})

test('warnings of the password policy come as a list with a form that proceeds', () => {
  const html = page('warnings')
  has(
    html,
    '<h1>Authentication Succeeded with Warnings</h1>',
    '<li><span>Your password expires in 5 day(s).',
    '<form id="form" method="post"',
  )
  has(html, 'name="_eventId" value="proceed"', '<button id="continue"')
})

test('account states say their sentence', () => {
  has(page('account-disabled'), '<h2>This account has been disabled.</h2>')
  has(page('account-locked'), '<h2>This account has been locked.</h2>')
  has(page('password-expired'), '<h2>Hello, <bdi>student1</bdi>. Your password has expired.</h2>')
  has(page('password-must-change'), '<h2>Hello, <bdi>student1</bdi>. You must change your password.</h2>')
  has(page('bad-hours'), '<h2>Your account is forbidden to login at this time.</h2>')
  has(page('bad-workstation'), '<h2>You cannot login from this workstation.</h2>')
  has(page('authentication-blocked'), '<h2>Authentication attempt is blocked.</h2>')
})

test('a refused application is shown with its reason and never linked', () => {
  const html = page('service-unregistered')
  has(
    html,
    '<h2>Application Not Authorized to Use CAS</h2>',
    '<code dir="ltr">https://wiki.example.org/login?next=/w/Main</code>',
    'UNREGISTERED',
  )
  lacks(html, 'href="https://wiki')
  has(page('service-expired'), 'The registration of this application has ended.')
  assert.deepEqual(views.render(samples['service-unregistered'] as View, context).headers, {})
})

test('a refused application with an address of its own leads there after three seconds', () => {
  const view = samples['service-redirect'] as View
  const { html, headers } = views.render(view, context)
  assert.equal(headers['Refresh'], '3; url=https://www.example.org/closed?a=1')
  has(html, 'href="https://www.example.org/closed?a=1"', '<strong><bdi>www.example.org</bdi></strong>')
})

test('every error page has its heading, its title and the request number', () => {
  const headings = {
    'error-400': ['Unknown Request', 'Error - 400'],
    'error-401': ['Access Denied', 'Error - 401'],
    'error-403': ['Authorization Denied', 'Error - 403'],
    'error-404': ['Page Not Found', 'Error - 404'],
    'error-405': ['The request type or syntax is not supported.', 'Error - Unsupported Request'],
    'error-413': ['Too Much At Once', 'Error - 413'],
    'error-431': ['Too Many Cookies', 'Error - 431'],
    'error-500': ['CAS is unable to process this request: "500:Internal Server Error"', 'Error - 500'],
    'error-503': ['Not Available Now', 'Error - 503'],
    throttled: ['Access Denied', 'Error - Permission Denied'],
  } as const
  for (const [name, [heading, title]] of Object.entries(headings)) {
    const html = page(name)
    has(
      html,
      `<h2>${heading}</h2>`,
      `<title>CAS - Central Authentication Service ${title}</title>`,
      '<code id="requestId">01JDF7-9K3M</code>',
    )
    lacks(html, '<form')
  }
  has(page('error-401'), '<p>You do not have permission to view this page.</p>', 'href="/cas/login">Login Again')
  has(page('error-500'), 'id="errorMsg"')
})

test('a status that nobody wrote a page for has one all the same', () => {
  for (const status of [402, 414, 418, 502, 504, 599]) {
    has(views.render({ id: 'error/casErrorView', props: { status } }, context).html, `Error - ${status}`)
  }
})

test('the page of a throttled login says until when', () => {
  const html = page('throttled')
  has(html, "<p>You've entered the wrong password for the user too many times. You've been throttled.</p>")
  has(html, '<time datetime="2026-11-24T17:26:00.000Z" data-form="clock">17:26 UTC</time>')
  has(page('throttled-for-ever'), 'Wait a few minutes')
  const never: View = { id: 'error/casThrottledView', props: { status: 423, retryAtMs: 1e300 } }
  lacks(views.render(never, context).html, '<time')
})

test('the logout pages have their ids', () => {
  has(page('logout'), '<h2>Logout successful</h2>', '<p id="logoutMessage">You have successfully logged out')
  has(page('logout-onward'), 'id="logoutRedirectButton"', 'href="https://www.example.org/"')
  const confirm = page('logout-confirm')
  has(
    confirm,
    '<h2>Do you, <bdi>student1</bdi>, want to log out completely?</h2>',
    'id="divServices"',
    '<table id="servicesTable"',
    'library.example.org',
  )
  has(
    confirm,
    '<form id="fm1" name="fm1" method="post" action="logout">',
    'name="LogoutRequestConfirmed" value="true"',
    'name="_eventId" value="success"',
  )
  has(confirm, 'id="logoutButton"')
})

test('a ticket is handed over by one form that sends itself', () => {
  const view: View = {
    id: 'protocol/casPostResponseView',
    props: { url: 'https://app.example.org/cb?x=1&y=2', fields: [{ name: 'ticket', value: 'ST-1-abc' }] },
  }
  const { html } = views.render(view, context)
  has(
    html,
    'name="acsForm" method="post" action="https://app.example.org/cb?x=1&amp;y=2"',
    '<input type="hidden" name="ticket" value="ST-1-abc">',
  )
  has(html, '<noscript>', '<script nonce="n0nce">document.forms[0].submit()</script>')
  assert.equal(html.match(/<form/g)?.length, 1)
  for (const url of ['javascript:alert(1)', 'myapp://cb', '']) {
    assert.throws(() => views.render({ ...view, props: { ...view.props, url } } as View, context), TypeError)
  }
})

test('German and French pages say what clients of CAS wait for', () => {
  has(page('login', 'de'), '<html lang="de" dir="ltr">', '>Anmelden</button>')
  has(page('signed-in', 'de'), '<h2>Anmeldung erfolgreich</h2>')
  has(page('login', 'fr'), '<html lang="fr" dir="ltr">', '>Se connecter</button>')
  has(page('login', 'ar'), '<html lang="ar" dir="rtl">')
})

test('links of the language menu keep the query and never leave this server', () => {
  has(page('login'), 'href="/cas/login?service=https%3A%2F%2Frecords.example.org%2F&amp;locale=de" lang="de" hreflang="de"')
  const at = (here: string) => views.render(samples['login'] as View, { ...context, here }).html
  has(at('/cas/logout'), 'href="/cas/logout?locale=de"')
  for (const here of ['//evil.example/', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', ''])
    has(at(here), '<a href="?locale=de"')
  has(at('/cas/login?a="><script>'), 'href="/cas/login?a=&quot;&gt;&lt;script&gt;&amp;locale=de"')
})

test('a JSON caller gets the same props with texts', () => {
  const answer = views.json(samples['login-failed'] as View, context)
  assert.equal(answer['view'], 'login/casLoginView')
  assert.equal(answer['title'], 'Login')
  const props = answer['props'] as typeof loginProps & { readonly errors: readonly { readonly text: string }[] }
  assert.equal(props.execution, loginProps.execution)
  assert.match(props.errors[0]?.text ?? '', /^Authentication attempt has failed/)
  const state = views.json(samples['password-expired'] as View, context)
  assert.deepEqual(state['texts'], {
    heading: 'Hello, student1. Your password has expired.',
    message: 'Your account is fine. It opens again as soon as you have a new password.',
  })
  JSON.stringify(answer)
})

test('the login page and all that it loads stay below 50 KB', async () => {
  let bytes = Buffer.byteLength(page('login'))
  for (const path of ['/css/castellan.css', '/js/castellan.js', '/images/logo.svg', '/favicon.svg']) {
    const route = views.staticRoutes().find((one) => one.path === path)
    assert.ok(route, path)
    const call = { req: { header: () => undefined, query: () => undefined }, get: () => undefined }
    bytes += (await (await route.handle(call as never)).arrayBuffer()).byteLength
  }
  assert.ok(bytes < 50_000, `${bytes} bytes`)
})
