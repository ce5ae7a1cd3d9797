import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type { Client, Entry } from 'ldapts'
import type { Log } from '../../base/log.ts'
import type { Infer } from '../../base/schema.ts'
import { group } from '../../base/schema.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import type { Attributes } from '../../services/index.ts'
import { fileOf } from '../location.ts'
import { ldapConnection } from './config.ts'

const connection = group(ldapConnection)
export type LdapConnection = Infer<typeof connection>

export interface Search {
  readonly base: string
  readonly subtree: boolean
  /** RFC 4515, with every value escaped. */
  readonly filter: string
  /** Empty: all that users may see. */
  readonly attributes: readonly string[]
  readonly atMost: number
}

export interface FoundEntry {
  readonly dn: string
  readonly attributes: Attributes
}

/** A directory that can be asked. One connection serves all questions at once, as the protocol has it; it is made when it is needed, and anew when it broke. */
export interface Directory {
  /** @throws when no server answers, or the answer is an error; a base that does not exist has no entries. */
  search(wish: Search): Promise<readonly FoundEntry[]>
  close(): Promise<void>
}

export interface DirectoryParts {
  /** Start of the names of its settings, e.g. `cas.authn.attribute-repository.ldap[0]`. */
  readonly name: string
  readonly configurationDirectory: string
  readonly log: Log
}

type Library = typeof import('ldapts')

/** @throws {StartRefusal} for settings that cannot work. */
export function openDirectory(settings: LdapConnection, { name, configurationDirectory, log }: DirectoryParts): Directory {
  const urls = serversOf(settings, name)
  const tlsOptions = trust(settings, name, configurationDirectory)
  if (settings.trustManager === 'ANY')
    log.warn({ setting: `${name}.trust-manager` }, `${name}.trust-manager=ANY: whoever stands between may read and change what is asked`)
  const binary = new Set(settings.binaryAttributes.map((each) => each.toLowerCase()))
  let turn = 0
  let current: Promise<Client> | undefined
  let closed = false

  /** From the server that is due on, each once. */
  function order(): readonly string[] {
    const first =
      settings.connectionStrategy === 'RANDOM'
        ? Math.floor(Math.random() * urls.length)
        : settings.connectionStrategy === 'ROUND_ROBIN'
          ? turn++ % urls.length
          : 0
    return [...urls.slice(first), ...urls.slice(0, first)]
  }

  async function connect(): Promise<Client> {
    // Loaded when there is a directory.
    const library = await import('ldapts')
    const failures: string[] = []
    for (const url of order()) {
      try {
        return await connectTo(url, library)
      } catch (error) {
        failures.push(`${url}: ${messageOf(error)}`)
      }
    }
    throw new Error(failures.join('; '))
  }

  async function connectTo(url: string, { Client }: Library): Promise<Client> {
    const client = new Client({
      url,
      connectTimeout: settings.connectTimeout * 1000,
      timeout: settings.responseTimeout * 1000,
      strictDN: false,
      ...(url.startsWith('ldaps:') ? { tlsOptions } : {}),
    })
    try {
      if (settings.useStartTls && url.startsWith('ldap:')) await client.startTLS(tlsOptions)
      if (settings.bindDn !== '') await client.bind(settings.bindDn, settings.bindCredential)
      return client
    } catch (error) {
      await client.unbind().catch(() => {})
      throw error
    }
  }

  async function client(): Promise<Client> {
    if (closed) throw new Error('the server is being stopped')
    const making = current ?? connect()
    current = making
    // What could not be made is tried again by who comes next.
    making.catch(() => forget(making))
    return making
  }

  function forget(making: Promise<Client>): void {
    if (current === making) current = undefined
  }

  async function ask({ base, subtree, filter, attributes, atMost }: Search, again: boolean): Promise<readonly Entry[]> {
    const asked = await client()
    const making = current
    try {
      const { searchEntries } = await asked.search(base, {
        scope: subtree ? 'sub' : 'one',
        filter,
        attributes: [...attributes],
        sizeLimit: atMost,
        explicitBufferAttributes: [...settings.binaryAttributes],
      })
      return searchEntries
    } catch (error) {
      const { NoSuchObjectError, ResultCodeError } = await import('ldapts')
      if (error instanceof NoSuchObjectError) return []
      // The server answered: another connection would hear the same.
      if (error instanceof ResultCodeError) throw error
      if (making) forget(making)
      await asked.unbind().catch(() => {})
      // A server may close what has been idle; that is no failure yet.
      if (again) return ask({ base, subtree, filter, attributes, atMost }, false)
      throw error
    }
  }

  return {
    async search(wish) {
      const entries = await ask(wish, true)
      return entries.map((entry) => ({ dn: entry.dn, attributes: attributesOf(entry, binary) }))
    },
    async close() {
      closed = true
      const last = await current?.catch(() => undefined)
      await last?.unbind().catch(() => {})
    },
  }
}

