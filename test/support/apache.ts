import { chown, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { requirePrograms } from './castellan.ts'
import type { TestCertificate } from './certificates.ts'
import { type Program, startProgram, unprivileged } from './program.ts'

const APACHE = '/usr/sbin/apache2'
const MODULES = '/usr/lib/apache2/modules'
const ALWAYS = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'include', 'mime', 'dir']

/** Fails at once, and names what lacks, where Apache or one of its modules is not installed. */
export const requireApache = (...modules: readonly string[]): void =>
  requirePrograms(APACHE, ...modules.map((name) => `${MODULES}/mod_${name}.so`))

export interface ApacheSite {
  /** The folder all its files are in. */
  readonly folder: string
  readonly port: number
  /** Modules besides those of every site. */
  readonly modules: readonly string[]
  /** Directives of the site. */
  readonly directives: string
  /** Pages, by their path below the site; they may contain server-side includes. */
  readonly pages: Readonly<Record<string, string>>
  /** Folders that the modules write to while Apache runs. */
  readonly writable?: readonly string[]
  readonly logLevel?: string
}

/** A real Apache for one site on a port of 127.0.0.1; it runs as `nobody` when the tests run as root. */
export async function startApache({
  folder,
  port,
  modules,
  directives,
  pages,
  writable = [],
  logLevel = 'warn',
}: ApacheSite): Promise<Program> {
  for (const name of writable) {
    await mkdir(join(folder, name), { recursive: true, mode: 0o777 })
    if (unprivileged.uid !== undefined) await chown(join(folder, name), unprivileged.uid, unprivileged.gid)
  }
  for (const [path, text] of Object.entries(pages)) {
    const file = join(folder, 'htdocs', path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  const configuration = join(folder, 'apache.conf')
  await writeFile(
    configuration,
    `ServerRoot ${folder}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
LogLevel ${logLevel}
Listen 127.0.0.1:${port}
ServerName localhost
${[...ALWAYS, ...modules].map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
TypesConfig /dev/null
DocumentRoot ${folder}/htdocs
DirectoryIndex index.html
<Directory ${folder}/htdocs>
  Options +Includes
  SetOutputFilter INCLUDES
  Require all granted
</Directory>
${directives}`,
  )
  return startProgram(APACHE, ['-D', 'FOREGROUND', '-f', configuration], port)
}

/** What mod_auth_cas has to be told of a server over TLS. */
export const casDirectives = (folder: string, serverUrl: string, { certificate }: TestCertificate): string => `CASVersion 2
CASLoginURL ${serverUrl}/login
CASValidateURL ${serverUrl}/serviceValidate
CASCertificatePath ${certificate}
CASCookiePath ${folder}/sessions/
`

/** Settings of a server that serves TLS with this certificate on a port of localhost. */
export const tlsSettings = (port: number, { certificate, key }: TestCertificate) => ({
  'server.port': port,
  'server.ssl.enabled': true,
  'server.ssl.certificate': `file:${certificate}`,
  'server.ssl.certificate-private-key': `file:${key}`,
  'cas.server.name': `https://localhost:${port}`,
})
