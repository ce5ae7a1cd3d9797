import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BrowserClient, type Page } from '../../support/browser-client.ts'
import { eventually } from '../../support/castellan.ts'
import { authorizeUrl, codeFor, exchange, type Fields, follow, inRedirect, oauthClient, profile, redirectOf } from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

const ISS = 'https://cas.example.org:8443/cas'
const access = (more: object) => ({
  accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', ...more },
})
const staffOnly = { requiredAttributes: { '@class': 'java.util.HashMap', affiliation: ['java.util.HashSet', ['staff']] } }
let world: OAuthWorld

before(async () => {
  world = await openOAuth({
    services: {
      'Shop-1.json': oauthClient(1, 'shop', { supportedResponseTypes: ['java.util.HashSet', ['code']] }),
      'Spa-2.json': oauthClient(2, 'spa', { clientSecret: '' }),
      'Asks-3.json': oauthClient(3, 'asks', { bypassApprovalPrompt: false, description: 'It asks.' }),
      'Legacy-4.json': oauthClient(4, 'legacy'),
      'Form-5.json': oauthClient(5, 'form', { responseMode: 'form_post' }),
      'Off-6.json': oauthClient(6, 'off', access({ enabled: false })),
      'Staff-7.json': oauthClient(7, 'staff', access(staffOnly)),
      'Native-8.json': oauthClient(8, 'native', { serviceId: '^com\\.example\\.app:/back$' }),
      'Scoped-9.json': oauthClient(9, 'scoped', { scopes: ['java.util.HashSet', ['orders.read', 'profile']] }),
      'Alone-10.json': oauthClient(10, 'alone', access({ ssoEnabled: false })),
      'Quiet-11.json': oauthClient(11, 'quiet', {
        properties: {
          '@class': 'java.util.HashMap',
          oauthIssInResponse: {
            '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty',
            values: ['java.util.HashSet', ['false']],
          },
        },
      }),
      'Cas-12.json': {
        '@class': 'org.apereo.cas.services.CasRegisteredService',
        serviceId: '^https://portal\\.example\\.org/.*',
        name: 'Portal',
        id: 12,
      },
    },
  })
})
after(() => world?.[Symbol.asyncDispose]())

const signedIn = async (name = 'ada') => {
  const browser = new BrowserClient()
  await browser.login(world.url, name, 'pw')
  return browser
}
const ask = (browser: BrowserClient, clientId: string, more: Fields = {}) => browser.get(authorizeUrl(world.url, clientId, more))
const hidden = (page: Page, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body)?.[1] ?? ''
const approve = (browser: BrowserClient, page: Page, decision: Fields) =>
  browser.post(`${world.url}/oauth2.0/authorize`, { transaction: hidden(page, 'transaction'), csrf: hidden(page, 'csrf'), ...decision })

