import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl, ticketOf, validate } from '../support/browser-client.ts'
import { type Castellan, definition, startCastellan, writeConfiguration } from '../support/castellan.ts'

/** Several processes on one store, and processes that die. */
const S = 'https://app.example.org/'
const configuration = () =>
  writeConfiguration({
    properties: {
      'cas.authn.accept.users': 'student1::pw',
      'cas.ticket.st.time-to-kill-in-seconds': 300,
      'castellan.ticket-registry.store': 'lmdb',
    },
    services: { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') },
  })

/** A browser in front of a balancer: one host, so one cookie jar, whichever process answers. */
async function processes(count: number, configDirectory: string): Promise<readonly Castellan[]> {
  // The first makes the keys that all of them use.
  const first = await startCastellan({ configDirectory })
  const others = await Promise.all(Array.from({ length: count - 1 }, () => startCastellan({ configDirectory })))
  return [first, ...others]
}

async function endAll(all: readonly Castellan[], configDirectory: string) {
  await Promise.all(all.map((one) => one[Symbol.asyncDispose]()))
  await rm(configDirectory, { recursive: true, force: true, maxRetries: 5 })
}

test('two processes take turns within one login: form, post, session and validation go on in the other one [L5, T9, N12]', async (context) => {
  const configDirectory = await configuration()
  const [one, two] = await processes(2, configDirectory)
  context.after(() =>
    endAll(
      [one, two].filter((cas) => cas !== undefined),
      configDirectory,
    ),
  )
  assert.ok(one && two)
  const browser = new BrowserClient()
  const form = await browser.get(loginUrl(one.url, { service: S }))
  const wrong = await browser.submit(two.url, form, { username: 'student1', password: 'wrong' })
  assert.equal(wrong.status, 401)
  const done = await browser.submit(one.url, wrong, { username: 'student1', password: 'pw' })
  assert.equal((await validate(two.url, S, ticketOf(done))).user, 'student1')
  const next = await browser.get(loginUrl(two.url, { service: S }))
  assert.equal((await validate(one.url, S, ticketOf(next))).user, 'student1')
  await browser.get(`${two.url}/logout`)
  const kept = new BrowserClient()
  await kept.login(one.url, 'student1', 'pw')
  assert.ok((await browser.get(loginUrl(one.url, { service: S }))).execution, 'the logout at one process counts at the other')
})

test('two hundred racers in four processes: a ticket is good exactly once', async (context) => {
  const configDirectory = await configuration()
  const all = await processes(4, configDirectory)
  context.after(() => endAll(all, configDirectory))
  const browser = new BrowserClient()
  const first = all[0]
  assert.ok(first)
  await browser.login(first.url, 'student1', 'pw')
  for (let round = 0; round < 5; round++) {
    const ticket = ticketOf(await browser.get(loginUrl(first.url, { service: S })))
    const answers = await Promise.all(Array.from({ length: 200 }, (_, number) => validate(all[number % all.length]?.url ?? '', S, ticket)))
    assert.equal(answers.filter((answer) => answer.user === 'student1').length, 1)
    assert.equal(answers.filter((answer) => answer.code === 'INVALID_TICKET').length, 199)
  }
})

test('after kill -9 no acknowledged ticket is lost and no spent one lives again', async (context) => {
  const configDirectory = await configuration()
  context.after(() => rm(configDirectory, { recursive: true, force: true, maxRetries: 5 }))
  const browser = new BrowserClient()
  const outstanding: string[] = []
  const spent: string[] = []
  {
    await using cas = await startCastellan({ configDirectory })
    await browser.login(cas.url, 'student1', 'pw')
    const visits = Array.from({ length: 40 }, async (_, number) => {
      const ticket = ticketOf(await browser.get(loginUrl(cas.url, { service: S })))
      if (number % 2 === 0) return void outstanding.push(ticket)
      if ((await validate(cas.url, S, ticket)).user === 'student1') spent.push(ticket)
    })
    await Promise.all(visits)
    assert.equal(outstanding.length, 20)
    assert.equal(spent.length, 20)
    await cas.kill()
  }
  await using again = await startCastellan({ configDirectory })
  for (const ticket of spent) assert.equal((await validate(again.url, S, ticket)).code, 'INVALID_TICKET')
  for (const ticket of outstanding) assert.equal((await validate(again.url, S, ticket)).user, 'student1')
  assert.ok(ticketOf(await browser.get(loginUrl(again.url, { service: S }))), 'the session lives on')
})

test('a login that was begun before a restart goes on after it', async (context) => {
  const configDirectory = await configuration()
  context.after(() => rm(configDirectory, { recursive: true, force: true, maxRetries: 5 }))
  const browser = new BrowserClient()
  let form: Awaited<ReturnType<BrowserClient['get']>>
  {
    await using before = await startCastellan({ configDirectory })
    form = await browser.get(loginUrl(before.url, { service: S }))
    assert.equal(await before.stop(), 0)
  }
  await using after = await startCastellan({ configDirectory })
  const done = await browser.submit(after.url, form, { username: 'student1', password: 'pw' })
  assert.ok(done.location?.startsWith(`${S}?ticket=ST-`))
})

test('after a change of the keys an old form leads to a new one, and an old cookie to the form', async (context) => {
  const configDirectory = await configuration()
  context.after(() => rm(configDirectory, { recursive: true, force: true, maxRetries: 5 }))
  const browser = new BrowserClient()
  const visitor = new BrowserClient()
  let form: Awaited<ReturnType<BrowserClient['get']>>
  {
    await using before = await startCastellan({ configDirectory })
    form = await browser.get(loginUrl(before.url, { service: S }))
    await visitor.login(before.url, 'student1', 'pw')
    // All keys but the one under which tickets are stored: without that the store is refused.
    const kept = join(before.stateDirectory, 'keys.json')
    const ids = 'castellan.ticket-registry.ids.key'
    await writeFile(kept, JSON.stringify({ [ids]: JSON.parse(await readFile(kept, 'utf8'))[ids] }))
    await before.stop()
  }
  await using after = await startCastellan({ configDirectory })
  const page = await browser.submit(after.url, form, { username: 'student1', password: 'pw' })
  assert.equal(page.status, 302)
  assert.doesNotMatch(page.location ?? '', /ticket=/)
  assert.ok((await visitor.get(loginUrl(after.url, { service: S }))).execution)
})
