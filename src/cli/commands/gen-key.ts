import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { StartRefusal } from '../../base/start-refusal.ts'
import { generateKey, keyBlocks, loadConfiguration, showKeys, TICKET_IDS_BLOCK } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

export interface GenKeyOptions {
  readonly size?: string
  readonly bytes?: string
  readonly kid?: string
  readonly setting?: string
  readonly show?: string
  readonly all?: boolean
  readonly rsa?: string
}

const SIZES = ['256', '384', '512']
const RSA_SIZES = ['2048', '3072', '4096']

/**
 * `castellan gen-key`: a new key on standard output and nothing else (configuration.md 9.4). `--setting BLOCK` prints the two lines of a block with new keys,
 * `--show BLOCK` those in force, `--all` new ones for every block in use; `--rsa BITS` a private key as PEM, for a setting that takes the path of one.
 */
export async function genKey({ argv, process }: Shell, options: GenKeyOptions): Promise<CommandResult> {
  const fail = (message: string): CommandResult => {
    process.stderr.write(`castellan gen-key: ${message}\n`)
    return { exitCode: EXIT.usage }
  }
  if (options.all) {
    const { settings } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
    for (const block of keyBlocks(settings).filter(({ enabled }) => enabled)) process.stdout.write(`${newLines(block).join('\n')}\n`)
    return { exitCode: EXIT.good }
  }
  if (options.rsa !== undefined) {
    if (!RSA_SIZES.includes(options.rsa)) return fail(`--rsa must be one of ${RSA_SIZES.join(', ')}`)
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: Number(options.rsa) })
    process.stdout.write(String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
    return { exitCode: EXIT.good }
  }
  const block = options.show ?? options.setting
  if (block !== undefined) {
    const { settings, stateDirectory } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
    const blocks = keyBlocks(settings)
    const found = blocks.find(({ name }) => name === block)
    const isIds = block === TICKET_IDS_BLOCK
    if (!found && !isIds)
      return fail(`there is no block ${block}; there are ${[...blocks.map(({ name }) => name), TICKET_IDS_BLOCK].join(', ')}`)
    try {
      const lines =
        options.show !== undefined
          ? ((await showKeys(settings, stateDirectory, block)) ?? [])
          : found
            ? newLines(found)
            : [`${TICKET_IDS_BLOCK}.key=${generateKey(256)}`]
      if (lines.length === 0) return fail(`${block} has no keys yet; the first start makes them`)
      process.stdout.write(`${lines.join('\n')}\n`)
      return { exitCode: EXIT.good }
    } catch (error) {
      if (!(error instanceof StartRefusal)) throw error
      process.stderr.write(`castellan gen-key: ${error.message}\n`)
      return { exitCode: error.exitCode }
    }
  }
  if (options.bytes !== undefined && !/^([1-9]|[12]\d|3[0-2])$/.test(options.bytes)) return fail('--bytes must be 1 to 32')
  if (options.size !== undefined && !SIZES.includes(options.size)) return fail(`--size must be one of ${SIZES.join(', ')}`)
  const bytes = options.bytes === undefined ? Number(options.size ?? '512') / 8 : Number(options.bytes)
  const kid = options.kid ?? randomBytes(8).toString('hex')
  process.stdout.write(`${JSON.stringify({ kty: 'oct', kid, k: randomBytes(bytes).toString('base64url') })}\n`)
  return { exitCode: EXIT.good }
}

/** The two lines of a block, with keys that nobody has. */
function newLines({ name, encryption, signing }: ReturnType<typeof keyBlocks>[number]): readonly string[] {
  return [`${name}.encryption.key=${generateKey(encryption.keySize)}`, `${name}.signing.key=${generateKey(signing.keySize)}`]
}
