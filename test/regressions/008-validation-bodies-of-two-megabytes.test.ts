import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { startCastellan } from '../support/castellan.ts'

/** The limit of 64 KiB (cas-protocol.md 1) was not set: a validation took bodies of two megabytes. */
test('a validation endpoint takes no body of more than 64 KiB', async () => {
  await using cas = await startCastellan()
  for (const path of ['/serviceValidate', '/proxyValidate', '/p3/serviceValidate', '/p3/proxyValidate']) {
    const post = (length: number) => new BrowserClient().post(`${cas.url}${path}`, { ticket: 'ST-1-x', service: 'x'.repeat(length) })
    assert.equal((await post(65_000)).status, 200, path)
    assert.equal((await post(70_000)).status, 413, path)
  }
})
