import { randomBytes } from 'node:crypto'
import { StartRefusal } from '../../base/start-refusal.ts'
import { generateKey, keyBlocks, loadConfiguration, showKeys } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

export interface GenKeyOptions {
  readonly size?: string
  readonly bytes?: string
  readonly kid?: string
  readonly setting?: string
  readonly show?: string
}

const SIZES = ['256', '384', '512']

/**
 * `castellan gen-key`: a new key on standard output and nothing else (configuration.md 9.4). `--setting BLOCK` prints the two lines of a block with new keys,
 * `--show BLOCK` those in force.
 */
export async function genKey({ argv, process }: Shell, options: GenKeyOptions): Promise<CommandResult> {
  const fail = (message: string): CommandResult => {
    process.stderr.write(`castellan gen-key: ${message}\n`)
    return { exitCode: EXIT.usage }
  }
  const block = options.show ?? options.setting
  if (block !== undefined) {
    const { settings, stateDirectory } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
    const found = keyBlocks(settings).find(({ name }) => name === block)
    if (!found)
      return fail(
        `there is no block ${block}; there are ${keyBlocks(settings)
          .map(({ name }) => name)
          .join(', ')}`,
      )
    try {
      const lines =
        options.show === undefined
          ? [
              `${block}.encryption.key=${generateKey(found.encryption.keySize)}`,
              `${block}.signing.key=${generateKey(found.signing.keySize)}`,
            ]
          : ((await showKeys(settings, stateDirectory, block)) ?? [])
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
