import { readFile, stat } from 'node:fs/promises'
import { createSecureContext, type SecureVersion, type TlsOptions } from 'node:tls'
import { StartRefusal } from '../../base/start-refusal.ts'
import { readStore, type StoreEntry, storeKind } from './key-store.ts'
import type { Located, StoreAt, WantedTls } from './wanted.ts'

const VERSIONS: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/**
 * Key, certificates and rules of https (configuration.md 10.1).
 *
 * @throws {StartRefusal} names the setting and the file; never a password.
 */
export async function tlsOptions(wanted: WantedTls): Promise<TlsOptions> {
  const options: TlsOptions = {
    ...(await keyMaterial(wanted.key)),
    ...versions(wanted.protocols),
    ...(wanted.ciphers.names.length > 0 ? { ciphers: wanted.ciphers.names.map(opensslName).join(':') } : {}),
    ...(await clientCertificates(wanted)),
  }
  try {
    createSecureContext(options)
  } catch (cause) {
    throw unusable(wanted, cause)
  }
  return options
}

/** Changes whenever one of the files does, also when a link to it is put elsewhere. */
export async function materialMark({ key, trust }: WantedTls): Promise<string> {
  const own = key.kind === 'store' ? [key.store] : [key.certificate, ...(key.privateKey ? [key.privateKey] : [])]
  const others = trust === undefined ? [] : [trust.kind === 'store' ? trust.store : trust.certificate]
  const marks = await Promise.all(
    [...own, ...others].map(async (located) => {
      if (isText(located)) return ''
      const { mtimeMs, size, ino } = await stat(filePath(located))
      return `${mtimeMs}:${size}:${ino}`
    }),
  )
  return marks.join(' ')
}

async function keyMaterial(key: WantedTls['key']): Promise<TlsOptions> {
  if (key.kind === 'pem') {
    const cert = await read(key.certificate)
    const own = key.privateKey ? await read(key.privateKey) : cert
    return { cert, key: own, ...(key.passphrase === undefined ? {} : { passphrase: key.passphrase }) }
  }
  const { store, alias, aliasSetting, keyPassword } = key
  const content = await read(store)
  const kind = storeKind(content)
  if (kind === 'pem') return { cert: content, key: content, passphrase: keyPassword ?? store.password }
  // What Node reads by itself needs no library.
  if (kind === 'pkcs12' && alias === undefined) return { pfx: content, passphrase: store.password }
  const entries = await entriesOf(store, content, keyPassword)
  const withKey = entries.filter((entry) => entry.key !== undefined)
  const found = alias === undefined ? withKey[0] : withKey.find((entry) => entry.alias.toLowerCase() === alias.trim().toLowerCase())
  if (found?.key !== undefined) return { cert: found.certificates.join(''), key: found.key }
  if (alias === undefined) throw new StartRefusal(`has no private key in ${filePath(store)}`, { setting: store.setting })
  const known = withKey.map((entry) => entry.alias).join(', ') || 'none'
  throw new StartRefusal(`names no key in ${filePath(store)}; there are: ${known}`, { setting: aliasSetting })
}

async function entriesOf(store: StoreAt, content: Buffer, keyPassword?: string): Promise<readonly StoreEntry[]> {
  const kind = storeKind(content)
  const path = filePath(store)
  if (kind === 'jceks') {
    const convert = `keytool -importkeystore -srckeystore ${path} -srcstoretype JCEKS -destkeystore ${path}.p12 -deststoretype PKCS12`
    throw new StartRefusal(`is a Java key store of the kind JCEKS in ${path}; convert it: ${convert}`, { setting: store.setting })
  }
  if (kind === undefined) throw new StartRefusal(`is neither PKCS#12, JKS nor PEM in ${path}`, { setting: store.setting })
  try {
    return await readStore(content, store.password, keyPassword)
  } catch (cause) {
    if (cause instanceof Error && /password|recover|mac/i.test(cause.message)) {
      throw new StartRefusal('does not open the key store', { setting: store.passwordSetting, cause })
    }
    throw new StartRefusal(`cannot be read in ${path}; the file is damaged, or protected in a way that is not known here`, {
      setting: store.setting,
      cause,
    })
  }
}

async function clientCertificates({ clientAuth, trust }: WantedTls): Promise<TlsOptions> {
  if (clientAuth === 'none') return {}
  const ca = trust === undefined ? undefined : await authorities(trust)
  return { requestCert: true, rejectUnauthorized: clientAuth === 'need', ...(ca ? { ca } : {}) }
}

async function authorities(trust: NonNullable<WantedTls['trust']>): Promise<(string | Buffer)[]> {
  if (trust.kind === 'pem') return [await read(trust.certificate)]
  const content = await read(trust.store)
  if (storeKind(content) === 'pem') return [content]
  const certificates = (await entriesOf(trust.store, content)).flatMap((entry) => entry.certificates)
  if (certificates.length === 0) throw new StartRefusal(`has no certificate in ${filePath(trust.store)}`, { setting: trust.store.setting })
  return certificates
}

const isText = ({ location }: Located) => location.includes('-----BEGIN')

async function read(located: Located): Promise<Buffer> {
  if (isText(located)) return Buffer.from(located.location)
  const { setting } = located
  const path = filePath(located)
  let content: Buffer
  try {
    content = await readFile(path)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const what = code === 'ENOENT' ? 'names a file that does not exist' : `cannot be read (${String(code)})`
    const how = setting === 'server.ssl.key-store' ? 'castellan gen-keystore makes one for a trial; plain http' : 'Plain http'
    throw new StartRefusal(`${what}: ${path}. ${how} is server.ssl.enabled=false`, { setting, cause })
  }
  if (content.length < 4) throw new StartRefusal(`names an empty file: ${path}`, { setting })
  return content
}

function filePath({ setting, location }: Located): string {
  const path = location.trim().replace(/^file:(?:\/\/(?=\/))?/, '')
  if (/^[a-z]{2,}:/i.test(path)) throw new StartRefusal(`must be a file, not ${path.slice(0, path.indexOf(':') + 1)}…`, { setting })
  return path
}

function unusable({ key, ciphers }: WantedTls, cause: unknown): StartRefusal {
  const text = cause instanceof Error ? cause.message : ''
  if (key.kind === 'store' && /mac verify failure|bad decrypt|password/i.test(text)) {
    return new StartRefusal(`does not open the key store`, { setting: key.store.passwordSetting, cause })
  }
  if (key.kind === 'store' && /unsupported/i.test(text)) {
    const how = 'write it anew: openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW'
    return new StartRefusal(`is protected by a cipher that is no longer supported; ${how}`, { setting: key.store.setting, cause })
  }
  if (/cipher/i.test(text)) return new StartRefusal('names a cipher suite that does not exist', { setting: ciphers.setting, cause })
  const setting = key.kind === 'pem' ? key.certificate.setting : key.store.setting
  return new StartRefusal(`and its private key cannot be used: ${text}`, { setting, cause })
}

function versions({ setting, names }: WantedTls['protocols']): TlsOptions {
  const named = names.flatMap((protocol) => protocol.split('+')).map((protocol) => protocol.trim())
  const indexes = named.map((name) => VERSIONS.findIndex((version) => version.toLowerCase() === name.toLowerCase()))
  if (indexes.length === 0) return {}
  if (indexes.includes(-1)) throw new StartRefusal(`must be some of ${VERSIONS.join(', ')}`, { setting })
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
