import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfiguration, type Settings } from '../../src/config/index.ts'
import { within } from './fixture.ts'

type OAuth = Settings['cas']['authn']['oauth']

/** Every setting that the documents on token lifetimes name: a value that is not its default, what it becomes, and where a room finds it. */
const SETTINGS: readonly (readonly [string, string, unknown, (oauth: OAuth) => unknown])[] = [
  ['code.number-of-uses', '3', 3, ({ code }) => code.numberOfUses],
  ['code.remove-related-access-tokens', 'true', true, ({ code }) => code.removeRelatedAccessTokens],
  ['code.storage-name', 'codes', 'codes', ({ code }) => code.storageName],
  ['code.time-to-kill-in-seconds', 'PT1M', 60, ({ code }) => code.timeToKillInSeconds],
  ['access-token.create-as-jwt', 'true', true, ({ accessToken }) => accessToken.createAsJwt],
  ['access-token.crypto.alg', 'A128CBC-HS256', 'A128CBC-HS256', ({ accessToken }) => accessToken.crypto.alg],
  ['access-token.crypto.enabled', 'false', false, ({ accessToken }) => accessToken.crypto.enabled],
  ['access-token.crypto.encryption-enabled', 'false', false, ({ accessToken }) => accessToken.crypto.encryptionEnabled],
  ['access-token.crypto.encryption.key', 'k1', ['k1'], ({ accessToken }) => accessToken.crypto.encryption.key],
  ['access-token.crypto.encryption.key-size', '256', 256, ({ accessToken }) => accessToken.crypto.encryption.keySize],
  ['access-token.crypto.signing.key', 'k2', ['k2'], ({ accessToken }) => accessToken.crypto.signing.key],
  ['device-token.max-time-to-live-in-seconds', 'PT7M', 420, ({ deviceToken }) => deviceToken.maxTimeToLiveInSeconds],
  ['device-token.refresh-interval', 'PT3S', 3, ({ deviceToken }) => deviceToken.refreshInterval],
  ['device-token.storage-name', 'devices', 'devices', ({ deviceToken }) => deviceToken.storageName],
  ['device-user-code.max-time-to-live-in-seconds', '90', 90, ({ deviceUserCode }) => deviceUserCode.maxTimeToLiveInSeconds],
  ['device-user-code.storage-name', 'userCodes', 'userCodes', ({ deviceUserCode }) => deviceUserCode.storageName],
  ['device-user-code.user-code-length', '10', 10, ({ deviceUserCode }) => deviceUserCode.userCodeLength],
  ['refresh-token.create-as-jwt', 'true', true, ({ refreshToken }) => refreshToken.createAsJwt],
  ['refresh-token.max-active-tokens-allowed', '5', 5, ({ refreshToken }) => refreshToken.maxActiveTokensAllowed],
  ['refresh-token.storage-name', 'refreshing', 'refreshing', ({ refreshToken }) => refreshToken.storageName],
  ['refresh-token.time-to-kill-in-seconds', 'P2D', 172_800, ({ refreshToken }) => refreshToken.timeToKillInSeconds],
]

const PREFIX = 'cas.authn.oauth.'
const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
const snake = (name: string) => name.replaceAll('-', '_')
const SPELLINGS: Readonly<Record<string, (name: string) => string>> = { kebab: (name) => name, camel, snake }

type Lines = readonly (readonly [key: string, value: string])[]
type Given = Parameters<typeof within>[0]

const NOTATIONS: Readonly<Record<string, (lines: Lines) => Given>> = {
  'a .properties file': (lines) => ({ files: { 'cas.properties': lines.map(([key, value]) => `${key}=${value}\n`).join('') } }),
  'a YAML tree': (lines) => ({ files: { 'cas.yml': JSON.stringify(tree(lines)) } }),
  '-D': (lines) => ({ argv: lines.map(([key, value]) => `-D${key}=${value}`) }),
  '--': (lines) => ({ argv: lines.map(([key, value]) => `--${key}=${value}`) }),
}

/** The spellings of a variable: dashes as underscores, left out, and some of each. */
const VARIABLES: Readonly<Record<string, (key: string) => string>> = {
  'with underscores for dashes': (key) => key.replace(/[.-]/g, '_').toUpperCase(),
  'without dashes': (key) => key.replaceAll('-', '').replaceAll('.', '_').toUpperCase(),
  'with the first dash only': (key) => key.replace('-', '_').replaceAll('-', '').replaceAll('.', '_').toUpperCase(),
}

/** Nested maps, quoted values, as YAML (of which JSON is a part). */
function tree(lines: Lines): object {
  const root: Record<string, unknown> = {}
  for (const [key, value] of lines) {
    const path = key.split('.')
    let at = root
    for (const name of path.slice(0, -1)) {
      at[name] ??= {}
      at = at[name] as Record<string, unknown>
    }
    at[path.at(-1) ?? ''] = value
  }
  return root
}

async function read(given: Given) {
  return within(given, (_directory, options) => loadConfiguration(options))
}

function assertAll({ settings, problems }: Awaited<ReturnType<typeof read>>): void {
  assert.deepEqual(
    problems.map(({ message }) => message),
    [],
  )
  for (const [name, , expected, of] of SETTINGS) assert.deepEqual(of(settings.cas.authn.oauth), expected, name)
}

for (const [notation, write] of Object.entries(NOTATIONS)) {
  for (const [spelling, spell] of Object.entries(SPELLINGS)) {
    test(`each lifetime setting counts in ${notation}, in ${spelling} case [CF2, CF6]`, async () => {
      assertAll(await read(write(SETTINGS.map(([name, value]) => [PREFIX + spell(name), value]))))
    })
  }
}

for (const [spelling, spell] of Object.entries(VARIABLES)) {
  test(`each lifetime setting counts as an environment variable ${spelling} [CF2, CF5]`, async () => {
    assertAll(await read({ env: Object.fromEntries(SETTINGS.map(([name, value]) => [spell(PREFIX + name), value])) }))
  })
}

test('none of these values is a default, so that each test can fail', async () => {
  const { settings } = await read({})
  for (const [name, , expected, of] of SETTINGS) assert.notDeepEqual(of(settings.cas.authn.oauth), expected, name)
})
