import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { deriveKey } from '../../src/base/crypto.ts'
import type { Log } from '../../src/base/log.ts'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { loadConfiguration, loadKeys } from '../../src/config/index.ts'

const BLOCK = 'cas.tgc.crypto'

interface Start {
  readonly argv?: readonly string[]
  readonly state: string
}

/** Loads keys as a start does; gives the lines of the log too. */
async function start({ argv = [], state }: Start) {
  const lines: string[] = []
  const write = (_fields: object, message: string) => void lines.push(message)
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log }
  const { settings, stateDirectory } = await loadConfiguration({
    argv: [`--castellan.state.directory=${state}`, ...argv],
    env: {},
    cwd: state,
    usualDirectories: [],
  })
  return { keys: await loadKeys({ settings, stateDirectory, log }), lines }
}

async function withState(call: (state: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'castellan-keys-'))
  try {
    await call(join(root, 'state'))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

test('missing keys are generated, kept for the next start, and named in the log without their values [CF15]', async () => {
  await withState(async (state) => {
    const first = await start({ state })
    const second = await start({ state })
    assert.deepEqual(second.keys.material(BLOCK), first.keys.material(BLOCK))
    assert.equal(statSync(join(state, 'keys.json')).mode & 0o777, 0o600)
    const line = `${BLOCK}.encryption.key and ${BLOCK}.signing.key are not set; generated keys are kept in ${state}/keys.json (castellan gen-key --show ${BLOCK} prints them)`
    for (const { lines } of [first, second]) assert.equal(lines.filter((one) => one === line).length, 1)
    const [pair] = first.keys.material(BLOCK)
    assert.equal(pair?.[0].length, 86)
    assert.equal(pair?.[1].length, 86)
    for (const key of pair ?? []) assert.doesNotMatch([...first.lines, ...second.lines].join(), new RegExp(key))
  })
})

test('the key of the login conversation has the size that CAS gives it', async () => {
  await withState(async (state) => {
    const { keys } = await start({ state })
    const [encryption = ''] = keys.material('cas.webflow.crypto')[0] ?? []
    assert.equal(Buffer.from(encryption, 'base64').length, 16)
  })
})

test('configured keys are taken, a list of them for rotation, a whole JWK as well', async () => {
  await withState(async (state) => {
    const [one, two, sign] = [key(64), key(64), key(64)]
    const jwk = JSON.stringify({ kty: 'oct', kid: 'a', k: two })
    const { keys, lines } = await start({
      state,
      argv: [`--${BLOCK}.encryption.key=${one},${jwk}`, `--${BLOCK}.signing.key=${sign}`],
    })
    assert.deepEqual(keys.material(BLOCK), [
      [one, sign],
      [two, sign],
    ])
    assert.equal(lines.filter((line) => line.includes(BLOCK)).length, 0)
    assert.deepEqual(
      keys.generated.filter((name) => name.startsWith(BLOCK)),
      [],
    )
  })
})

test('keys are printed only where the setting asks for it', async () => {
  await withState(async (state) => {
    const { lines, keys } = await start({ state, argv: ['--castellan.config.print-generated-keys=true'] })
    assert.ok(lines.includes(`${BLOCK}.signing.key=${keys.material(BLOCK)[0]?.[1]}`))
  })
})

const refusals: readonly (readonly [string, string, RegExp])[] = [
  [
    'a key of another size',
    key(32),
    /^cas\.tgc\.crypto\.encryption\.key has 256 bits, and cas\.tgc\.crypto\.encryption\.key-size needs 512; castellan gen-key --size 512/,
  ],
  ['a key that is not Base64', 'not base64 at all!', /^cas\.tgc\.crypto\.encryption\.key is not Base64/],
  ['half a JWK', '{"kty":"oct"', /^cas\.tgc\.crypto\.encryption\.key begins with \{ and is not a complete JWK/],
  ['a JWK of another type', '{"kty":"RSA","n":"x"}', /^cas\.tgc\.crypto\.encryption\.key must be a JWK with "kty":"oct"/],
]
for (const [what, value, message] of refusals) {
  test(`${what} stops the start`, async () => {
    await withState(async (state) => {
      await assert.rejects(start({ state, argv: [`--${BLOCK}.encryption.key=${value}`] }), (error) => {
        assert.ok(error instanceof StartRefusal)
        assert.equal(error.exitCode, 78)
        assert.match(error.message, message)
        assert.ok(!error.message.includes(value))
        return true
      })
    })
  })
}

test('a size that fits the key is accepted', async () => {
  await withState(async (state) => {
    const { keys } = await start({ state, argv: [`--${BLOCK}.encryption.key=${key(32)}`, `--${BLOCK}.encryption.key-size=256`] })
    assert.equal(keys.material(BLOCK).length, 1)
  })
})

test('a broken key file is not written over', async () => {
  await withState(async (state) => {
    await start({ state })
    writeFileSync(join(state, 'keys.json'), '{"half')
    await assert.rejects(start({ state }), /keys\.json holds no keys that can be read/)
    assert.equal(readFileSync(join(state, 'keys.json'), 'utf8'), '{"half')
  })
})

test('a key file that others can read is reported', async () => {
  await withState(async (state) => {
    await start({ state })
    chmodSync(join(state, 'keys.json'), 0o644)
    const { lines } = await start({ state })
    assert.ok(lines.some((line) => line.includes('can be read by others than its owner')))
  })
})

test('where nothing can be kept, the keys live for this run, which is said', async () => {
  await withState(async (state) => {
    writeFileSync(state, 'a file where a folder should be')
    const { lines, keys } = await start({ state: join(state, '..'), argv: [`--castellan.state.directory=${state}/below`] })
    assert.equal(keys.material(BLOCK)[0]?.[0].length, 86)
    assert.ok(
      lines.some((line) => line.includes('used for this run only, because')),
      lines.join('\n'),
    )
  })
})

test('of eight processes that start at once all have the same keys', async () => {
  await withState(async (state) => {
    const main = fileURLToPath(new URL('./print-keys.ts', import.meta.url))
    const run = () =>
      new Promise<string>((resolve) => {
        let out = ''
        const child = spawn(process.execPath, [main, state], { stdio: ['ignore', 'pipe', 'inherit'] })
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          out += chunk
        })
        child.on('close', () => resolve(out))
      })
    const outputs = await Promise.all(Array.from({ length: 8 }, run))
    assert.equal(new Set(outputs).size, 1)
    assert.match(outputs[0] ?? '', /^[\w-]{86}/)
    assert.equal(existsSync(join(state, 'keys.json.lock')), false)
  })
})

