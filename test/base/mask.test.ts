import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskQuery, maskTicketIds } from '../../src/base/mask.ts'

const id = '0123456789abcdefghijklmnop'

test('ids of every kind of ticket are masked wherever they stand in a text', () => {
  for (const kind of ['TGT', 'ST', 'PT', 'PGT', 'PGTIOU', 'OC', 'AT', 'RT', 'ODT']) {
    const masked = maskTicketIds(`x ${kind}-17-${id}-node1, /v1/tickets/${kind}-17-${id}`)
    assert.equal(masked, `x ${kind}-17-****************jklmnop-node1, /v1/tickets/${kind}-17-****************jklmnop`)
  }
  assert.equal(maskTicketIds('ST-1-short and EST-1 and a-b'), 'ST-1-short and EST-1 and a-b'.replace('ST-1-short', '****************'))
})

test('a query keeps its harmless values and loses its secret ones', () => {
  assert.equal(maskQuery(''), '')
  assert.equal(maskQuery('renew=true&locale=de'), 'renew=true&locale=de')
  for (const name of [
    'password',
    'ticket',
    'access_token',
    'client_secret',
    'code',
    'pgt',
    'pgtId',
    'execution',
    'id_token_hint',
    'code_verifier',
    'resume',
    'handover',
    'txn',
  ]) {
    assert.equal(maskQuery(`${name}=hush&x=1`), `${name}=****************&x=1`)
  }
  assert.equal(maskQuery('service=https%3A%2F%2Fa.example%2F%3Fkey%3Dhush'), 'service=https%3A%2F%2Fa.example%2F…')
  assert.equal(maskQuery('url=https://a.example/?key=hush#hush'), 'url=https://a.example/…')
})

test('a query whose names are encoded is left out as a whole', () => {
  assert.equal(maskQuery('a=1&p%61ssword=hush'), '****************')
  assert.equal(maskQuery('pass+word=hush'), '****************')
})
