import { readFileSync } from 'node:fs'
import { deriveKey } from '../base/crypto.ts'
import { keyFileOf } from '../base/key-location.ts'
import { type Log, silentLog } from '../base/log.ts'
import type { Group, Node } from '../base/schema.ts'
import { type Fault, refusals } from '../base/setting-rules.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import { type KeyFile, openKeyFile, openToOthers, readKeyFile, type WantedKey } from './key-file.ts'
import { checkEncryptionKey, isOfPair, parseKeys } from './key-text.ts'
import { below, kebab } from './names.ts'
import { type Settings, schema } from './schema.ts'

/** Encryption and signing key of a block, as texts; made into keys of one purpose by `deriveKey`. */
export type KeyPair = readonly [encryption: string, signing: string]

/** Key material of the `crypto` blocks of CAS (configuration.md 9). */
export interface Keys {
  /**
   * The keys of one block, e.g. `cas.tgc.crypto`; never empty, also when the block is switched off. The first pair writes, all read (rotation).
   *
   * @throws {Error} for a block that the schema does not have.
   */
  material(block: string): readonly KeyPair[]
  /** 32 bytes under which ids of tickets are digested. They stay when the keys of the cookie change: stored tickets would be out of reach else. */
  readonly ticketIds: Buffer
  /** Settings whose keys were generated here: other machines have others. */
  readonly generated: readonly string[]
}

/** 32 bytes each of one purpose, from the material of a block; the first writes, all read. */
export function purposeKeys(keys: Keys, block: string, purpose: string): readonly Buffer[] {
  return keys.material(block).map((pair) => deriveKey(pair, purpose))
}

export interface KeyParts {
  readonly settings: Settings
  readonly stateDirectory: string
  readonly log: Log
}

interface KeySettings {
  readonly key: readonly string[]
  readonly keySize: number
}

interface Block {
  readonly name: string
  readonly enabled: boolean
  /** Whether the feature that the keys are for is on; a block that only that feature seals with is never off. */
  readonly feature: 'on' | 'off' | undefined
  readonly enabledByDefault: boolean
  /** Whether the keys are those of JWTs, which may lie in files. */
  readonly ofJwts: boolean
  readonly encryption: KeySettings
  readonly signing: KeySettings
}

const SHORTEST_SIGNING_KEY_BYTES = 32
const COOKIE_BLOCK = 'cas.tgc.crypto'
/** Has one key, and no pair. */
export const TICKET_IDS_BLOCK = 'castellan.ticket-registry.ids'
const TICKET_IDS = `${TICKET_IDS_BLOCK}.key`
const TICKET_IDS_BITS = 256

/**
 * Takes the configured keys; generates the missing ones and keeps them in `<state directory>/keys.json` (configuration.md 9.3), so that a restart loses no
 * session. Of several processes that start at once one generates, the others read.
 *
 * @throws {StartRefusal} for a key that does not fit its size, and for a key file that cannot be understood.
 */
export async function loadKeys({ settings, stateDirectory, ...parts }: KeyParts): Promise<Keys> {
  const log = parts.log.child({ room: 'keys' })
  const blocks = cryptoBlocks(schema, settings).map(withParsedKeys)
  // Blocks that are switched off get keys too: other purposes derive theirs from them, and switching on is no change of keys.
  const idsKey = settings.castellan.ticketRegistry.ids.key
  checkTicketIds(settings)
  const wanted = [...blocks.flatMap(missingKeys), ...(idsKey === '' ? [keyOfTicketIds(blocks)] : [])]
  const file = wanted.length > 0 ? await openKeyFile(stateDirectory, wanted) : undefined
  const missed = blocks.filter(({ enabled, feature }) => (feature === undefined ? enabled : feature === 'on')).flatMap(missingKeys)
  if (file) {
    report(file, missed, log)
    if (settings.castellan.config.printGeneratedKeys) print(file, wanted, log)
    for (const danger of await openToOthers(stateDirectory, process.getuid?.() ?? 0)) log.warn({ stateDirectory }, danger)
  }
  const material = new Map<string, readonly KeyPair[]>()
  for (const block of blocks) {
    check(block, log)
    const of = (part: 'encryption' | 'signing') =>
      block[part].key.length > 0
        ? block[part].key.map((key) => keyText(block, part, key))
        : [file?.keys.get(`${block.name}.${part}.key`) ?? '']
    material.set(
      block.name,
      of('encryption').flatMap((one) => of('signing').map((other): KeyPair => [one, other])),
    )
  }
  return {
    generated: missed.map(({ setting }) => setting),
    ticketIds: Buffer.from(idsKey || (file?.keys.get(TICKET_IDS) ?? ''), 'base64url'),
    material(block) {
      const found = material.get(block)
      if (!found) throw new Error(`there is no block of keys ${block}`)
      return found
    },
  }
}

