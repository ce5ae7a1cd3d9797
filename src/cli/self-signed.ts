import { generateKeyPair, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import forge from 'node-forge'

export interface SelfSignedParts {
  /** Of the address that people see; becomes the subject. */
  readonly host: string
  readonly password: string
  readonly days: number
  readonly now: Date
}

const DNS_NAME = 2
const IP_ADDRESS = 7

/**
 * A PKCS#12 file with a new RSA key and a certificate that signs itself, alias `cas`, as `createKeystore` of CAS's overlay makes it (configuration.md 9.4): for
 * the host, `localhost` and 127.0.0.1. The key is made by Node; the two formats are written by node-forge (RFC 5280, RFC 7292), sealed with AES-256.
 */
export async function selfSignedKeyStore({
  host,
  password,
  days,
  now,
}: SelfSignedParts): Promise<{ readonly keyStore: Buffer; readonly certificate: string }> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const key = forge.pki.privateKeyFromPem(pair.privateKey)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey)
  // The first bit would make it negative, a leading zero shorter.
  certificate.serialNumber = `4${randomBytes(16).toString('hex').slice(1)}`
  certificate.validity.notBefore = now
  certificate.validity.notAfter = new Date(now.getTime() + days * 86_400_000)
  const name = [{ name: 'commonName', value: host }]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  const names = [...new Set([host, 'localhost', '127.0.0.1'])]
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: names.map((one) => (isIP(one) === 0 ? { type: DNS_NAME, value: one } : { type: IP_ADDRESS, ip: one })),
    },
  ])
  certificate.sign(key, forge.md.sha256.create())
  const container = forge.pkcs12.toPkcs12Asn1(key, [certificate], password, { algorithm: 'aes256', count: 10_000, friendlyName: 'cas' })
  return { keyStore: Buffer.from(forge.asn1.toDer(container).getBytes(), 'latin1'), certificate: forge.pki.certificateToPem(certificate) }
}