/** @throws {StartRefusal} */
function serversOf(settings: LdapConnection, name: string): readonly string[] {
  const urls = settings.ldapUrl.split(/[\s,]+/).filter((url) => url !== '')
  const isServer = (text: string) => /^ldaps?:$/.test(URL.parse(text)?.protocol ?? '') && (URL.parse(text)?.hostname ?? '') !== ''
  if (urls.length === 0 || !urls.every(isServer))
    throw new StartRefusal('must be addresses such as ldaps://ldap.example.org', { setting: `${name}.ldap-url` })
  return urls
}

/** @throws {StartRefusal} */
function trust(settings: LdapConnection, name: string, configurationDirectory: string): ConnectionOptions {
  const setting = `${name}.trust-certificates`
  const certificates = () => {
    try {
      return readFileSync(fileOf(settings.trustCertificates, configurationDirectory, setting))
    } catch (error) {
      if (error instanceof StartRefusal) throw error
      throw new StartRefusal(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`, { setting })
    }
  }
  return {
    ...(settings.trustCertificates === '' ? {} : { ca: certificates() }),
    ...(settings.trustManager === 'ANY' ? { rejectUnauthorized: false } : {}),
    ...(settings.hostnameVerifier === 'ANY' ? { checkServerIdentity: () => undefined } : {}),
  }
}

function attributesOf({ dn: _dn, ...written }: Entry, binary: ReadonlySet<string>): Attributes {
  return Object.fromEntries(
    Object.entries(written).flatMap(([name, value]) => {
      const asText = (each: Buffer | string) => {
        const isBytes = binary.has(name.toLowerCase())
        return Buffer.isBuffer(each)
          ? each.toString(isBytes ? 'base64' : 'utf8')
          : isBytes
            ? Buffer.from(each, 'latin1').toString('base64')
            : each
      }
      const values = (Array.isArray(value) ? value : [value]).map(asText)
      return values.length === 0 ? [] : [[name, values]]
    }),
  )
}

/** Results of the protocol have their meaning in the name of their class only. */
const messageOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message.trim()}` : String(error))

/** A filter for one user: `uid={user}`, `(&(objectClass=person)(uid={0}))`; the name cannot become part of its grammar (RFC 4515). */
export function userFilter(template: string, username: string): string {
  const filter = template.trim().startsWith('(') ? template.trim() : `(${template.trim()})`
  return filter.replace(/\{(user|username|0)\}/g, () => escaped(username))
}

/** Every byte that is not plainly a letter or a number. */
const escaped = (text: string): string =>
  [...Buffer.from(text, 'utf8')]
    .map((byte) =>
      /[A-Za-z0-9._@-]/.test(String.fromCharCode(byte)) && byte < 128
        ? String.fromCharCode(byte)
        : `\\${byte.toString(16).padStart(2, '0')}`,
    )
    .join('')
