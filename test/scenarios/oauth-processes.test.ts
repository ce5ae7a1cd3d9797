import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { open } from 'lmdb'
import { BrowserClient, type Page } from '../support/browser-client.ts'
import { type Castellan, startCastellan, writeConfiguration } from '../support/castellan.ts'
import { authorizeUrl, codeFor, exchange, oauthClient, postForm, profile, refresh, SERVER_HOST } from '../support/oauth.ts'

/** OAuth over several processes on one store: no affinity, and one winner where there can be only one. */
const configuration = () =>
  writeConfiguration({
    properties: {
      'cas.authn.accept.users': 'ada::pw',
      'castellan.ticket-registry.store': 'lmdb',
      'cas.authn.oauth.code.time-to-kill-in-seconds': 120,
      'cas.ticket.st.time-to-kill-in-seconds': 120,
      'cas.authn.oauth.code.storage-name': 'shopCodes',
      'cas.authn.oauth.access-token.storage-name': 'shopAccessTokens',
      'cas.authn.oauth.refresh-token.storage-name': 'shopRefreshTokens',
      'cas.authn.oauth.device-token.storage-name': 'shopDevices',
      'cas.authn.oauth.device-user-code.storage-name': 'shopUserCodes',
    },
    services: {
      'Shop-1.json': oauthClient(1, 'shop', { generateRefreshToken: true, renewRefreshToken: true, bypassApprovalPrompt: false }),
      'Quick-2.json': oauthClient(2, 'quick', { generateRefreshToken: true, renewRefreshToken: true }),
    },
  })

const CONTAINERS = ['shopCodes', 'shopAccessTokens', 'shopRefreshTokens', 'shopDevices', 'shopUserCodes', 'oauthCodesCache']

async function endAll(all: readonly Castellan[], configDirectory: string) {
  await Promise.all(all.map((one) => one[Symbol.asyncDispose]()))
  await rm(configDirectory, { recursive: true, force: true, maxRetries: 5 })
}

const hidden = (page: Page, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body)?.[1] ?? ''

/** The way from the client to the code and on to a second access token, each hop at the process that `next` names. */
async function wholeWay(next: () => Promise<string>): Promise<string> {
  const browser = new BrowserClient()
  const at = async (path: string) => (await next()) + path.slice('/cas'.length)
  const onward = async (page: Page) => {
    const url = new URL(page.location ?? '')
    assert.equal(url.host, SERVER_HOST, page.location)
    return browser.get(await at(url.pathname + url.search))
  }
  const request = new URL(authorizeUrl(`https://${SERVER_HOST}/cas`, 'shop', { scope: 'read', state: 's' }))
  const toLogin = await browser.get(await at(request.pathname + request.search))
  const form = await onward(toLogin)
  const back = await browser.post(await at('/cas/login'), {
    execution: form.execution,
    _eventId: 'submit',
    username: 'ada',
    password: 'pw',
  })
  const toAuthorize = await onward(back)
  const approval = await onward(toAuthorize)
  assert.match(approval.body, /id="allow"/)
  const fields = { transaction: hidden(approval, 'transaction'), csrf: hidden(approval, 'csrf'), allow: 'true' }
  const done = await browser.post(await at('/cas/oauth2.0/authorize'), fields)
  const code = new URL(done.location ?? '').searchParams.get('code')
  assert.ok(code, done.location)
  const first = (await exchange(await next(), 'shop', code)).json
  assert.equal((await profile(await next(), first['access_token'])).json['id'], 'ada')
  const second = await refresh(await next(), 'shop', first['refresh_token'])
  assert.equal(second.status, 200)
  assert.equal((await profile(await next(), second.json['access_token'])).json['service'], 'shop')
  // No cookie but those of session, login and pending request.
  assert.deepEqual([...new Set(browser.cookieNames().map((name) => name.replace(/_.*/, '')))].sort(), ['CASFLOW', 'TGC'])
  return String(second.json['access_token'])
}

test('two processes that answer in turn, each killed and started anew before each of its hops [S3-16, CF23, P8, AU8]', async (context) => {
  const configDirectory = await configuration()
  const slots: Castellan[] = [await startCastellan({ configDirectory })]
  slots.push(await startCastellan({ configDirectory }))
  context.after(() => endAll(slots, configDirectory))
  let hop = 0
  await wholeWay(async () => {
    const slot = hop++ % 2
    await slots[slot]?.kill()
    const fresh = await startCastellan({ configDirectory })
    slots[slot] = fresh
    return fresh.url
  })
})

