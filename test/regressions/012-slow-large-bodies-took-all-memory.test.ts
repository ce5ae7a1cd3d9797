import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { eventually, startCastellan } from '../support/castellan.ts'

/** Each of the 8,192 connections could keep two megabytes in memory for a minute without finishing its request. */
test('large bodies that do not end share a bounded memory, and logins go on beside them', async () => {
  await using cas = await startCastellan({ properties: { 'cas.authn.accept.users': 'student1::pw' } })
  const { hostname, port } = new URL(cas.url)
  const piece = Buffer.alloc(1_900_000, 'x')
  const head = `POST /cas/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1999999\r\n\r\n`
  let refused = 0
  const sockets = Array.from({ length: 60 }, (): Socket => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(head)
      socket.write(piece)
    })
    socket.on('error', () => {})
    socket.on('data', (data) => {
      if (data.toString('latin1').startsWith('HTTP/1.1 503')) refused++
    })
    return socket
  })
  try {
    await eventually('more than 64 MB are refused', () => refused >= 20 || undefined, 10_000)
    const browser = new BrowserClient()
    assert.equal((await browser.login(cas.url, 'student1', 'pw')).status, 200)
    assert.ok(browser.cookie('TGC'))
  } finally {
    for (const socket of sockets) socket.destroy()
  }
  await eventually('there is room again', async () => {
    const large = await new BrowserClient().post(loginUrl(cas.url), { a: 'x'.repeat(1_900_000) })
    return large.status === 200 || undefined
  })
})
