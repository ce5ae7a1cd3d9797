import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfiguration } from '../../src/config/index.ts'
import { configurationMetadataEndpoint } from '../../src/management/endpoints/configurationMetadata.ts'
import { within } from '../config/fixture.ts'
import { ADMIN, openWorld } from './world.ts'

const OPEN = {
  'management.endpoints.access.default': 'UNRESTRICTED',
  'management.endpoints.web.exposure.include': ['configurationMetadata'],
  'cas.monitor.endpoints.endpoint': {
    configurationMetadata: { access: ['AUTHENTICATED'], requiredRoles: [], requiredAuthorities: [], requiredIpAddresses: [] },
  },
}

test('configurationMetadata describes every setting, finds some by a term, and lists the keys that nobody knows [CF16]', async () => {
  const files = { 'cas.properties': '# x\ncas.tgc.nmae=x\ncas.authn.spnego.ntlm-allowed=true\n' }
  await within({ files }, async (directory, options) => {
    const configuration = await loadConfiguration(options)
    const { get: ask, close } = await openWorld(OPEN, {}, [configurationMetadataEndpoint({ configuration })])
    const get = async (path: string) => {
      const response = await ask(`/actuator/configurationMetadata${path}`, 'application/json', ADMIN)
      assert.equal(response.status, 200, path)
      return JSON.parse(await response.text())
    }
    const all = await get('')
    assert.equal(all['cas.authn.oauth.code.number-of-uses'].type, 'java.lang.Integer')
    assert.deepEqual(
      [
        'cas.authn.oauth.code.number-of-uses',
        'server.port',
        'castellan.state.directory',
        'cas.authn.attribute-repository.stub.attributes',
      ].map((name) => [all[name].since, all[name].owner, all[name].reloadable]),
      [
        ['6.6', 'cas.authn.oauth.code', true],
        [null, 'server', false],
        [null, 'castellan.state', false],
        ['6.6', 'cas.authn.attribute-repository.stub', true],
      ],
    )
    assert.ok(Object.keys(all).length > 300)
    const found = await get('/number-of-uses')
    assert.ok(found.some(({ id }: { id: string }) => id === 'cas.authn.oauth.code.number-of-uses'))
    assert.deepEqual(
      (await get('/numberOfUses')).map(({ id }: { id: string }) => id),
      found.map(({ id }: { id: string }) => id),
    )
    assert.deepEqual(await get('/nothing-of-this-kind'), [])
    assert.deepEqual(await get(`/${encodeURIComponent('^cas\\.tgc\\.name$')}`), [all['cas.tgc.name']])
    assert.deepEqual(await get('?status=unknown'), [
      { name: 'cas.tgc.nmae', origin: `${directory}/cas.properties:2`, suggestion: 'cas.tgc.name' },
    ])
    await close()
  })
})