describe('the way to a code', () => {
  test('without parameters there is a page that says no, and no redirect [S3-1]', async () => {
    const page = await new BrowserClient().get(`${world.url}/oauth2.0/authorize`)
    assert.equal(page.status, 401)
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
    assert.equal(page.location, undefined)
  })

  test('it begins at the login, with this server as the service, and ends with a code at the client [S3-2, S3-5, L3, AU4]', async () => {
    const browser = new BrowserClient()
    const first = await ask(browser, 'legacy', { state: 'x=1', nonce: 'n 1' })
    const login = new URL(first.location ?? '')
    assert.equal(login.origin + login.pathname, `${ISS}/login`)
    const service = new URL(login.searchParams.get('service') ?? '')
    assert.equal(service.origin + service.pathname, `${ISS}/oauth2.0/callbackAuthorize`)
    assert.deepEqual(
      [...service.searchParams.keys()],
      ['client_id', 'redirect_uri', 'response_type', 'state', 'nonce', 'txn', 'client_name'],
    )
    assert.equal(service.searchParams.get('client_name'), 'CasOAuthClient')
    assert.match(first.setCookies.join(), /^OATX_\w{8}=[\w-]+; Max-Age=900; Path=\/cas\/oauth2\.0; SameSite=Lax; Secure; HttpOnly$/)
    const last = await follow(world.url, browser, authorizeUrl(world.url, 'legacy', { state: 'x=1', nonce: 'n 1' }))
    assert.match(last.location ?? '', /^https:\/\/legacy\.example\.org\/cb\?code=OC-[\w-]+&state=x%3D1&nonce=n\+1&iss=https%3A%2F%2F/)
    assert.equal(inRedirect(last, 'iss'), ISS)
    for (const header of ['cache-control', 'referrer-policy', 'x-frame-options']) {
      assert.match(last.headers.get(header) ?? '', /no-store|no-referrer|DENY/, header)
    }
  })

  test('the login page shows the client, not this server', async () => {
    const browser = new BrowserClient()
    const page = await browser.get((await ask(browser, 'legacy')).location?.replace(ISS, world.url) ?? '')
    assert.match(page.body, /Client legacy/)
  })

  test('one SSO session serves all protocols: after a login for CAS no form comes for OAuth, and after one for OAuth none for CAS [P6]', async () => {
    const browser = await signedIn()
    assert.ok(inRedirect(await ask(browser, 'legacy'), 'code'))
    const other = new BrowserClient()
    await codeFor(world.url, 'legacy', {}, other)
    const cas = await other.get(`${world.url}/login?service=${encodeURIComponent('https://portal.example.org/')}`)
    assert.match(cas.location ?? '', /^https:\/\/portal\.example\.org\/\?ticket=ST-/)
  })

  test('a definition without single sign-on is logged in for each time, and does not go round in circles', async () => {
    const browser = await signedIn()
    assert.match((await ask(browser, 'alone')).location ?? '', /\/login\?service=/)
    assert.ok(inRedirect(await follow(world.url, browser, authorizeUrl(world.url, 'alone')), 'code'))
  })

  test('a client that is dropped into the folder works at once [S3-11]', async () => {
    await using own = await openOAuth({ properties: { 'cas.service-registry.json.watcher-enabled': true } })
    const definition = {
      '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
      clientId: 'hello',
      clientSecret: 'secret of hello',
      bypassApprovalPrompt: true,
      generateRefreshToken: false,
      serviceId: '^(https|imaps)://hello.*',
      name: 'HelloService',
      id: 10,
    }
    assert.equal((await new BrowserClient().get(authorizeUrl(own.url, 'hello'))).status, 401)
    await writeFile(join(own.directory, 'services', 'HelloService-10.json'), JSON.stringify(definition))
    await eventually('the client is known', async () => {
      const page = await new BrowserClient().get(authorizeUrl(own.url, 'hello'))
      return page.status === 302 ? page : undefined
    })
    const answer = await exchange(own.url, 'hello', await codeFor(own.url, 'hello'))
    assert.equal(answer.status, 200)
    assert.equal('refresh_token' in answer.json, false)
  })

  test('OAuth can be switched off as a feature', async () => {
    await using own = await openOAuth({ properties: { 'CasFeatureModule.OAuth.enabled': false } })
    assert.equal((await new BrowserClient().get(`${own.url}/oauth2.0/authorize`)).status, 404)
  })

  test('a request may be posted, with more than a cookie holds', async () => {
    const browser = new BrowserClient()
    const state = 'long'.repeat(900)
    const first = await browser.post(`${world.url}/oauth2.0/authorize`, {
      response_type: 'code',
      client_id: 'legacy',
      redirect_uri: redirectOf('legacy'),
      state,
      other: 'x'.repeat(3000),
    })
    assert.equal(first.status, 302)
    const last = await follow(world.url, browser, first.location?.replace(ISS, world.url) ?? '')
    assert.equal(inRedirect(last, 'state'), state)
  })

  test('no more than five requests wait in one browser', async () => {
    const browser = new BrowserClient()
    for (let index = 0; index < 8; index++) {
      await ask(browser, 'legacy', { state: String(index) })
      world.after(1)
    }
    const page = await ask(browser, 'legacy', { state: 'last' })
    assert.equal(page.setCookies.filter((line) => line.includes('Max-Age=0')).length, 1)
  })
})

