import assert from 'node:assert/strict'
import { test } from 'node:test'
import { searchSettings, settingMetadata } from '../../src/config/metadata.ts'
import { schema } from '../../src/config/schema.ts'
import { processorMs } from '../support/processor-time.ts'

const settings = settingMetadata(schema, (name) => (name.includes('oauth.code') ? '6.1' : undefined))
const ids = (term: string) => searchSettings(settings, term).map(({ id }) => id)

test('a setting is described in the shape of CAS [CF16]', () => {
  assert.deepEqual(
    searchSettings(settings, '^cas\\.authn\\.oauth\\.code\\.number-of-uses$').map(({ description, shortDescription, ...rest }) => {
      assert.match(description, /^[A-Z]/)
      assert.ok(description.startsWith(shortDescription))
      return rest
    }),
    [
      {
        id: 'cas.authn.oauth.code.number-of-uses',
        name: 'number-of-uses',
        type: 'java.lang.Integer',
        jsonType: 'integer',
        defaultValue: 1,
        hints: {},
        deprecation: null,
        order: -2147483648,
        group: 'cas.authn.oauth.code',
        owner: 'cas.authn.oauth.code',
        since: '6.1',
        requiredProperty: false,
        requiredModule: null,
        requiredModuleAutomated: false,
        secret: false,
        expression: false,
        duration: false,
        regex: false,
        reloadable: true,
        restart: false,
      },
    ],
  )
})

test('settings are found by any spelling of a name, by a pattern and by what is said of them', () => {
  for (const term of ['number-of-uses', 'numberOfUses', 'NUMBER_OF_USES', 'st\\.number-of-u.es']) {
    assert.ok(ids(term).includes('cas.ticket.st.number-of-uses'), term)
  }
  assert.ok(ids('how often one service ticket').length > 0)
  assert.deepEqual(ids('no such thing anywhere'), [])
  assert.deepEqual(ids('(('), [])
  assert.deepEqual(ids('x'.repeat(1000)), [])
})

test('an old name is listed with the name of today', () => {
  const old = settings.find(({ id }) => id === 'cas.ticket.tgt.max-length')
  assert.equal(old?.deprecation?.replacement, 'cas.ticket.tgt.core.max-length')
})

test('settings of CAS come first, each group in the order of its names', () => {
  const order = settings.map(({ id }) => id)
  const first = order.filter((id) => id.startsWith('cas.'))
  assert.deepEqual(order.slice(0, first.length), [...first].sort())
  assert.ok(order.length > first.length)
})

test('a hostile term takes no time that counts', async () => {
  const spent = await processorMs(() => searchSettings(settings, '(a+)+$'.repeat(20)))
  assert.ok(spent < 5_000, `${spent} ms`)
})
