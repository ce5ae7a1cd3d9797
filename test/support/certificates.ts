import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { requirePrograms } from './castellan.ts'

export interface TestCertificate extends Disposable {
  readonly certificate: string
  readonly key: string
  /** PKCS#12 with both, password `changeit`, as CAS has it by default. */
  readonly keyStore: string
}

/** A certificate for `localhost` and the loopback address that signs itself, made by openssl, valid for two days. */
export function testCertificate(): TestCertificate {
  requirePrograms('/usr/bin/openssl')
  const folder = mkdtempSync(join(tmpdir(), 'castellan-certificate-'))
  // Clients read the certificate under another account.
  chmodSync(folder, 0o755)
  const [certificate, key, keyStore] = [join(folder, 'server.crt'), join(folder, 'server.key'), join(folder, 'thekeystore')]
  const openssl = (...args: string[]) => execFileSync('/usr/bin/openssl', args, { stdio: 'pipe' })
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', certificate],
  )
  openssl('pkcs12', '-export', '-in', certificate, '-inkey', key, '-name', 'cas', '-passout', 'pass:changeit', '-out', keyStore)
  return { certificate, key, keyStore, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Makes `fetch` of this process trust the certificate. */
export function trust(certificate: TestCertificate): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(certificate.certificate, 'utf8')])
}
