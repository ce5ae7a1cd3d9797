// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfiguration } from '../../src/config/index.ts'
import { managementConfig } from '../../src/management/config.ts'
import { configpropsEndpoint } from '../../src/management/endpoints/configprops.ts'
import { envEndpoint } from '../../src/management/endpoints/env.ts'
import { refreshEndpoints } from '../../src/management/endpoints/refresh.ts'
import type { ManagementConfig } from '../../src/management/index.ts'
import { within } from '../config/fixture.ts'
import { type Overrides, settingsOf } from '../http/http-parts.ts'
import { openServer } from './server.ts'
import { ADMIN, openWorld, WRONG } from './world.ts'

const KEY = 'cas.authn.oauth.code.number-of-uses'
const FILES = {
  'cas.properties': [
    'cas.server.name=https://${host.part}.example.org',
    'host.part=sso',
    `${KEY}=3`,
    'cas.smsProvider.twilio.token=very-secret-token',
    'my.api.key=helper-secret',
    'cas.authn.attributeRepository.stub.attributes.givenName=Given',
  ].join('\n'),
  'cas.yml': `cas.authn.oauth.code.numberOfUses: 2`,
}
const open = (...ids: readonly string[]): Overrides => ({
  'management.endpoints.web.exposure.include': ids,
  ...Object.fromEntries(ids.map((id) => [`management.endpoint.${id}.access`, 'UNRESTRICTED'])),
  'cas.monitor.endpoints.endpoint': Object.fromEntries(
    ids.map((id) => [id, { access: ['AUTHENTICATED'], requiredRoles: [], requiredAuthorities: [], requiredIpAddresses: [] }]),
  ),
})

/** Asks the endpoints of a server that was started with the files, a variable and an option. */
async function asked(path: string, overrides: Overrides = {}, headers: Record<string, string> = ADMIN) {
  return within({ files: FILES, argv: [`--${KEY}=5`] }, async (directory, options) => {
    const configuration = await loadConfiguration({ ...options, env: { CAS_AUTHN_OAUTH_CODE_NUMBER_OF_USES: '4' } })
    const settings = settingsOf<ManagementConfig>(managementConfig, overrides)
    const endpoints = [envEndpoint, configpropsEndpoint].map((make) => make({ settings, configuration }))
    const world = await openWorld({ ...open('env', 'configprops'), ...overrides }, {}, endpoints)
    const response = await world.get(`/actuator/${path}`, 'application/json', headers)
    await world.close()
    return { status: response.status, text: (await response.text()).replaceAll(directory, 'DIR') }
  })
}
const SHOWN = { 'management.endpoint.env.showValues': 'always', 'management.endpoint.configprops.showValues': 'always' } as const

test('env names the winning source of a setting and every source that has it, the winner first [CF5]', async () => {
  const { status, text } = await asked(`env/${KEY}`, SHOWN)
  assert.equal(status, 200)
  const { property, activeProfiles, propertySources } = JSON.parse(text)
  assert.deepEqual(property, { source: 'commandLineArgs', value: '5' })
  assert.deepEqual(activeProfiles, ['standalone'])
  assert.deepEqual(
    propertySources.filter((one: { property?: object }) => one.property),
    [
      { name: 'commandLineArgs', property: { value: '5', origin: 'command line' } },
      { name: 'systemEnvironment', property: { value: '4', origin: 'environment variable CAS_AUTHN_OAUTH_CODE_NUMBER_OF_USES' } },
      { name: 'DIR/cas.properties', property: { value: '3', origin: 'DIR/cas.properties:3' } },
      { name: 'DIR/cas.yml', property: { value: '2', origin: 'DIR/cas.yml:1' } },
    ],
  )
  // In any spelling; and those that have not got it are named too.
  assert.equal(JSON.parse((await asked('env/cas.authn.oauth.code.numberOfUses', SHOWN)).text).property.value, '5')
  assert.ok(propertySources.some(({ name, property: own }: { name: string; property?: object }) => name === 'systemProperties' && !own))
})

test('env shows a value with its placeholders filled in, and what nobody has set is not there', async () => {
  assert.equal(JSON.parse((await asked('env/cas.server.name', SHOWN)).text).property.value, 'https://sso.example.org')
  assert.equal((await asked('env/cas.host.name', SHOWN)).status, 404)
  assert.equal((await asked('env/no.such.key', SHOWN)).status, 404)
})

test('values are masked unless the setting says otherwise, and secrets are masked even then', async () => {
  for (const path of ['env', `env/${KEY}`, 'configprops', 'configprops/cas.authn.oauth.code']) {
    const { text } = await asked(path)
    assert.doesNotMatch(text, /"value":"(?!\*{6}")/, path)
    assert.doesNotMatch(text, /"number-of-uses":"5"/, path)
  }
  for (const path of ['env', 'env/my.api.key', 'env/cas.sms-provider.twilio.token', 'configprops', 'configprops/cas.sms-provider']) {
    const { status, text } = await asked(path, SHOWN)
    assert.equal(status, 200, path)
    assert.doesNotMatch(text, /very-secret-token|helper-secret/, path)
    assert.match(text, /\*{6}/, path)
  }
})

