import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { keyBlocks, loadConfiguration, loadKeys, lookUpSetting } from '../../src/config/index.ts'

interface Shape {
  readonly on: boolean
  readonly encryption: number
  readonly signing: number
}
const TOKEN: Shape = { on: true, encryption: 512, signing: 512 }
const BINARY: Shape = { on: false, encryption: 16, signing: 512 }

/** Every block of configuration.md 9.1, with what CAS has for it; text: why this server has no such block. */
const BLOCKS: readonly (readonly [string, Shape | string])[] = [
  ['cas.tgc', TOKEN],
  ['cas.webflow', { on: true, encryption: 16, signing: 512 }],
  ['cas.interrupt.cookie', TOKEN],
  ['cas.authn.oauth.access-token', TOKEN],
  ['cas.authn.oauth', TOKEN],
  ['castellan.ticket-registry', BINARY],
  ['cas.authn.oauth.session-replication.cookie', 'OAuth: no server-side session exists that could be replicated'],
  ['cas.authn.pac4j.core.session-replication.cookie', 'delegated login at other identity providers: not part of this server yet'],
  ['cas.ticket', 'tickets: the store never holds a usable ticket; see cas.ticket.registry'],
  ['cas.ticket.registry.hazelcast', 'tickets in Hazelcast: tickets are kept in LMDB, which all processes of a machine share'],
  ['cas.authn.token', 'JWTs as service tickets and credentials: not part of this server yet'],
  ['cas.authn.passwordless.tokens', 'passwordless login: the ticket registry keeps a digest of a code, never the code'],
  ['cas.authn.pm.reset', 'password management (change and reset): not part of this server yet'],
]

test('each block of keys has the sizes and the switch that it has in CAS, or says why it is not here', async () => {
  const { settings } = await loadConfiguration({ argv: [], env: {}, cwd: '/', usualDirectories: [] })
  const blocks = new Map(keyBlocks(settings).map((block) => [block.name, block]))
  for (const [name, expected] of BLOCKS) {
    if (typeof expected === 'string') {
      const area = lookUpSetting(`${name}.crypto.signing.key`)?.area
      assert.equal(`${area?.title}: ${area?.reason}`, expected, name)
      continue
    }
    const block = blocks.get(`${name}.crypto`)
    assert.ok(block, name)
    assert.deepEqual({ on: block.enabled, encryption: block.encryption.keySize, signing: block.signing.keySize }, expected, name)
  }
})

test('a key in a file counts by what the file holds, never by its path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-key-file-'))
  try {
    const [one, other] = [join(folder, 'one.pem'), join(folder, 'other.pem')]
    writeFileSync(one, `-----BEGIN PRIVATE KEY-----\n${'a'.repeat(64)}\n`)
    writeFileSync(other, `-----BEGIN PRIVATE KEY-----\n${'b'.repeat(64)}\n`)
    const load = async (path: string) => {
      const argv = [`--castellan.state.directory=${folder}/state`, `--cas.tgc.crypto.signing.key=${path}`]
      const { settings, stateDirectory } = await loadConfiguration({ argv, env: {}, cwd: folder, usualDirectories: [] })
      return (await loadKeys({ settings, stateDirectory, log: silentLog })).material('cas.tgc.crypto')[0]?.[1]
    }
    assert.equal(await load(`file:${one}`), readFileSync(one, 'utf8').trim())
    assert.notEqual(await load(one), await load(other))
    writeFileSync(other, 'short')
    await assert.rejects(load(other), /^StartRefusal: cas\.tgc\.crypto\.signing\.key names .*other\.pem, which is too short to be a key/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
