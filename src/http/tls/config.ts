import { choice, flag, group, type Infer, mapOf, optional, resource, text, texts } from '../../base/schema.ts'

const at = { restart: true } as const
const secret = { restart: true, secret: true } as const

const PEM = 'PEM file, or the PEM text itself'

/** `server.ssl.*` (configuration.md 10.1). */
export const sslConfig = group({
  enabled: flag(true, 'Whether the port speaks https.', at),
  bundle: optional(text('', 'Name of a bundle below `spring.ssl.bundle`, which takes the place of key store and certificate.', at)),
  keyStore: resource('file:/etc/cas/thekeystore', 'PKCS#12 or JKS file with key and certificates. Its content decides, not its name.', at),
  keyStorePassword: text('changeit', 'Password of the key store.', secret),
  keyStoreType: optional(text('', 'Taken, and without effect: the content of the key store decides.', at)),
  keyAlias: optional(text('', 'Which entry of the key store is used; not set: the first one with a key.', at)),
  keyPassword: optional(
    text('', 'Password of an encrypted private key in PEM, or of the key in a JKS file. In PKCS#12 it is that of the store.', secret),
  ),
  certificate: optional(resource('', `${PEM}, with the certificate chain; takes the place of the key store.`, at)),
  certificatePrivateKey: optional(resource('', `${PEM}, with the private key of the certificate.`, secret)),
  trustCertificate: optional(resource('', `${PEM}, with the authorities whose client certificates are believed.`, at)),
  trustStore: optional(resource('', 'PKCS#12 or JKS file with such authorities.', at)),
  trustStorePassword: optional(text('', 'Password of that file.', secret)),
  trustStoreType: optional(text('', 'Taken, and without effect: the content decides.', at)),
  clientAuth: choice(['none', 'want', 'need'], 'none', 'Whether browsers are asked for a certificate, or must have one.', at),
  enabledProtocols: texts([], 'Versions of TLS, e.g. `TLSv1.2,TLSv1.3`. Empty: both.', at),
  ciphers: texts([], 'Cipher suites by their IANA (Java) or OpenSSL names. Empty: those of Node.', at),
})
export type SslConfig = Infer<typeof sslConfig>

const rules = {
  key: group({
    alias: optional(text('', 'Which entry of the key store is used.', at)),
    password: optional(text('', 'Password of the private key.', secret)),
  }),
  options: group({
    ciphers: texts([], 'Cipher suites. Empty: those of server.ssl.ciphers.', at),
    enabledProtocols: texts([], 'Versions of TLS. Empty: those of server.ssl.enabled-protocols.', at),
  }),
  reloadOnUpdate: flag(true, 'Whether changed files are read again by themselves; Spring Boot does so only if told.', at),
}

const store = group({
  location: optional(resource('', 'PKCS#12 or JKS file.', at)),
  password: optional(text('', 'Its password.', secret)),
  type: optional(text('', 'Taken, and without effect: the content decides.', at)),
})

/** `spring.ssl.bundle.*`: key material under a name. */
export const sslBundleConfig = group({
  pem: mapOf(
    group({
      keystore: group({
        certificate: optional(resource('', `${PEM}, with the certificate chain.`, at)),
        privateKey: optional(resource('', `${PEM}, with the private key.`, secret)),
        privateKeyPassword: optional(text('', 'Password of the private key.', secret)),
      }),
      truststore: group({ certificate: optional(resource('', `${PEM}, with the authorities of client certificates.`, at)) }),
      ...rules,
    }),
    'Key and certificates in PEM, by the name of the bundle.',
  ),
  jks: mapOf(group({ keystore: store, truststore: store, ...rules }), 'Key stores (JKS or PKCS#12), by the name of the bundle.'),
})
export type SslBundleConfig = Infer<typeof sslBundleConfig>
