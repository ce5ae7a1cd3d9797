import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfiguration } from '../../../src/config/index.ts'
import { oauthRules } from '../../../src/protocols/oauth/config-rules.ts'

/** What the rules of this room say of settings that each may be right. */
async function faults(settings: Readonly<Record<string, string>>) {
  const argv = Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
  const configuration = await loadConfiguration({ argv, env: {}, cwd: '/' })
  const found = await Promise.all(oauthRules.map((rule) => rule(configuration.settings, { configurationDirectory: '/' })))
  return found.flat().map(({ setting, severity }) => [setting, severity])
}

test('user codes of less than eight characters, and families that end before their tokens, may not be what was meant', async () => {
  const length = 'cas.authn.oauth.device-user-code.user-code-length'
  const family = 'castellan.oauth.refresh-token.family-max-time-to-live'
  assert.deepEqual(await faults({}), [])
  assert.deepEqual(await faults({ [length]: '8', [family]: 'P14D' }), [])
  assert.deepEqual(await faults({ [length]: '7' }), [[length, 'warn']])
  assert.deepEqual(await faults({ [family]: 'P13D' }), [[family, 'warn']])
})