test('values are shown to those who have the role', async () => {
  const of = (role: string) =>
    asked(`env/${KEY}`, { 'management.endpoint.env.showValues': 'when-authorized', 'management.endpoint.env.roles': [role] })
  assert.equal(JSON.parse((await of('ADMIN')).text).property.value, '5')
  assert.equal(JSON.parse((await of('OTHER')).text).property.value, '******')
})

test('env lists the sources, the highest first, and what stands in each', async () => {
  const { propertySources } = JSON.parse((await asked('env', SHOWN)).text)
  assert.deepEqual(
    propertySources.map(({ name }: { name: string }) => name).filter((name: string) => name !== 'castellan'),
    ['commandLineArgs', 'systemProperties', 'systemEnvironment', 'DIR/cas.properties', 'DIR/cas.yml'],
  )
  const { properties } = propertySources.find(({ name }: { name: string }) => name === 'DIR/cas.properties')
  assert.deepEqual(properties['host.part'], { value: 'sso', origin: 'DIR/cas.properties:2' })
})

test('configprops shows every setting in force by prefix, and where it comes from', async () => {
  const all = JSON.parse((await asked('configprops', SHOWN)).text).contexts.castellan.beans
  assert.equal(all.cas.properties.authn.oauth.code['number-of-uses'], '5')
  assert.equal(all.cas.inputs.ticket.st['number-of-uses'].origin, 'default')
  assert.equal(all.server.properties.port, '8443')
  assert.deepEqual(all.cas.properties.authn['attribute-repository'].stub.attributes, { givenName: 'Given' })
  const one = JSON.parse((await asked('configprops/cas.authn.oauth.code', SHOWN)).text).contexts.castellan.beans
  assert.deepEqual(Object.keys(one), ['cas.authn.oauth.code'])
  assert.equal(one['cas.authn.oauth.code'].properties['number-of-uses'], '5')
  assert.equal((await asked('configprops/cas.nothing', SHOWN)).status, 404)
})

test('nobody sees settings without credentials, or with wrong ones', async () => {
  for (const path of ['env', 'configprops']) {
    assert.equal((await asked(path, SHOWN, {})).status, 401)
    assert.equal((await asked(path, SHOWN, WRONG)).status, 401)
  }
})

test('refresh answers with what has changed, busrefresh with nothing, and both with 422 where nothing could be changed', async () => {
  let refused = false
  const endpoints = refreshEndpoints({
    reload: async () => (refused ? { kind: 'refused', reasons: ['a reason'] } : { kind: 'reloaded', changed: [KEY] }),
  })
  const world = await openWorld(open('refresh', 'busrefresh'), {}, endpoints)
  const post = (id: string) => world.ask(`/actuator/${id}`, { method: 'POST', headers: ADMIN })
  const refreshed = await post('refresh')
  assert.equal(refreshed.status, 200)
  assert.deepEqual(await refreshed.json(), [KEY])
  const silent = await post('busrefresh')
  assert.deepEqual([silent.status, await silent.text()], [204, ''])
  refused = true
  for (const id of ['refresh', 'busrefresh']) {
    const answer = await post(id)
    assert.deepEqual([answer.status, await answer.json()], [422, { status: 422, error: 'settings_refused', reasons: ['a reason'] }])
  }
  assert.equal((await world.ask('/actuator/refresh', { method: 'POST' })).status, 401)
  assert.equal((await world.get('/actuator/refresh', 'application/json', ADMIN)).status, 405)
  await world.close()
})

test('features are switched by settings, and the endpoint says which are on', async () => {
  await using server = await openServer({
    properties: { 'CasFeatureModule.CAS.enabled': 'false', 'CasFeatureModule.OAuth.enabled': 'false' },
  })
  assert.equal((await server.request('/serviceValidate')).status, 404)
  assert.equal((await server.request('/oauth2.0/accessToken', { method: 'POST' })).status, 404)
  const { body } = await server.ask('GET', '/casFeatures')
  assert.ok(!body.includes('CasFeatureModule.CAS.core') && !body.includes('CasFeatureModule.OAuth'))
  assert.deepEqual(body, [...body].sort())
})

test('static files without a version are kept as long as the setting says', async () => {
  await using server = await openServer({ properties: { 'spring.web.resources.cache.cachecontrol.max-age': '2h' } })
  assert.equal((await server.request('/css/castellan.css')).headers.get('cache-control'), 'public, max-age=7200')
})