test('a lock whose maker is gone does not hold up the start', async () => {
  await withState(async (state) => {
    await start({ state })
    rmSync(join(state, 'keys.json'))
    // No process has a number beyond the largest that the system gives.
    writeFileSync(join(state, 'keys.json.lock'), '99999999')
    const { keys } = await start({ state })
    assert.equal(keys.material(BLOCK).length, 1)
    assert.ok(existsSync(join(state, 'keys.json')))
  })
})

function key(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

test('the key of ticket ids is that of the first keys of the cookie, and stays when those change', async () => {
  await withState(async (state) => {
    const pair = [key(64), key(64)] as const
    const words = (more: string) => [`--${BLOCK}.encryption.key=${more}${pair[0]}`, `--${BLOCK}.signing.key=${more}${pair[1]}`]
    const first = await start({ state, argv: words('') })
    assert.deepEqual(first.keys.ticketIds, deriveKey(pair, 'ticket-ids'))
    const rotated = await start({ state, argv: words(`${key(64)},`) })
    const replaced = await start({ state, argv: [`--${BLOCK}.encryption.key=${key(64)}`, `--${BLOCK}.signing.key=${key(64)}`] })
    for (const { keys, lines } of [rotated, replaced]) {
      assert.deepEqual(keys.ticketIds, first.keys.ticketIds)
      assert.ok(!lines.some((line) => line.includes('ids.key')))
    }
  })
})

test('a configured key of ticket ids counts, unless it has another size', async () => {
  await withState(async (state) => {
    const own = key(32)
    const { keys } = await start({ state, argv: [`--castellan.ticket-registry.ids.key=${own}`] })
    assert.deepEqual(keys.ticketIds, Buffer.from(own, 'base64url'))
    await assert.rejects(
      start({ state, argv: [`--castellan.ticket-registry.ids.key=${key(16)}`] }),
      /ids\.key has 128 bits, and .* needs 256/,
    )
  })
})