/**
 * The key of ticket ids that nobody has configured: at first it is that of the first keys of the cookie, which all machines with the same settings have, and
 * under which earlier versions stored tickets; then it is kept.
 */
function keyOfTicketIds(blocks: readonly Block[]): WantedKey {
  const cookie = blocks.find(({ name }) => name === COOKIE_BLOCK)
  const first = (part: 'encryption' | 'signing', keys: ReadonlyMap<string, string>) => {
    const configured = cookie?.[part].key[0]
    return cookie && configured !== undefined ? keyText(cookie, part, configured) : (keys.get(`${COOKIE_BLOCK}.${part}.key`) ?? '')
  }
  return {
    setting: TICKET_IDS,
    keySize: TICKET_IDS_BITS,
    derive: (keys) => deriveKey([first('encryption', keys), first('signing', keys)], 'ticket-ids').toString('base64url'),
  }
}

/** What is wrong with the configured keys, without making any. */
export function keyFaults(settings: Settings): readonly Fault[] {
  const checks = cryptoBlocks(schema, settings).map((block) => () => check(withParsedKeys(block), silentLog))
  return refusals(...checks, () => checkTicketIds(settings))
}

/**
 * The key itself, where the setting names a file (configuration.md 9.2): its path is no secret, and must never be one. Keys of JWTs are read by who makes them.
 *
 * @throws {StartRefusal} for a file that cannot be read.
 */
function keyText({ name, ofJwts }: Block, part: 'encryption' | 'signing', key: string): string {
  const path = ofJwts ? undefined : keyFileOf(key)
  if (path === undefined) return key
  const setting = `${name}.${part}.key`
  try {
    const text = readFileSync(path, 'latin1').trim()
    if (text.length >= SHORTEST_SIGNING_KEY_BYTES) return text
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'
    throw new StartRefusal(`names ${path}, which cannot be read (${code})`, { setting, cause })
  }
  throw new StartRefusal(`names ${path}, which is too short to be a key`, { setting })
}

function checkTicketIds(settings: Settings): void {
  const { key } = settings.castellan.ticketRegistry.ids
  if (key !== '') checkEncryptionKey(TICKET_IDS, key, TICKET_IDS_BITS)
}

/**
 * The lines of a block as they are in force, for `castellan gen-key --show`: configured keys, else those that are kept.
 *
 * @returns `undefined` for a block that does not exist; no lines for keys that nobody has made yet.
 */
export async function showKeys(settings: Settings, stateDirectory: string, block: string): Promise<readonly string[] | undefined> {
  const file = await readKeyFile(stateDirectory)
  if (block === TICKET_IDS_BLOCK) {
    const key = settings.castellan.ticketRegistry.ids.key || file?.keys.get(TICKET_IDS)
    return key ? [`${TICKET_IDS}=${key}`] : []
  }
  const found = cryptoBlocks(schema, settings)
    .map(withParsedKeys)
    .find(({ name }) => name === block)
  if (!found) return undefined
  return (['encryption', 'signing'] as const).flatMap((part) => {
    const setting = `${block}.${part}.key`
    const key = found[part].key.join(',') || file?.keys.get(setting)
    return key ? [`${setting}=${key}`] : []
  })
}

/** Names and key sizes of all blocks, for `castellan gen-key`. */
export function keyBlocks(settings: Settings): readonly Pick<Block, 'name' | 'enabled' | 'encryption' | 'signing'>[] {
  return cryptoBlocks(schema, settings)
}

