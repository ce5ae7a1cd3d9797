import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { type Castellan, definition, startCastellan, writeConfiguration } from '../support/castellan.ts'

const SERVICE = 'https://app.example.org/'
const key = () => randomBytes(64).toString('base64url')
/** Pairs of encryption and signing key of the cookie: the old one, and the one that takes its place. */
const OLD = [key(), key()] as const
const NEW = [key(), key()] as const

const isIn = async (browser: BrowserClient, { url }: Castellan) =>
  (await browser.get(loginUrl(url, { service: SERVICE }))).location?.startsWith(`${SERVICE}?ticket=ST-`) ?? false

test('keys of the cookie are exchanged without anybody being logged out, over three starts', async () => {
  const configDirectory = await writeConfiguration({
    properties: { 'cas.authn.accept.users': 'user1::password1,user2::password2', 'server.port': undefined },
    services: { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*') },
  })
  try {
    let port = '0'
    const start = async (...pairs: (readonly [string, string])[]) => {
      const of = (at: 0 | 1) => pairs.map((pair) => pair[at]).join(',')
      writeFileSync(
        join(configDirectory, 'standalone.properties'),
        `cas.tgc.crypto.encryption.key=${of(0)}\ncas.tgc.crypto.signing.key=${of(1)}\n`,
      )
      const server = await startCastellan({ configDirectory, args: [`--server.port=${port}`] })
      port = new URL(server.url).port
      return server
    }
    const [early, late, idle] = [new BrowserClient(), new BrowserClient(), new BrowserClient()]

    const first = await start(OLD)
    await early.login(first.url, 'user1', 'password1')
    await idle.login(first.url, 'user1', 'password1')
    assert.equal(await isIn(early, first), true)
    await first.stop()

    // State of an earlier version has no key of its own for ids of tickets.
    const kept = join(configDirectory, 'state/keys.json')
    const { 'castellan.ticket-registry.ids.key': ids, ...others } = JSON.parse(readFileSync(kept, 'utf8'))
    assert.match(ids, /^[\w-]{43}$/)
    writeFileSync(kept, JSON.stringify(others))
    const again = await start(OLD)
    assert.equal(await isIn(early, again), true)
    await again.stop()

    const both = await start(NEW, OLD)
    assert.equal(await isIn(early, both), true)
    await late.login(both.url, 'user2', 'password2')
    await both.stop()

    const onlyNew = await start(NEW)
    assert.equal(await isIn(late, onlyNew), true)
    // Its cookie was sealed anew while both keys counted; that of who never came back was not.
    assert.equal(await isIn(early, onlyNew), true)
    assert.equal(await isIn(idle, onlyNew), false)
    await onlyNew.stop()
  } finally {
    rmSync(configDirectory, { recursive: true, force: true })
  }
})

test('with the printed keys pasted into a file and the state directory emptied, sessions and begun logins go on', async () => {
  const configDirectory = await writeConfiguration({
    properties: {
      'cas.authn.accept.users': 'user1::password1,user2::password2',
      'castellan.config.print-generated-keys': true,
      'castellan.ticket-registry.embedded.path': '{dir}/tickets',
    },
    services: { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*') },
  })
  try {
    const [browser, begun] = [new BrowserClient(), new BrowserClient()]
    const first = await startCastellan({ configDirectory })
    await browser.login(first.url, 'user1', 'password1')
    const page = await begun.get(loginUrl(first.url, { service: SERVICE }))
    const { port } = new URL(first.url)
    assert.equal(await first.stop(), 0)
    const printed = first.logs().flatMap(({ msg }) => (/^[a-z][a-z.-]+=[\w+/=-]+$/.test(msg) ? [msg] : []))
    // One pair for each block in use, and the key of the ids of tickets.
    assert.ok(printed.some((line) => line.startsWith('cas.tgc.crypto.signing.key=')))
    assert.ok(printed.some((line) => line.startsWith('castellan.ticket-registry.ids.key=')))

    rmSync(join(configDirectory, 'state'), { recursive: true })
    writeFileSync(join(configDirectory, 'standalone.properties'), `${printed.join('\n')}\nserver.port=${port}\n`)
    await using second = await startCastellan({ configDirectory })
    assert.equal(await isIn(browser, second), true)
    const done = await begun.submit(second.url, page, { username: 'user2', password: 'password2' })
    assert.match(done.location ?? '', /^https:\/\/app\.example\.org\/\?ticket=ST-/)
    assert.deepEqual(
      second.logs().filter(({ msg }) => msg.includes('generated key')),
      [],
    )
  } finally {
    rmSync(configDirectory, { recursive: true, force: true })
  }
})
