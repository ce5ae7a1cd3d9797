import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readCommandLine } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

/**
 * What one has to decide before a first start, and nothing else: a file that copies the catalogue hides what was decided. Braces are the folder.
 */
const FILE = `# Settings of Castellan. Everything that does not stand here has its default: castellan config search WORD, castellan config explain NAME.

# The address that people and applications see, without a path. The server is below it at /cas (server.servlet.context-path).
cas.server.name=https://localhost:8443

# https with a key store (castellan gen-keystore makes one for a trial); or PEM files:
# server.ssl.certificate=file:/etc/cas/server.crt
# server.ssl.certificate-private-key=file:/etc/cas/server.key
# or plain http behind a proxy that speaks https:
# server.ssl.enabled=false
server.port=8443
server.ssl.key-store=file:\${cas.standalone.configuration-directory}/thekeystore
server.ssl.key-store-password=changeit

# Applications: one JSON file each.
cas.service-registry.json.location=file:\${cas.standalone.configuration-directory}/services

# People. castellan hash-password makes the stored form of a password.
cas.authn.accept.enabled=false
cas.authn.json.location=file:\${cas.standalone.configuration-directory}/users.json
cas.authn.json.password-encoder.type=ARGON2

# What OAuth clients may still do: rfc9700 lets nothing by that is unsafe, cas-compat (the default) lets applications of an older CAS go on.
castellan.oauth.profile=rfc9700

# Keys are made at the first start and kept in the state directory; several machines need the same: castellan gen-key --setting cas.tgc.crypto
# castellan.state.directory=/var/lib/castellan
`

/** Nobody: whoever is to log in has to be written here. */
const USERS = `{
  "@class": "java.util.LinkedHashMap"
}
`

/**
 * `castellan config init [DIRECTORY]`: writes a short commented `cas.properties`, an empty `users.json` and a folder for definitions (CF24). Overwrites
 * nothing.
 *
 * @param directory Where; not given: `--config-dir`, else /etc/cas/config.
 */
export async function configInit({ argv, process }: Shell, directory: string | undefined): Promise<CommandResult> {
  const named = readCommandLine(argv).options.findLast(({ key }) => key === 'cas.standalone.configuration-directory')?.value
  const folder = resolve(process.cwd(), directory ?? named ?? '/etc/cas/config')
  const files = { 'cas.properties': FILE, 'users.json': USERS }
  try {
    await mkdir(join(folder, 'services'), { recursive: true })
    for (const [name, text] of Object.entries(files)) {
      // Who may log in is nobody else's business.
      await writeFile(join(folder, name), text, { flag: 'wx', mode: 0o640 })
      process.stdout.write(`${join(folder, name)}\n`)
    }
    return { exitCode: EXIT.good }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const reason = code === 'EEXIST' ? 'holds a configuration already, which is left as it is' : `cannot be written (${code})`
    process.stderr.write(`castellan config init: ${folder} ${reason}\n`)
    return { exitCode: EXIT.mistakes }
  }
}
