import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attributes } from '../../src/services/index.ts'
import { definition, NOW, openWorld } from './world.ts'

const CLASS = 'org.apereo.cas.services.'
const PLAIN = 'org.apereo.cas.authentication.principal.DefaultPrincipalAttributesRepository'
const CACHING = 'org.apereo.cas.authentication.principal.cache.CachingPrincipalAttributesRepository'
const URL = 'https://app.example.org/x'
const LOGIN: Attributes = { cn: ['Old'], mail: ['old@example.org'] }
const SOURCE: Attributes = { cn: ['New'], title: ['Head'] }

/** One application that gets all attributes, with the members of a repository; counts who is asked about what. */
async function withRepository(members: object, answer: (username: string) => Attributes = () => SOURCE) {
  const asked: string[] = []
  const principalAttributesRepository = { '@class': PLAIN, ...members }
  const world = await openWorld({
    files: {
      'App-1.json': definition(1, 'App', '^https://app\\.example\\.org/.*', {
        attributeReleasePolicy: { '@class': `${CLASS}ReturnAllAttributeReleasePolicy`, principalAttributesRepository },
      }),
    },
    async attributesOf(username, ids) {
      asked.push([username, ...ids].join(' '))
      return answer(username)
    },
  })
  const attributes = async (id = 'casuser') => (await world.release(URL, LOGIN, id)).attributes
  return { world, asked, attributes, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
}

const IDS = { attributeRepositoryIds: ['java.util.HashSet', ['ldap', 'rest']] }
const MERGED: readonly (readonly [what: string, members: object, released: Attributes, asked: readonly string[]])[] = [
  ['nothing is said', {}, LOGIN, []],
  ['the login is to be ignored and no source is named', { ignoreResolvedAttributes: true }, {}, []],
  ['sources are named', IDS, { cn: ['Old', 'New'], mail: LOGIN['mail'] ?? [], title: ['Head'] }, ['casuser ldap rest']],
  ['the first counts', { ...IDS, mergingStrategy: 'add' }, { ...LOGIN, title: ['Head'] }, ['casuser ldap rest']],
  ['the last counts', { ...IDS, mergingStrategy: 'REPLACE' }, { ...SOURCE, mail: LOGIN['mail'] ?? [] }, ['casuser ldap rest']],
  ['nothing is merged', { ...IDS, mergingStrategy: 'NONE' }, LOGIN, []],
  ['the login is to be ignored', { ...IDS, ignoreResolvedAttributes: true }, SOURCE, ['casuser ldap rest']],
  [
    'answers are kept and no source is named',
    { '@class': CACHING, mergingStrategy: 'REPLACE' },
    { ...SOURCE, mail: LOGIN['mail'] ?? [] },
    ['casuser'],
  ],
]
for (const [what, members, released, expected] of MERGED) {
  test(`attributes come from where the repository says: ${what}`, async () => {
    await using one = await withRepository(members)
    assert.deepEqual(await one.attributes(), released)
    assert.deepEqual(one.asked, expected)
  })
}

test('answers of the sources are kept for a time, each for its user, and asked for once by many at once', async () => {
  await using one = await withRepository(
    { '@class': CACHING, ...IDS, timeUnit: 'MINUTES', expiration: 5, ignoreResolvedAttributes: true },
    (name) => ({
      cn: [name],
    }),
  )
  assert.deepEqual(await Promise.all([one.attributes(), one.attributes(), one.attributes('other')]), [
    { cn: ['casuser'] },
    { cn: ['casuser'] },
    { cn: ['other'] },
  ])
  assert.equal(one.asked.length, 2)
  one.world.setNow(NOW + 299_999)
  await one.attributes()
  assert.equal(one.asked.length, 2)
  one.world.setNow(NOW + 300_000)
  await one.attributes()
  assert.deepEqual(one.asked, ['casuser ldap rest', 'other ldap rest', 'casuser ldap rest'])
})

test('a source that cannot be asked leaves the attributes of the login, with an error; it is asked again the next time', async () => {
  let broken = true
  await using one = await withRepository({ '@class': CACHING, ...IDS, mergingStrategy: 'REPLACE' }, () => {
    if (broken) throw new Error('no route to host')
    return SOURCE
  })
  assert.deepEqual(await one.attributes(), LOGIN)
  assert.match(one.world.messages('error').join(), /App-1\.json.*cannot be asked: no route to host/)
  broken = false
  assert.deepEqual((await one.attributes())['cn'], ['New'])
})

test('a unit of time that is none is an error, and the sources are asked each time', async () => {
  await using one = await withRepository({ '@class': CACHING, ...IDS, timeUnit: 'FORTNIGHTS' })
  assert.match(one.world.messages('error').join(), /"FORTNIGHTS"/)
  await one.attributes()
  await one.attributes()
  assert.equal(one.asked.length, 2)
})
