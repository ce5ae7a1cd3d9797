import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

export interface GenKeystoreOptions {
  readonly days?: string
}

/**
 * `castellan gen-keystore [FILE] [--days N]`: a key store with a certificate that signs itself, for a trial (configuration.md 9.4). Its place and password are
 * those of `server.ssl.key-store` and `.key-store-password`, its host that of `cas.server.name`. Overwrites nothing.
 */
export async function genKeystore({ argv, process }: Shell, file: string | undefined, options: GenKeystoreOptions): Promise<CommandResult> {
  const { settings } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const fail = (message: string, exitCode: number = EXIT.mistakes): CommandResult => {
    process.stderr.write(`castellan gen-keystore: ${message}\n`)
    return { exitCode }
  }
  const days = Number(options.days ?? '365')
  if (!Number.isInteger(days) || days < 1 || days > 3650) return fail('--days must be 1 to 3650', EXIT.usage)
  const { keyStore, keyStorePassword } = settings.server.ssl
  const path = resolve(process.cwd(), file ?? keyStore.replace(/^file:(?:\/\/(?=\/))?/, ''))
  if (!URL.canParse(settings.cas.server.name)) return fail('cas.server.name is no address')
  const host = new URL(settings.cas.server.name).hostname.replace(/^\[|\]$/g, '')
  if (existsSync(path)) return fail(`${path} is there already and is left as it is`)
  const { selfSignedKeyStore } = await import('../self-signed.ts')
  const made = await selfSignedKeyStore({ host, password: keyStorePassword, days, now: new Date(systemClock()) })
  try {
    await writeFile(path, made.keyStore, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    return fail(code === 'EEXIST' ? `${path} is there already and is left as it is` : `${path} cannot be written: ${code}`)
  }
  process.stdout.write(`${path}\nSHA-256 ${new X509Certificate(made.certificate).fingerprint256}\n`)
  return { exitCode: EXIT.good }
}
