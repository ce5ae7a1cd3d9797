import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requirePrograms } from './castellan.ts'

/** A certificate authority of its own, with one certificate for `localhost` and the loopback address; valid for two days. */
export interface TestAuthority extends Disposable {
  /** File with the certificate of the authority, for `NODE_EXTRA_CA_CERTS`. */
  readonly file: string
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

export function testAuthority(): TestAuthority {
  requirePrograms('/usr/bin/openssl')
  const folder = mkdtempSync(join(tmpdir(), 'castellan-authority-'))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('/usr/bin/openssl', args, { stdio: 'pipe', cwd: folder })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Test authority', '-keyout', 'ca.key', '-out', 'ca.crt')
  openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr')
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'],
    ...['-extfile', 'names', '-out', 'server.crt'],
  )
  const read = (name: string) => readFileSync(at(name), 'utf8')
  return {
    file: at('ca.crt'),
    authority: read('ca.crt'),
    certificate: read('server.crt'),
    key: read('server.key'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
