import { StartRefusal } from '../../base/start-refusal.ts'
import type { SslBundleConfig, SslConfig } from './config.ts'

/** What a setting says about where something lies: a file, or PEM text itself. */
export interface Located {
  readonly setting: string
  readonly location: string
}

/** A key store or trust store. */
export interface StoreAt extends Located {
  readonly password: string
  readonly passwordSetting: string
}

/** Where https takes what it needs, whichever of the settings says so. */
export interface WantedTls {
  readonly key:
    | { readonly kind: 'pem'; readonly certificate: Located; readonly privateKey?: Located; readonly passphrase?: string }
    | {
        readonly kind: 'store'
        readonly store: StoreAt
        readonly aliasSetting: string
        readonly alias?: string
        readonly keyPassword?: string
      }
  readonly trust?: { readonly kind: 'pem'; readonly certificate: Located } | { readonly kind: 'store'; readonly store: StoreAt }
  readonly clientAuth: SslConfig['clientAuth']
  readonly protocols: { readonly setting: string; readonly names: readonly string[] }
  readonly ciphers: { readonly setting: string; readonly names: readonly string[] }
  /** Whether changed files count without a restart. */
  readonly reload: boolean
}

/**
 * Reads `server.ssl.*` and the bundle it names. PEM counts before a key store, as in Spring Boot.
 *
 * @throws {StartRefusal} for a bundle that is not there, or has no key.
 */
export function wantedTls(ssl: SslConfig, bundles: SslBundleConfig): WantedTls {
  const own = {
    clientAuth: ssl.clientAuth,
    protocols: { setting: 'server.ssl.enabled-protocols', names: ssl.enabledProtocols },
    ciphers: { setting: 'server.ssl.ciphers', names: ssl.ciphers },
    reload: true,
  }
  if (ssl.bundle !== undefined) return { ...own, ...bundleNamed(ssl.bundle.trim(), bundles, own) }
  const trust: WantedTls['trust'] =
    ssl.trustCertificate !== undefined
      ? { kind: 'pem', certificate: { setting: 'server.ssl.trust-certificate', location: ssl.trustCertificate } }
      : storeAt('server.ssl.trust-store', 'server.ssl.trust-store-password', ssl.trustStore, ssl.trustStorePassword)
  if (ssl.certificate !== undefined) {
    return {
      ...own,
      key: {
        kind: 'pem',
        certificate: { setting: 'server.ssl.certificate', location: ssl.certificate },
        ...located('privateKey', 'server.ssl.certificate-private-key', ssl.certificatePrivateKey),
        ...(ssl.keyPassword === undefined ? {} : { passphrase: ssl.keyPassword }),
      },
      ...(trust ? { trust } : {}),
    }
  }
  return {
    ...own,
    key: {
      kind: 'store',
      store: {
        setting: 'server.ssl.key-store',
        location: ssl.keyStore,
        password: ssl.keyStorePassword,
        passwordSetting: 'server.ssl.key-store-password',
      },
      aliasSetting: 'server.ssl.key-alias',
      ...(ssl.keyAlias === undefined ? {} : { alias: ssl.keyAlias }),
      ...(ssl.keyPassword === undefined ? {} : { keyPassword: ssl.keyPassword }),
    },
    ...(trust ? { trust } : {}),
  }
}

type Own = Pick<WantedTls, 'protocols' | 'ciphers'>

function bundleNamed(name: string, { pem, jks }: SslBundleConfig, own: Own): Partial<WantedTls> & Pick<WantedTls, 'key'> {
  const [ofPem, ofStore] = [pem[name], jks[name]]
  const bundle = ofPem ?? ofStore
  if (!bundle) {
    const known = [...Object.keys(pem), ...Object.keys(jks)]
    const there = known.length === 0 ? 'has none' : `has ${known.join(', ')}`
    throw new StartRefusal(`names the bundle ${JSON.stringify(name)}, and spring.ssl.bundle ${there}`, { setting: 'server.ssl.bundle' })
  }
  const at = `spring.ssl.bundle.${ofPem ? 'pem' : 'jks'}.${name}`
  const { options, key, reloadOnUpdate } = bundle
  const rules = {
    protocols:
      options.enabledProtocols.length > 0 ? { setting: `${at}.options.enabled-protocols`, names: options.enabledProtocols } : own.protocols,
    ciphers: options.ciphers.length > 0 ? { setting: `${at}.options.ciphers`, names: options.ciphers } : own.ciphers,
    reload: reloadOnUpdate,
  }
  if (ofPem) {
    const { certificate, privateKey, privateKeyPassword } = ofPem.keystore
    if (certificate === undefined) throw new StartRefusal('is missing: the bundle has no key', { setting: `${at}.keystore.certificate` })
    const passphrase = privateKeyPassword ?? key.password
    const authorities = ofPem.truststore.certificate
    return {
      ...rules,
      key: {
        kind: 'pem',
        certificate: { setting: `${at}.keystore.certificate`, location: certificate },
        ...located('privateKey', `${at}.keystore.private-key`, privateKey),
        ...(passphrase === undefined ? {} : { passphrase }),
      },
      ...(authorities === undefined
        ? {}
        : { trust: { kind: 'pem', certificate: { setting: `${at}.truststore.certificate`, location: authorities } } }),
    }
  }
  const { keystore, truststore } = ofStore ?? {}
  const found = storeAt(`${at}.keystore.location`, `${at}.keystore.password`, keystore?.location, keystore?.password)
  if (!found) throw new StartRefusal('is missing: the bundle has no key', { setting: `${at}.keystore.location` })
  const trust = storeAt(`${at}.truststore.location`, `${at}.truststore.password`, truststore?.location, truststore?.password)
  return {
    ...rules,
    key: {
      ...found,
      aliasSetting: `${at}.key.alias`,
      ...(key.alias === undefined ? {} : { alias: key.alias }),
      ...(key.password === undefined ? {} : { keyPassword: key.password }),
    },
    ...(trust ? { trust } : {}),
  }
}

const located = <Name extends string>(name: Name, setting: string, location: string | undefined) =>
  (location === undefined ? {} : { [name]: { setting, location } }) as { readonly [name in Name]?: Located }

function storeAt(setting: string, passwordSetting: string, location: string | undefined, password: string | undefined) {
  return location === undefined
    ? undefined
    : { kind: 'store' as const, store: { setting, location, password: password ?? '', passwordSetting } }
}
