import assert from 'node:assert/strict'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sealer } from '../../src/base/crypto.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { ticketGrantingCookie } from '../../src/sso/cookie.ts'
import { recordingLog, route, testApp } from '../http/http-parts.ts'
import { frozenClock, key, ssoSettings } from '../sso/sso-parts.ts'
import { eventually } from '../support/castellan.ts'
import { samples } from '../views/samples.ts'
import { context, openViews } from '../views/world.ts'

const DAY_MS = 86_400_000

/** After a correction of the clock by a day, changed messages were not read and a rejected cookie was not logged for a day. */
test('changed messages are read also after the clock was set back', async () => {
  const path = await mkdtemp(join(tmpdir(), 'castellan-messages-'))
  try {
    const file = join(path, 'custom_messages.properties')
    await writeFile(file, 'castellan.todo=One')
    const views = await openViews({ cas: { messageBundle: { cacheSeconds: 180 } } }, path)
    views.render(samples['error-404'] as never, { ...context, nowMs: DAY_MS })
    await writeFile(file, 'castellan.todo=Another')
    await utimes(file, 2_000_000_000, 2_000_000_000)
    views.render(samples['error-404'] as never, { ...context, nowMs: 0 })
    await eventually('the new text', () => views.text({ key: 'castellan.todo' }, 'en') === 'Another' || undefined)
  } finally {
    await rm(path, { recursive: true })
  }
})

test('a rejected cookie is logged also after the clock was set back', async () => {
  const clock = frozenClock()
  const { log, lines } = recordingLog()
  const parts = {
    settings: ssoSettings(),
    contextPath: '/cas',
    sealer: sealer([key('one')]),
    clock,
    log,
    metrics: noMetrics,
    isAllowedAddress: undefined,
  }
  const tgc = ticketGrantingCookie(parts)
  const app = testApp([route('/read', (call) => call.json(tgc.read(call)))])
  const ask = () => app.request('/cas/read', { headers: { cookie: 'TGC=junk' } })
  await ask()
  await ask()
  clock.advance(-DAY_MS)
  await ask()
  assert.equal(lines.filter((line) => line['event'] === 'tgc-rejected').length, 2)
})