describe('ways of the answer', () => {
  test('a token comes in the fragment, with its type and life, and nothing in the query [S3-7]', async () => {
    const page = await ask(await signedIn(), 'legacy', { response_type: 'token', state: 'a%b={}"' })
    const url = new URL(page.location ?? '')
    assert.equal(url.search, '')
    const fields = new URLSearchParams(url.hash.slice(1))
    assert.deepEqual([...fields.keys()], ['access_token', 'token_type', 'expires_in', 'state', 'iss'])
    assert.match(fields.get('access_token') ?? '', /^AT-/)
    assert.equal(fields.get('token_type'), 'Bearer')
    assert.equal(fields.get('expires_in'), '28800')
    assert.equal(fields.get('state'), 'a%b={}"')
    assert.equal((await profile(world.url, fields.get('access_token'))).json['id'], 'ada')
  })

  test('the mode of the request counts before that of the definition', async () => {
    const browser = await signedIn()
    const posted = await ask(browser, 'legacy', { response_mode: 'form_post', state: '<"&' })
    assert.equal(posted.status, 200)
    assert.match(posted.body, /<form[^>]+method="post" action="https:\/\/legacy\.example\.org\/cb"/)
    assert.match(posted.body, /name="code" value="OC-/)
    assert.match(posted.body, /name="state" value="&lt;&quot;&amp;"/)
    assert.match(posted.body, /<noscript>[\s\S]*<button type="submit"/)
    assert.match((await ask(browser, 'form')).body, /name="code" value="OC-/)
    assert.match((await ask(browser, 'form', { response_mode: 'query' })).location ?? '', /\?code=/)
    assert.match((await ask(browser, 'legacy', { response_mode: 'fragment' })).location ?? '', /#code=/)
  })

  test('the query of the address is kept, a blank state is left out, iss can be left out too', async () => {
    const browser = await signedIn()
    const page = await ask(browser, 'quiet', { redirect_uri: `${redirectOf('quiet')}?lang=de`, state: '' })
    assert.match(page.location ?? '', /^https:\/\/quiet\.example\.org\/cb\?lang=de&code=OC-[\w-]+$/)
    await using own = await openOAuth({
      services: { 'Shop-1.json': oauthClient(1, 'shop') },
      properties: { 'castellan.oauth.iss-in-response': false },
    })
    assert.equal(inRedirect(await follow(own.url, new BrowserClient(), authorizeUrl(own.url, 'shop')), 'iss'), undefined)
  })

  test('an application on the device gets its answer by its own scheme', async () => {
    const page = await ask(await signedIn(), 'native', { redirect_uri: 'com.example.app:/back', response_mode: 'form_post' })
    assert.match(page.location ?? '', /^com\.example\.app:\/back#code=OC-/)
  })
})

describe('requests that are refused', () => {
  const rows: readonly (readonly [title: string, clientId: string, fields: Fields])[] = [
    ['an unknown client', 'nobody', {}],
    ['a client that is disabled', 'off', {}],
    ['an address that the definition does not take', 'legacy', { redirect_uri: 'https://evil.example.org/cb' }],
    ['no address', 'legacy', { redirect_uri: '' }],
    ['a fragment', 'legacy', { redirect_uri: `${redirectOf('legacy')}#x` }],
    ['javascript:', 'legacy', { redirect_uri: 'javascript:alert(1)' }],
    ['a line break', 'legacy', { redirect_uri: `${redirectOf('legacy')}?a\r\nSet-Cookie:x` }],
    ['a backslash', 'legacy', { redirect_uri: 'https://legacy.example.org\\@evil.example/cb' }],
    ['a user in the address', 'legacy', { redirect_uri: 'https://legacy.example.org@evil.example/cb' }],
    ['a code in the address already', 'legacy', { redirect_uri: `${redirectOf('legacy')}?code=1` }],
  ]
  for (const [title, clientId, fields] of rows) {
    test(`a page and no redirect: ${title}`, async () => {
      const page = await ask(await signedIn(), clientId, fields)
      assert.deepEqual([page.status, page.location], [401, undefined])
    })
  }

  test('two clients or two addresses are nobody', async () => {
    for (const more of ['client_id=shop', 'redirect_uri=https%3A%2F%2Fshop.example.org%2Fcb']) {
      const page = await new BrowserClient().get(`${authorizeUrl(world.url, 'legacy')}&${more}`)
      assert.deepEqual([page.status, page.location], [401, undefined])
    }
  })

  const told: readonly (readonly [title: string, clientId: string, fields: Fields, error: string, description?: string])[] = [
    ['no response type', 'legacy', { response_type: '' }, 'unsupported_response_type', 'Missing required parameter: [response_type]'],
    ['an unknown response type', 'legacy', { response_type: 'id_token' }, 'unsupported_response_type'],
    [
      'a type not allowed',
      'shop',
      { response_type: 'token' },
      'unauthorized_client',
      'Client is not allowed to use the [token] response type',
    ],
    ['an unknown prompt', 'legacy', { prompt: 'sing' }, 'invalid_request', 'Unsupported prompt parameter value'],
    ['prompt none with another', 'legacy', { prompt: 'none login' }, 'invalid_request'],
    ['an unknown mode', 'legacy', { response_mode: 'pigeon' }, 'invalid_request'],
    ['a token in the query', 'legacy', { response_type: 'token', response_mode: 'query' }, 'invalid_request'],
    ['a request object', 'legacy', { request: 'eyJ' }, 'request_not_supported'],
    ['a public client without PKCE', 'spa', {}, 'invalid_request', 'code_challenge required'],
    ['an unknown PKCE method', 'spa', { code_challenge: 'a'.repeat(43), code_challenge_method: 's256' }, 'invalid_request'],
    ['a short challenge', 'spa', { code_challenge: 'a'.repeat(42) }, 'invalid_request'],
    ['scopes that nobody may have', 'scoped', { scope: 'admin' }, 'invalid_scope'],
    ['a scope with a quote', 'legacy', { scope: 'a"b' }, 'invalid_scope'],
    ['an age that is no number', 'legacy', { max_age: 'soon' }, 'invalid_request'],
  ]
  for (const [title, clientId, fields, error, description] of told) {
    test(`the client is told: ${title}`, async () => {
      const page = await ask(new BrowserClient(), clientId, { state: 's 1', ...fields })
      assert.equal(page.status, 302)
      const part = fields['response_type'] === 'token' ? 'fragment' : 'query'
      assert.equal(inRedirect(page, 'error', part), error)
      assert.equal(inRedirect(page, 'state', part), 's 1')
      assert.equal(inRedirect(page, 'iss', part), ISS)
      if (description) assert.equal(inRedirect(page, 'error_description', part), description)
      assert.match(page.location ?? '', /error=\w+&error_description=[^&]+&state=/)
    })
  }

  test('errors go the way of the answer: by a form where that is the mode', async () => {
    const page = await ask(new BrowserClient(), 'form', { response_type: 'nothing', state: 's' })
    assert.match(page.body, /name="error" value="unsupported_response_type"/)
  })

  test('a parameter with two values is an invalid request', async () => {
    const page = await new BrowserClient().get(`${authorizeUrl(world.url, 'legacy', { scope: 'a' })}&scope=b`)
    assert.equal(inRedirect(page, 'error'), 'invalid_request')
  })

  test('a user whom the definition does not want gets a page, 403', async () => {
    const page = await ask(await signedIn(), 'staff')
    assert.deepEqual([page.status, page.location], [403, undefined])
  })
})

describe('prompt and age', () => {
  test('none asks nobody: login_required without a session, consent_required before an approval, else a code', async () => {
    assert.equal(inRedirect(await ask(new BrowserClient(), 'legacy', { prompt: 'none' }), 'error'), 'login_required')
    const browser = await signedIn()
    assert.ok(inRedirect(await ask(browser, 'legacy', { prompt: 'none' }), 'code'))
    assert.equal(inRedirect(await ask(browser, 'asks', { prompt: 'none' }), 'error'), 'consent_required')
  })

  test('login asks for the password although there is a session, and then goes on', async () => {
    const browser = await signedIn()
    const first = await ask(browser, 'legacy', { prompt: 'login' })
    assert.match(first.location ?? '', /\/login\?service=.*&renew=true$/)
    world.after(1)
    assert.ok(inRedirect(await follow(world.url, browser, authorizeUrl(world.url, 'legacy', { prompt: 'login' })), 'code'))
  })

  test('a login that is too old is done again', async () => {
    const browser = await signedIn()
    world.after(61)
    assert.ok(inRedirect(await ask(browser, 'legacy', { max_age: '62' }), 'code'))
    assert.match((await ask(browser, 'legacy', { max_age: '60' })).location ?? '', /\/login\?/)
    assert.equal(inRedirect(await ask(browser, 'legacy', { max_age: '60', prompt: 'none' }), 'error'), 'login_required')
    assert.ok(inRedirect(await follow(world.url, browser, authorizeUrl(world.url, 'legacy', { max_age: '60' })), 'code'))
  })
})

describe('approval', () => {
  test('a definition that does not bypass it shows a page with #allow between login and redirect [S3-12, L4]', async () => {
    const browser = new BrowserClient()
    const page = await follow(world.url, browser, authorizeUrl(world.url, 'asks', { scope: 'profile' }))
    assert.equal(page.status, 200)
    for (const part of [
      /<h2>Authorization<\/h2>/,
      /id="allow" name="allow"/,
      /id="deny"/,
      /Client asks/,
      /It asks\./,
      /<li id="profile">/,
      /asks\.example\.org/,
    ]) {
      assert.match(page.body, part)
    }
    assert.equal(page.headers.get('cache-control'), 'no-store')
    const allowed = await approve(browser, page, { allow: 'true' })
    assert.match(inRedirect(allowed, 'code') ?? '', /^OC-/)
  })

  test('it is remembered for the session; a new scope, prompt=consent and a new session ask again', async () => {
    const browser = await signedIn()
    await approve(browser, await ask(browser, 'asks', { scope: 'profile' }), { allow: 'true' })
    assert.ok(inRedirect(await ask(browser, 'asks', { scope: 'profile' }), 'code'))
    assert.ok(inRedirect(await ask(browser, 'asks'), 'code'))
    assert.equal((await ask(browser, 'asks', { scope: 'profile email' })).status, 200)
    assert.equal((await ask(browser, 'asks', { prompt: 'consent' })).status, 200)
    assert.equal((await ask(await signedIn(), 'asks')).status, 200)
  })

  for (const more of [
    { properties: { 'cas.authn.oauth.core.bypass-approval-prompt': true } },
    { env: { CAS_AUTHN_OAUTH_CORE_BYPASSAPPROVALPROMPT: 'true' } },
  ]) {
    test(`the settings can switch it off for everybody, by ${Object.keys(more)}`, async () => {
      await using own = await openOAuth({ services: { 'Asks-1.json': oauthClient(1, 'asks', { bypassApprovalPrompt: false }) }, ...more })
      assert.ok(await codeFor(own.url, 'asks'))
    })
  }

  test('denied: the client is told, and asked again the next time', async () => {
    const browser = await signedIn('grace')
    const denied = await approve(browser, await ask(browser, 'asks', { state: 's' }), { deny: 'true' })
    assert.deepEqual([inRedirect(denied, 'error'), inRedirect(denied, 'state')], ['access_denied', 's'])
    assert.equal((await ask(browser, 'asks')).status, 200)
  })

  test('the parameter of CAS does not skip the page, except with the handle of a page that was shown', async () => {
    const browser = await signedIn()
    const page = await ask(browser, 'asks', { bypass_approval_prompt: 'true' })
    assert.equal(page.status, 200)
    const handle = hidden(page, 'transaction')
    assert.equal((await ask(browser, 'asks', { bypass_approval_prompt: 'true', txn: 'x'.repeat(32) })).status, 200)
    assert.equal((await ask(await signedIn(), 'asks', { bypass_approval_prompt: 'true', txn: handle })).status, 200)
    assert.ok(inRedirect(await ask(browser, 'asks', { bypass_approval_prompt: 'true', txn: handle }), 'code'))
  })

  test('a form that another page made up, or of another browser, approves nothing', async () => {
    const browser = await signedIn()
    const page = await ask(browser, 'asks')
    const other = await signedIn('grace')
    for (const answer of [
      await approve(browser, page, { allow: 'true', csrf: 'made up' }),
      await approve(browser, page, { allow: 'true', transaction: 'x'.repeat(32) }),
      await approve(other, page, { allow: 'true' }),
    ]) {
      assert.deepEqual([answer.status, answer.location], [401, undefined])
    }
    // The page itself is still good.
    assert.ok(inRedirect(await approve(browser, page, { allow: 'true' }), 'code'))
  })
})

describe('the way back from the login', () => {
  test('without a ticket: the page of a stale session, 401; with one that is none: 400', async () => {
    const browser = new BrowserClient()
    const first = await ask(browser, 'legacy')
    const service = (new URL(first.location ?? '').searchParams.get('service') ?? '').replace(ISS, world.url)
    for (const [address, status] of [
      [`${world.url}/oauth2.0/callbackAuthorize`, 401],
      [service, 401],
      [`${service}&ticket=ST-1-nobody`, 400],
      [`${service}&ticket=${'ST-1-'.padEnd(5000, 'x')}`, 400],
      [`${world.url}/oauth2.0/callbackAuthorize?ticket=ST-1-nobody&client_name=CasOAuthClient`, 400],
    ] as const) {
      const page = await browser.get(address)
      assert.equal(page.status, status)
      assert.match(page.body, /OAuth Authorization Error/)
    }
  })

  test('in another browser it does not go on: nobody can be logged in by a link', async () => {
    const attacker = new BrowserClient()
    const form = await attacker.get((await ask(attacker, 'legacy')).location?.replace(ISS, world.url) ?? '')
    const back = await attacker.submit(world.url, form, { username: 'ada', password: 'pw' })
    const link = back.location?.replace(ISS, world.url) ?? ''
    const victim = await new BrowserClient().get(link)
    assert.equal(victim.status, 401)
    assert.match(victim.body, /href="\/cas\/oauth2\.0\/authorize\?client_id=legacy/)
    assert.ok(inRedirect(await follow(world.url, attacker, link), 'code'))
  })

  test('the ticket counts for the request it was given for, once', async () => {
    const browser = new BrowserClient()
    const one = await ask(browser, 'legacy')
    const two = await ask(browser, 'shop')
    const form = await browser.get(one.location?.replace(ISS, world.url) ?? '')
    const back = await browser.submit(world.url, form, { username: 'ada', password: 'pw' })
    const ticket = new URL(back.location ?? '').searchParams.get('ticket')
    const other = (new URL(two.location ?? '').searchParams.get('service') ?? '').replace(ISS, world.url)
    assert.equal((await browser.get(`${other}&ticket=${ticket}`)).status, 400)
  })

  test('a login on a public workstation keeps no session, and the tokens live nevertheless', async () => {
    const browser = new BrowserClient()
    const form = await browser.get((await ask(browser, 'legacy')).location?.replace(ISS, world.url) ?? '')
    const back = await browser.submit(world.url, form, { username: 'ada', password: 'pw', publicWorkstation: 'true' })
    const page = await follow(world.url, browser, back.location?.replace(ISS, world.url) ?? '')
    assert.equal(browser.cookie('TGC'), undefined)
    const { access_token } = (await exchange(world.url, 'legacy', inRedirect(page, 'code') ?? '')).json
    world.after(3600)
    assert.equal((await profile(world.url, access_token)).json['id'], 'ada')
    assert.match((await ask(browser, 'legacy')).location ?? '', /\/login\?/)
  })
})
