import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOAuth } from '../protocols/oauth/oauth-world.ts'

// RFC 8414 section 3.1 puts the metadata of an issuer with a path at the root of the host; libraries look nowhere else, and found a 404.
test('the metadata of the OAuth server lies at the root of the host, under the context path, and below /oauth2.0, and is the same', async () => {
  await using world = await openOAuth()
  const { origin } = new URL(world.url)
  const places = [
    `${origin}/.well-known/oauth-authorization-server/cas`,
    `${world.url}/.well-known/oauth-authorization-server`,
    `${world.url}/oauth2.0/.well-known/oauth-authorization-server`,
  ]
  const documents = await Promise.all(
    places.map(async (place) => {
      const response = await fetch(place)
      assert.equal(response.status, 200, place)
      return response.json()
    }),
  )
  assert.deepEqual(documents[0], documents[1])
  assert.deepEqual(documents[2], documents[1])
})

test('without a context path the metadata has one place at the root', async () => {
  await using world = await openOAuth({ properties: { 'server.servlet.context-path': '/' } })
  const { origin } = new URL(world.url)
  assert.equal((await fetch(`${origin}/.well-known/oauth-authorization-server`)).status, 200)
})

test('where the OAuth server is switched off there is no metadata', async () => {
  await using world = await openOAuth({ properties: { 'CasFeatureModule.OAuth.enabled': false } })
  const { origin } = new URL(world.url)
  assert.equal((await fetch(`${origin}/.well-known/oauth-authorization-server/cas`)).status, 404)
})
