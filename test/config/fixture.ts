import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  choice,
  cryptoBlock,
  duration,
  flag,
  group,
  type Infer,
  int,
  listOf,
  mapOf,
  optional,
  regex,
  text,
  texts,
} from '../../src/base/schema.ts'
import { frameConfig } from '../../src/config/config.ts'
import type { LoadedConfiguration } from '../../src/config/index.ts'
import { type LoadOptions, load } from '../../src/config/load.ts'
import { mergeGroups } from '../../src/config/merge.ts'

/** Settings in all the shapes that rooms have, so that these tests do not change with the rooms. */
export const sample = group({
  cas: group({
    server: group({ name: text('https://cas.example.org:8443', 'Address.'), prefix: optional(text('', 'Address with path.')) }),
    ticket: group({ st: group({ numberOfUses: int(1, 'Uses.', { min: 1 }), timeToKillInSeconds: duration('PT10S', 'Life.') }) }),
    tgc: group({
      secure: flag(true, 'Secure.'),
      crypto: cryptoBlock({ enabled: true, encryptionKeySize: 512, alg: 'A256CBC-HS512' }),
    }),
    interrupt: group({ mode: choice(['AFTER_AUTHENTICATION', 'AFTER_SSO'], 'AFTER_AUTHENTICATION', 'When.') }),
    logout: group({ redirectParameter: texts(['service'], 'Parameters.') }),
    serviceRegistry: group({
      core: group({ initFromJson: flag(false, 'Import.', { formerly: ['cas.serviceRegistry.initFromJson'] }) }),
      json: group({ location: text('classpath:/services', 'Where.', { formerly: ['cas.serviceRegistry.config.location'] }) }),
    }),
    authn: group({
      rest: listOf(
        group({ uri: text('', 'Address.'), password: text('', 'Secret.', { secret: true }), ports: texts([], 'Ports.') }),
        'Sources.',
      ),
      throttle: group({ pattern: regex('', 'Pattern.') }),
      stub: group({
        attributes: mapOf(texts([], 'Values.', { formerly: ['cas.authn.attributeRepository.attributes.*'] }), 'Attributes.'),
      }),
    }),
    monitor: group({ endpoint: mapOf(group({ access: text('DENY', 'Access.'), maxUses: int(0, 'Uses.') }), 'Endpoints.') }),
  }),
  server: group({ port: int(8443, 'Port.'), timeout: duration('PT20S', 'Time.', { bareNumber: 'ms' }) }),
})
const { schema } = mergeGroups([frameConfig, sample])
/** The sample with the settings of the frame. */
export const fixtureSchema = schema
export type Sample = Infer<typeof sample> & Infer<typeof frameConfig>

export interface Given {
  /** Files of the configuration directory. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  /** Files beside the program. */
  readonly beside?: Readonly<Record<string, string>>
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Loaded extends LoadedConfiguration<Sample> {
  /** Problems as `severity message`, with `DIR` for the directory. */
  readonly lines: readonly string[]
  readonly fatal: readonly string[]
}

/** Loads the sample schema from what is given, in a folder of its own that is gone afterwards. */
export async function settingsFrom(given: Given): Promise<Loaded> {
  return within(given, (directory, options) => finish(directory, load(schema, options) as Promise<LoadedConfiguration<Sample>>))
}

async function finish(directory: string, loading: Promise<LoadedConfiguration<Sample>>): Promise<Loaded> {
  const loaded = await loading
  const line = (problem: (typeof loaded.problems)[number]) => `${problem.severity} ${problem.message.replaceAll(directory, 'DIR')}`
  return { ...loaded, lines: loaded.problems.map(line), fatal: loaded.problems.filter(({ fatal }) => fatal).map(line) }
}

/** Writes the files, calls, and removes them. */
export async function within<T>(given: Given, call: (directory: string, options: LoadOptions) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'castellan-config-'))
  try {
    const directory = join(root, 'etc')
    const beside = join(root, 'program')
    for (const folder of [directory, beside]) mkdirSync(folder)
    write(directory, given.files ?? {})
    write(beside, given.beside ?? {})
    const argv = given.argv ?? []
    return await call(directory, {
      argv: given.files ? ['--config-dir', directory, ...argv] : argv,
      env: given.env ?? {},
      cwd: beside,
      home: root,
      clock: () => Date.UTC(2026, 0, 31, 10),
      usualDirectories: [],
    })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function write(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
}
