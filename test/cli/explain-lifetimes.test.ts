import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Shell } from '../../src/cli/command.ts'
import { configExplain } from '../../src/cli/commands/config.ts'
import { runCastellan, writeConfiguration } from '../support/castellan.ts'
import { oauthClient } from '../support/oauth.ts'

const policy = (name: string, members: object) => ({
  '@class': `org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuth${name}ExpirationPolicy`,
  ...members,
})
/** Setting below `cas.authn.oauth`, default, what a file says, member of a definition, what that says. */
const LIFETIMES = [
  ['code.number-of-uses', '1', '3', 'codeExpirationPolicy.numberOfUses', '2'],
  ['code.time-to-kill-in-seconds', '30', 'PT45S', 'codeExpirationPolicy.timeToLive', 'PT10S'],
  ['access-token.max-time-to-live-in-seconds', 'PT8H', 'PT4H', 'accessTokenExpirationPolicy.maxTimeToLive', 'PT1H'],
  ['access-token.time-to-kill-in-seconds', 'PT2H', '3600', 'accessTokenExpirationPolicy.timeToKill', 'PT15M'],
  ['access-token.max-active-tokens-allowed', '0', '9', 'accessTokenExpirationPolicy.maxActiveTokens', '7'],
  ['refresh-token.time-to-kill-in-seconds', 'P14D', 'P7D', 'refreshTokenExpirationPolicy.timeToKill', 'P1D'],
  ['refresh-token.max-active-tokens-allowed', '0', '5', 'refreshTokenExpirationPolicy.maxActiveTokens', '4'],
  ['device-token.max-time-to-live-in-seconds', 'PT5M', 'PT3M', 'deviceTokenExpirationPolicy.timeToKill', 'PT100S'],
  ['device-token.refresh-interval', 'PT15S', 'PT5S', undefined, ''],
  ['device-user-code.max-time-to-live-in-seconds', 'PT1M', 'PT2M', undefined, ''],
] as const

let directory: string
before(async () => {
  directory = await writeConfiguration({
    properties: Object.fromEntries(LIFETIMES.map(([name, , written]) => [`cas.authn.oauth.${name}`, written])),
    services: {
      'Shop-1.json': oauthClient(1, 'shop', {
        codeExpirationPolicy: policy('Code', { numberOfUses: 2, timeToLive: 'PT10S' }),
        accessTokenExpirationPolicy: policy('AccessToken', { maxTimeToLive: 'PT1H', timeToKill: 'PT15M', maxActiveTokens: 7 }),
        refreshTokenExpirationPolicy: policy('RefreshToken', { timeToKill: 'P1D', maxActiveTokens: 4 }),
        deviceTokenExpirationPolicy: policy('DeviceToken', { timeToKill: 'PT100S' }),
      }),
      'Plain-2.json': oauthClient(2, 'plain', { codeExpirationPolicy: policy('Code', { numberOfUses: 0 }) }),
    },
  })
})
after(() => rm(directory, { recursive: true, force: true }))

async function explained(key: string, { service, from = directory }: { readonly service?: string; readonly from?: string } = {}) {
  const said: string[] = []
  const stream = { write: (text: string) => said.push(text) }
  const process = { env: {}, cwd: () => from, stdout: stream, stderr: stream } as unknown as Shell['process']
  const argv = from === directory ? ['--config-dir', directory] : []
  const { exitCode } = await configExplain({ argv, process } as Shell, `cas.authn.oauth.${key}`, service === undefined ? {} : { service })
  return { exitCode, text: said.join('') }
}

for (const [key, fallback, written, member, own] of LIFETIMES) {
  test(`config explain says what ${key} is, by default, by a file, and for a client`, async () => {
    const nowhere = await explained(key, { from: '/' })
    assert.match(nowhere.text, new RegExp(`default {2}${fallback}\\n {2}value {4}\\S+ \\(default\\)`))
    const inFile = await explained(key)
    assert.match(inFile.text, /value {4}\S+ \(.*cas\.properties:\d+\)\n/)
    assert.match(inFile.text, new RegExp(`set in {3}.*cas\\.properties:\\d+: ${written}\\n$`))
    const forShop = await explained(key, { service: 'shop' })
    assert.match(forShop.text, /\nfor Client shop \(.*Shop-1\.json\)\n/)
    if (member === undefined) assert.match(forShop.text, /value {4}the same; definitions have nothing to say about it\n$/)
    else {
      assert.match(forShop.text, new RegExp(`value {4}${own} \\(${member}\\)\\n$`))
      assert.match((await explained(key, { service: '2' })).text, new RegExp(`value {4}the same; ${member} does not say anything else\\n$`))
    }
    assert.equal(forShop.exitCode, 0)
  })
}

test('the client is named by an option; one that does not exist is said, and ends with 1', async () => {
  const key = 'cas.authn.oauth.code.time-to-kill-in-seconds'
  const { output, code } = await runCastellan(['config', 'explain', key, '--service', 'shop', '--config-dir', directory])
  assert.equal(code, 0)
  assert.match(output, /PT10S \(codeExpirationPolicy\.timeToLive\)/)
  const none = await explained('code.number-of-uses', { service: 'nobody' })
  assert.deepEqual([none.exitCode, /no client and no definition nobody/.test(none.text)], [1, true])
})