/** Every group of the schema that has the shape of `cryptoBlock`; lists and maps have none. */
function cryptoBlocks(node: Group, settings: unknown, path = '', above: Readonly<Record<string, unknown>> = {}): readonly Block[] {
  const shape = node.shape as Readonly<Record<string, Node>>
  const values = settings as Readonly<Record<string, unknown>>
  const { encryption, signing, enabled } = shape
  if (encryption?.kind === 'group' && signing?.kind === 'group' && enabled?.kind === 'property' && 'keySize' in encryption.shape) {
    // The shape has been looked at; the settings were bound by it.
    const { usedWith } = enabled.facts
    const feature = usedWith === undefined ? undefined : above[usedWith] === true ? 'on' : 'off'
    return [
      {
        ...(values as unknown as Block),
        feature,
        name: path,
        enabledByDefault: enabled.fallback === true,
        ofJwts: 'strategyType' in shape,
      },
    ]
  }
  return Object.entries(shape).flatMap(([name, child]) =>
    child.kind === 'group' ? cryptoBlocks(child, values[name], below(path, kebab(name)), values) : [],
  )
}

function withParsedKeys(block: Block): Block {
  const parsed = (part: 'encryption' | 'signing') => ({
    ...block[part],
    key: parseKeys(`${block.name}.${part}.key`, block[part].key, block.ofJwts),
  })
  return { ...block, encryption: parsed('encryption'), signing: parsed('signing') }
}

function missingKeys({ name, encryption, signing }: Block): readonly WantedKey[] {
  return [
    ...(encryption.key.length === 0 ? [{ setting: `${name}.encryption.key`, keySize: encryption.keySize }] : []),
    ...(signing.key.length === 0 ? [{ setting: `${name}.signing.key`, keySize: signing.keySize }] : []),
  ]
}

function check({ name, enabled, feature, enabledByDefault, ofJwts, encryption, signing }: Block, log: Log): void {
  const inFile = (key: string) => ofJwts && (isOfPair(key) || keyFileOf(key) !== undefined)
  for (const key of enabled ? encryption.key : []) {
    if (inFile(key)) continue
    if (checkEncryptionKey(`${name}.encryption.key`, key, encryption.keySize) === 'raw') {
      log.warn(
        { setting: `${name}.encryption.key` },
        `${name}.encryption.key is not Base64 and is taken as it stands; write the same as Base64`,
      )
    }
  }
  for (const key of signing.key) {
    if (Buffer.byteLength(key) >= SHORTEST_SIGNING_KEY_BYTES || inFile(key)) continue
    log.warn(
      { setting: `${name}.signing.key` },
      `${name}.signing.key is short; castellan gen-key --size ${signing.keySize} makes a good one`,
    )
  }
  if (!enabled && enabledByDefault && feature === undefined)
    log.warn({ setting: `${name}.enabled` }, `${name}.enabled is false: its values are neither encrypted nor signed`)
}

/**
 * Every key that is kept, as a line to paste: those of blocks that are switched off too, for other purposes derive theirs from them, and that of the ids of
 * tickets, which outlives a change of the keys that it was made from.
 */
function print(file: KeyFile, wanted: readonly WantedKey[], log: Log): void {
  for (const { setting } of wanted) log.warn({ setting }, `${setting}=${file.keys.get(setting)}`)
}

/** One line per block, in the words of configuration.md 9.3. */
function report(file: KeyFile, wanted: readonly WantedKey[], log: Log): void {
  const byBlock = Map.groupBy(wanted, ({ setting }) => setting.replace(/\.(?:encryption|signing)\.key$/, ''))
  for (const [block, keys] of byBlock) {
    const names = keys.map(({ setting }) => setting).join(' and ')
    const isOrAre = keys.length === 1 ? 'is not set; a generated key is' : 'are not set; generated keys are'
    const place =
      file.notKept === undefined
        ? `kept in ${file.path} (castellan gen-key --show ${block} prints ${keys.length === 1 ? 'it' : 'them'})`
        : `used for this run only, because ${file.path} cannot be written (${file.notKept})`
    log.warn({ settings: keys.map(({ setting }) => setting) }, `${names} ${isOrAre} ${place}`)
  }
  if (file.open) log.warn({ file: file.path }, `${file.path} can be read by others than its owner; chmod 600 ${file.path}`)
}