test('codes, refresh tokens and device codes that are used at once in two processes have one winner', async (context) => {
  const configDirectory = await configuration()
  const one = await startCastellan({ configDirectory })
  const two = await startCastellan({ configDirectory })
  context.after(() => endAll([one, two], configDirectory))
  const url = (index: number) => (index % 2 === 0 ? one.url : two.url)
  const browser = new BrowserClient()
  await browser.login(one.url, 'ada', 'pw')
  const race = async (ask: (server: string) => Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }>) => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(url(index))))
    const winners = answers.filter(({ status }) => status === 200)
    assert.equal(winners.length, 1)
    return winners[0]?.json ?? {}
  }
  for (let round = 0; round < 5; round++) {
    const code = await codeFor(url(round), 'quick', {}, browser)
    const tokens = await race((server) => exchange(server, 'quick', code))
    assert.equal((await profile(url(round + 1), tokens['access_token'])).status, 200)
    await race((server) => refresh(server, 'quick', tokens['refresh_token']))
  }
  const TYPE = 'urn:ietf:params:oauth:grant-type:device_code'
  const device = (await postForm(`${one.url}/oauth2.0/device_authorization`, { client_id: 'quick' })).json
  const page = await browser.get(`${two.url}/oauth2.0/device`)
  const confirm = await browser.post(`${one.url}/oauth2.0/device`, { csrf: hidden(page, 'csrf'), usercode: String(device['user_code']) })
  await browser.post(`${two.url}/oauth2.0/device`, { csrf: hidden(confirm, 'csrf'), usercode: String(device['user_code']), allow: 'true' })
  await race((server) =>
    postForm(`${server}/oauth2.0/token`, { grant_type: TYPE, client_id: 'quick', device_code: String(device['device_code']) }),
  )
})

test('a refresh token that was rotated out in one process ends its family in the other; logout in one ends tokens in the other', async (context) => {
  const configDirectory = await configuration()
  const one = await startCastellan({ configDirectory })
  const two = await startCastellan({ configDirectory })
  context.after(() => endAll([one, two], configDirectory))
  const browser = new BrowserClient()
  const tokens = (await exchange(two.url, 'quick', await codeFor(one.url, 'quick', {}, browser))).json
  const rotated = (await refresh(one.url, 'quick', tokens['refresh_token'])).json
  assert.equal((await refresh(two.url, 'quick', tokens['refresh_token'])).status, 400)
  assert.equal((await profile(one.url, rotated['access_token'])).status, 401)
  assert.equal((await refresh(one.url, 'quick', rotated['refresh_token'])).status, 400)
  const next = (await exchange(one.url, 'quick', await codeFor(two.url, 'quick', {}, browser))).json
  await browser.get(`${one.url}/logout`)
  assert.equal((await profile(two.url, next['access_token'])).status, 401)
})

test('tokens lie in the containers that the settings name, and none of them can be read there [S2-3, S2-15, S2-18, S2-21]', async (context) => {
  const configDirectory = await configuration()
  const cas = await startCastellan({ configDirectory })
  context.after(() => endAll([cas], configDirectory))
  const tokens = (await exchange(cas.url, 'quick', await codeFor(cas.url, 'quick'))).json
  const code = await codeFor(cas.url, 'quick')
  const device = (await postForm(`${cas.url}/oauth2.0/device_authorization`, { client_id: 'quick' })).json
  await cas.stop()
  const stores = globSync(join(cas.stateDirectory, 'tickets', '**', 'data.mdb'))
  assert.ok(stores.length > 0)
  const most = new Map<string, number>()
  for (const file of stores) {
    const store = open({ path: dirname(file), maxDbs: 64, encoding: 'binary', keyEncoding: 'binary', readOnly: true })
    for (const name of CONTAINERS) {
      // A database that does not exist cannot be opened for reading.
      const rows = store.openDB<Buffer, Buffer>(name, { encoding: 'binary', keyEncoding: 'binary' })?.getKeysCount() ?? 0
      most.set(name, Math.max(rows, most.get(name) ?? 0))
    }
    await store.close()
    const bytes = readFileSync(file)
    for (const token of [tokens['access_token'], tokens['refresh_token'], code, device['device_code']]) {
      assert.equal(bytes.includes(String(token).split('-')[2] ?? ''), false)
    }
  }
  assert.deepEqual(Object.fromEntries(most), {
    shopCodes: 2,
    shopAccessTokens: 1,
    shopRefreshTokens: 1,
    shopDevices: 1,
    shopUserCodes: 1,
    oauthCodesCache: 0,
  })
})

test('a container that two kinds would share stops the start', async () => {
  const started = startCastellan({
    properties: { 'cas.authn.oauth.code.storage-name': 'tokens', 'cas.authn.oauth.device-token.storage-name': 'tokens' },
  })
  await assert.rejects(started, /cas\.authn\.oauth\.device-token\.storage-name (?:\(.*\) )?names a container/)
})
