import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visits } from '../../src/management/console/visits.ts'
import { route, testApp } from '../http/http-parts.ts'

/** Logins over a store of its own; `state` is what is written of the account. */
function world() {
  const stored = new Map<string, { readonly body: unknown }>()
  const account: { state: string | undefined } = { state: 'one' }
  const logins = visits({
    registry: {
      add: async ({ id, body }) => void stored.set(id, { body }),
      get: async (id) => stored.get(id) as never,
      touch: async () => true,
      delete: async (id) => stored.delete(id),
    },
    operators: { stateOf: () => account.state },
    clock: () => 0,
    base: '/cas/admin',
  })
  const app = testApp([
    route('/begin', async (call) => {
      await logins.begin(call, { name: 'ops', authorities: ['ROLE_OPS'] })
      return new Response()
    }),
    route('/who', async (call) => Response.json((await logins.current(call)) ?? null)),
  ])
  const begin = async () =>
    (await app.request('/cas/begin')).headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
  const who = async (cookie: string) => (await app.request('/cas/who', { headers: { cookie } })).json()
  return { account, begin, who, stored }
}

test('a login holds while its account is as it was, and what is kept of it is of no use', async () => {
  const { account, begin, who, stored } = world()
  const cookie = await begin()
  assert.deepEqual(((await who(cookie)) as { operator: object }).operator, { name: 'ops', authorities: ['ROLE_OPS'] })
  const id = /CASTELLAN_CONSOLE=([\w-]+)/.exec(cookie)?.[1] ?? ''
  assert.equal(id.length, 43)
  assert.doesNotMatch(JSON.stringify([...stored.values()]), new RegExp(`${id}|one`))
  account.state = 'two'
  assert.equal(await who(cookie), null)
  account.state = undefined
  assert.equal(await who(cookie), null)
})

test('an account that is taken away while its operator logs in gives no login', async () => {
  const { account, begin, who, stored } = world()
  account.state = undefined
  assert.equal(await who(await begin()), null)
  assert.equal(stored.size, 0)
})
