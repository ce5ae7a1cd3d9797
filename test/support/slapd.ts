import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { requirePrograms } from './castellan.ts'
import type { TestCertificate } from './certificates.ts'

export const SLAPD = '/usr/sbin/slapd'
export const BASE = 'dc=example,dc=org'

export interface Slapd extends AsyncDisposable {
  readonly url: string
  readonly secureUrl: string
  /** Everything that it was told, as its log has it. */
  log(): string
  stop(): Promise<void>
  start(): Promise<void>
}

export interface SlapdOptions {
  /** Entries below `BASE`. */
  readonly ldif: string
  readonly certificate: Pick<TestCertificate, 'certificate' | 'key'>
}

/** A real OpenLDAP in a folder of its own, with a user `cn=reader` (password `reader`) who may read; anybody else may only log in. */
export async function slapd({ ldif, certificate }: SlapdOptions): Promise<Slapd> {
  requirePrograms(SLAPD)
  const folder = await mkdtemp(join(tmpdir(), 'castellan-slapd-'))
  await mkdir(join(folder, 'data'))
  const [port, securePort] = [await freePort(), await freePort()]
  const schemas = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')
  await writeFile(
    join(folder, 'slapd.conf'),
    `${schemas}
pidfile ${folder}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
loglevel stats
TLSCertificateFile ${certificate.certificate}
TLSCertificateKeyFile ${certificate.key}
database mdb
suffix "${BASE}"
rootdn "cn=admin,${BASE}"
rootpw admin
directory ${folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,${BASE}" read by self read by * none
`,
  )
  const head = `dn: ${BASE}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: cn=reader,${BASE}
objectClass: person
cn: reader
sn: reader
userPassword: reader

`
  const added = spawnSync('/usr/sbin/slapadd', ['-f', join(folder, 'slapd.conf')], { input: head + ldif, encoding: 'utf8' })
  if (added.status !== 0) throw new Error(`slapadd: ${added.stderr}`)
  const urls = [`ldap://127.0.0.1:${port}`, `ldaps://localhost:${securePort}`] as const
  let running: ChildProcess | undefined
  let said = ''

  async function start() {
    const child = spawn(SLAPD, ['-f', join(folder, 'slapd.conf'), '-h', urls.join(' '), '-d', 'stats'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr?.on('data', (chunk) => {
      said += chunk
    })
    running = child
    for (let tries = 0; !(await answers(port)); tries++) {
      if (child.exitCode !== null || tries > 200) throw new Error(`slapd does not start: ${said.slice(-2000)}`)
      await setTimeout(50)
    }
  }
  async function stop() {
    const child = running
    running = undefined
    if (!child || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
  await start()
  return {
    url: urls[0],
    secureUrl: urls[1],
    log: () => said,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true) === undefined && socket.destroy())
    socket.once('error', () => resolve(false))
  })
