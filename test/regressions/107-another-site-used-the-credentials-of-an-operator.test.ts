import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADMIN, openWorld } from '../management/world.ts'

/**
 * Browsers send the Basic credentials that an operator has typed with every request, also with a form of another site: it could have done whatever a
 * POST does.
 */
test('a request that changes something is refused when another site began it, although the credentials are right', async () => {
  let changes = 0
  const change = () => {
    changes++
    return new Response('changed')
  }
  const endpoint = {
    id: 'refresh',
    routes: [
      { method: 'POST' as const, path: '', statuses: [200], handle: change },
      { method: 'GET' as const, path: '', statuses: [200], handle: () => new Response('read') },
    ],
  }
  const world = await openWorld(
    {
      'management.endpoint.refresh.access': 'UNRESTRICTED',
      'management.endpoints.web.exposure.include': ['refresh'],
      'cas.monitor.endpoints.endpoint': {
        refresh: { access: ['AUTHENTICATED'], requiredRoles: [], requiredAuthorities: [], requiredIpAddresses: [] },
      },
    },
    {},
    [endpoint],
  )
  const ask = async (method: string, site?: string) =>
    (await world.ask('/actuator/refresh', { method, headers: { ...ADMIN, ...(site ? { 'sec-fetch-site': site } : {}) } })).status
  for (const site of ['cross-site', 'same-site']) assert.equal(await ask('POST', site), 403, site)
  assert.equal(changes, 0)
  assert.equal(await ask('GET', 'cross-site'), 200, 'nothing changes by reading')
  for (const site of [undefined, 'same-origin', 'none']) assert.equal(await ask('POST', site), 200, site ?? 'a program')
  assert.equal(changes, 3)
  await world.close()
})
