import { spawn } from 'node:child_process'
import { StartRefusal } from '../../../base/start-refusal.ts'

/** The program `git`, run without a shell, without questions to anybody, and never for longer than allowed. */
export interface Git {
  /** @returns what it printed. @throws {GitFailure} */
  run(directory: string, ...args: readonly string[]): Promise<string>
}

/** A git command that failed; the message is what git said, without addresses that could hold secrets. */
export class GitFailure extends Error {
  readonly command: string
  constructor(command: string, message: string) {
    super(message)
    this.name = 'GitFailure'
    this.command = command
  }
}

export interface GitAccess {
  readonly username: string | undefined
  readonly password: string | undefined
  /** File of a private key for ssh. */
  readonly privateKey: string | undefined
  readonly strictHostKeyChecking: boolean
  /** Only the key given is offered, none of those of an agent. */
  readonly onlyThisKey: boolean
  readonly timeoutMs: number
}

const MOST_OUTPUT = 4 * 1024 * 1024

/** Nothing of a repository is ever run, no other protocol is spoken, and links in it lead nowhere. */
const SAFE = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.symlinks=false',
  'core.pager=cat',
  'protocol.allow=never',
  'protocol.https.allow=always',
  'protocol.ssh.allow=always',
  'protocol.file.allow=always',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'http.followRedirects=false',
  'transfer.fsckObjects=true',
  'commit.gpgSign=false',
  'credential.helper=',
].flatMap((setting) => ['-c', setting])

/** The secret is in the environment of git only: command lines are seen by everybody on the machine. */
const HELPER =
  'credential.helper=!f() { test "$1" = get && printf \'username=%s\\npassword=%s\\n\' "$CASTELLAN_GIT_USERNAME" "$CASTELLAN_GIT_PASSWORD"; }; f'

/** What git and ssh need to know about their surroundings; variables of git itself could lead it elsewhere. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // Whom git trusts; libraries of TLS differ in which of the two above they read.
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
]

export function gitProgram(access: GitAccess, environment: Readonly<Record<string, string | undefined>>): Git {
  const passedOn = PASSED_ON.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]))
  const env: Record<string, string> = {
    ...Object.fromEntries(passedOn),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: sshCommand(access),
    ...(access.password === undefined ? {} : { CASTELLAN_GIT_USERNAME: access.username ?? '', CASTELLAN_GIT_PASSWORD: access.password }),
  }
  const first = access.password === undefined ? SAFE : [...SAFE, '-c', HELPER]

  return {
    run(directory, ...args) {
      const command = args.find((arg) => !arg.startsWith('-')) ?? ''
      return new Promise((resolve, reject) => {
        // A group of its own, so that what git starts ends with it.
        const child = spawn('git', [...first, ...args], { cwd: directory, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
        let [output, errors] = ['', '']
        let late = false
        const end = () => {
          late = true
          try {
            process.kill(-(child.pid ?? 0), 'SIGKILL')
          } catch {
            // It has ended by itself.
          }
        }
        const limit = setTimeout(end, access.timeoutMs)
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          output += chunk
          if (output.length > MOST_OUTPUT) end()
        })
        child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
          if (errors.length < 8192) errors += chunk
        })
        child.once('error', (error) => {
          clearTimeout(limit)
          reject(new GitFailure(command, `git cannot be run (${error.message})`))
        })
        child.once('close', (code) => {
          clearTimeout(limit)
          if (code === 0 && !late) resolve(output)
          else reject(new GitFailure(command, late ? `git ${command} took too long` : withoutAddresses(errors) || `git ${command} failed`))
        })
      })
    },
  }
}

function sshCommand({ privateKey, strictHostKeyChecking, onlyThisKey }: GitAccess): string {
  const options = ['-o BatchMode=yes', `-o StrictHostKeyChecking=${strictHostKeyChecking ? 'yes' : 'accept-new'}`]
  if (privateKey !== undefined) options.push(`-i '${privateKey.replaceAll("'", "'\\''")}'`)
  if (privateKey !== undefined || onlyThisKey) options.push('-o IdentitiesOnly=yes')
  return `ssh ${options.join(' ')}`
}

/** What ssh says when it gives up; git only says that it could not read. */
const FROM_SSH =
  /^(\S+: Permission denied|Host key verification failed|No \S+ host key is known|Load key |Connection (closed|reset|timed out)|kex_exchange_)/

/** What git says is wrong; credentials in addresses are left out. */
function withoutAddresses(text: string): string {
  const lines = text
    .replaceAll(/\/\/[^/@\s]*@/g, '//')
    .trim()
    .split('\n')
  const telling = lines.map((line) => line.trim()).filter((line) => /^(remote|error|fatal|ssh):/.test(line) || FROM_SSH.test(line))
  return (telling.length > 0 ? telling : lines).slice(-4).join(' ')
}

const SETTING = 'cas.service-registry.git.repository-url'

/**
 * An address that git may be sent to: `https`, `ssh` and `file` URLs, `user@host:path`, and absolute paths. Everything else is a way to have a program run
 * or a secret seen.
 *
 * @throws {StartRefusal}
 */
export function repositoryAddress(text: string): string {
  const refuse = (why: string): never => {
    throw new StartRefusal(why, { setting: SETTING })
  }
  const address = text.trim()
  if (/[\s\u0000-\u001f]/.test(address) || address.startsWith('-') || address.includes('::')) return refuse('is no address of a repository')
  if (address.startsWith('/')) return address
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    const host = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)\S+$/.exec(address)?.[1]
    return host === undefined || host.startsWith('-') ? refuse('is no address of a repository') : address
  }
  const url = URL.parse(address)
  if (!url || !['https', 'ssh', 'file'].includes(scheme)) return refuse('must be an https, ssh or file address, or a path')
  if (url.hostname.startsWith('-') || url.username.startsWith('-')) return refuse('is no address of a repository')
  if (url.password !== '' || (scheme === 'https' && url.username !== ''))
    return refuse('has credentials in it; they belong to cas.service-registry.git.username and .password')
  return address
}
