import { loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

const LIMIT_MS = 5000

/**
 * `castellan healthcheck [URL]`: 0 when the server answers with 200, 1 otherwise; for container health checks without curl. Without URL it asks the server
 * of this configuration on this machine, whose certificate is not checked: it is our own address.
 */
export async function healthcheck(
  { argv, process }: Shell,
  given: string | undefined,
  { json = false }: { readonly json?: boolean } = {},
): Promise<CommandResult> {
  const fail = (message: string): CommandResult => {
    process.stderr.write(`castellan healthcheck: ${message}\n`)
    return { exitCode: EXIT.mistakes }
  }
  const url = given === undefined ? await ownAddress({ argv, process }) : given
  if (!URL.canParse(url) || !/^https?:/.test(url)) return fail(`${url} is no http(s) address`)
  const address = new URL(url)
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(address.hostname)
  const { request } = address.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const status = await new Promise<number | string>((resolve) => {
    const call = request(address, { timeout: LIMIT_MS, ...(isLoopback ? { rejectUnauthorized: false } : {}) }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    call.on('timeout', () => call.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)))
    call.on('error', (error) => resolve(error.message || ('code' in error ? String(error.code) : 'no answer')))
    call.end()
  })
  if (json) {
    process.stdout.write(`${JSON.stringify({ url, status, ok: status === 200 })}\n`)
    return { exitCode: status === 200 ? EXIT.good : EXIT.mistakes }
  }
  if (status !== 200) return fail(`${url}: ${status}`)
  process.stdout.write(`${url}: 200\n`)
  return { exitCode: EXIT.good }
}

async function ownAddress({ argv, process }: Shell): Promise<string> {
  const { settings } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const { ownPortSettings } = await import('../../management/index.ts')
  const { port, address, ssl, servlet } = (ownPortSettings(settings) ?? settings).server
  const host = address === undefined || address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
  const scheme = ssl.enabled ? 'https' : 'http'
  const path = [servlet.contextPath, settings.management.endpoints.web.basePath, 'health'].map((part) =>
    part.trim().replace(/^\/+|\/+$/g, ''),
  )
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/${path.filter((part) => part !== '').join('/')}`
}
