import { readFile, stat } from 'node:fs/promises'
import { createSecureContext, type SecureVersion, type TlsOptions } from 'node:tls'
import { StartRefusal } from '../base/start-refusal.ts'
import type { HttpConfig } from './config.ts'

type Ssl = HttpConfig['server']['ssl']

const VERSIONS: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/**
 * Key, certificates and rules of https (configuration.md 10.1): PEM where a certificate is configured, else the key store, whose first bytes decide what
 * it is.
 *
 * @throws {StartRefusal} names the setting and the file; never a password.
 */
export async function tlsOptions(ssl: Ssl): Promise<TlsOptions> {
  const options: TlsOptions = {
    ...(await material(ssl)),
    ...versions(ssl.enabledProtocols),
    ...(ssl.ciphers.length > 0 ? { ciphers: ssl.ciphers.map(opensslName).join(':') } : {}),
    ...(await clientCertificates(ssl)),
  }
  try {
    createSecureContext(options)
  } catch (cause) {
    throw unusable(ssl, cause)
  }
  return options
}

/** Changes whenever one of the files does, also when a link to it is put elsewhere. */
export async function materialMark(ssl: Ssl): Promise<string> {
  const marks = await Promise.all(
    files(ssl).map(async ({ path }) => {
      const { mtimeMs, size, ino } = await stat(path)
      return `${mtimeMs}:${size}:${ino}`
    }),
  )
  return marks.join(' ')
}

async function material(ssl: Ssl): Promise<TlsOptions> {
  const [first, second] = await Promise.all(files(ssl).slice(0, 2).map(read))
  if (!first) return {}
  if (ssl.certificate !== undefined) {
    return { cert: first, key: second ?? first, ...(ssl.keyPassword === undefined ? {} : { passphrase: ssl.keyPassword }) }
  }
  const setting = 'server.ssl.key-store'
  const path = filePath(setting, ssl.keyStore)
  const magic = first.readUInt32BE(0)
  if (magic === 0xfeedfeed || magic === 0xcececece) {
    const convert = `keytool -importkeystore -srckeystore ${path} -destkeystore ${path}.p12 -deststoretype PKCS12`
    throw new StartRefusal(`is a Java key store (JKS) in ${path}; convert it: ${convert}`, { setting })
  }
  if (first[0] === 0x30) return { pfx: first, passphrase: ssl.keyStorePassword }
  if (first.includes('-----BEGIN')) return { cert: first, key: first, passphrase: ssl.keyStorePassword }
  throw new StartRefusal(`is neither PKCS#12 nor PEM in ${path}`, { setting })
}

/** The files in the order certificate (or key store), private key. */
function files(ssl: Ssl): readonly { readonly setting: string; readonly path: string }[] {
  const entry = (setting: string, resource: string) => ({ setting, path: filePath(setting, resource) })
  if (ssl.certificate === undefined) return [entry('server.ssl.key-store', ssl.keyStore)]
  return [
    entry('server.ssl.certificate', ssl.certificate),
    ...(ssl.certificatePrivateKey === undefined ? [] : [entry('server.ssl.certificate-private-key', ssl.certificatePrivateKey)]),
  ]
}

async function clientCertificates(ssl: Ssl): Promise<TlsOptions> {
  if (ssl.clientAuth === 'none') return {}
  const setting = 'server.ssl.trust-certificate'
  const ca = ssl.trustCertificate === undefined ? undefined : await read({ setting, path: filePath(setting, ssl.trustCertificate) })
  return { requestCert: true, rejectUnauthorized: ssl.clientAuth === 'need', ...(ca ? { ca } : {}) }
}

async function read({ setting, path }: { readonly setting: string; readonly path: string }): Promise<Buffer> {
  let content: Buffer
  try {
    content = await readFile(path)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const what = code === 'ENOENT' ? 'names a file that does not exist' : `cannot be read (${String(code)})`
    throw new StartRefusal(`${what}: ${path}. Plain http is server.ssl.enabled=false`, { setting, cause })
  }
  if (content.length < 4) throw new StartRefusal(`names an empty file: ${path}`, { setting })
  return content
}

function filePath(setting: string, resource: string): string {
  const path = resource.trim().replace(/^file:(?:\/\/(?=\/))?/, '')
  if (/^[a-z]{2,}:/i.test(path)) throw new StartRefusal(`must be a file, not ${path.slice(0, path.indexOf(':') + 1)}…`, { setting })
  return path
}

function unusable(ssl: Ssl, cause: unknown): StartRefusal {
  const text = cause instanceof Error ? cause.message : ''
  const pem = ssl.certificate !== undefined
  if (!pem && /mac verify failure|bad decrypt|password/i.test(text)) {
    return new StartRefusal(`does not open the key store`, { setting: 'server.ssl.key-store-password', cause })
  }
  if (!pem && /unsupported/i.test(text)) {
    const how = 'write it anew: openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW'
    return new StartRefusal(`is protected by a cipher that is no longer supported; ${how}`, { setting: 'server.ssl.key-store', cause })
  }
  if (/cipher/i.test(text)) return new StartRefusal('names a cipher suite that does not exist', { setting: 'server.ssl.ciphers', cause })
  const setting = pem ? 'server.ssl.certificate' : 'server.ssl.key-store'
  return new StartRefusal(`and its private key cannot be used: ${text}`, { setting, cause })
}

function versions(protocols: readonly string[]): TlsOptions {
  const named = protocols.flatMap((protocol) => protocol.split('+')).map((protocol) => protocol.trim())
  const indexes = named.map((name) => VERSIONS.findIndex((version) => version.toLowerCase() === name.toLowerCase()))
  if (indexes.length === 0) return {}
  if (indexes.includes(-1)) throw new StartRefusal(`must be some of ${VERSIONS.join(', ')}`, { setting: 'server.ssl.enabled-protocols' })
  const [minVersion, maxVersion] = [VERSIONS[Math.min(...indexes)], VERSIONS[Math.max(...indexes)]]
  return minVersion && maxVersion ? { minVersion, maxVersion } : {}
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`, as Java has it, is `ECDHE-RSA-AES128-GCM-SHA256` here; other names are taken as they are. */
function opensslName(suite: string): string {
  const match = /^TLS_(.+)_WITH_(.+)$/.exec(suite)
  if (!match) return suite
  const bulk = (match[2] ?? '')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace('CHACHA20_POLY1305_SHA256', 'CHACHA20-POLY1305')
    .replace('_CBC', '')
  const exchange = match[1] === 'RSA' ? '' : `${match[1]}-`
  return `${exchange}${bulk}`.replaceAll('_', '-')
}
