import type { Log } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import type { NotificationsConfig } from '../config.ts'

/** Where and how mails are handed over, from `spring.mail.*` (notifications.md 4.3). */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. */
  readonly secure: boolean
  readonly startTls: 'never' | 'if-offered' | 'required'
  readonly auth: { readonly user: string; readonly pass: string } | undefined
  readonly checkCertificate: boolean
  readonly checkServerIdentity: boolean
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3' | undefined
  readonly connectTimeoutMs: number
  readonly timeoutMs: number
  /** Address for bounces, where it is another than the sender's. */
  readonly envelopeFrom: string | undefined
  /** Our name in `EHLO`. */
  readonly name: string | undefined
}

const USUAL_TIMEOUT_MS = 10_000

/**
 * Reads the settings of the mail server.
 *
 * @returns `undefined` when there is none.
 * @throws {StartRefusal} for a number that is none.
 */
export function mailServer({ spring }: Pick<NotificationsConfig, 'spring'>, log: Log): MailServer | undefined {
  const { host, port, protocol, username, password, properties } = spring.mail
  if (host.trim() === '') return undefined
  const known = new Set<string>()
  /** JavaMail has each name for either protocol. */
  const read = (name: string): string | undefined => {
    for (const kind of [protocol, 'smtp', 'smtps']) known.add(`mail.${kind}.${name}`)
    return properties[`mail.${protocol}.${name}`] ?? properties[`mail.smtp.${name}`]
  }
  const flag = (name: string) => read(name)?.trim().toLowerCase() === 'true'
  const milliseconds = (name: string): number => {
    const text = read(name)?.trim() ?? ''
    if (text === '') return USUAL_TIMEOUT_MS
    if (!/^\d{1,9}$/.test(text))
      throw new StartRefusal('must be a number of milliseconds', { setting: `spring.mail.properties.mail.smtp.${name}` })
    return Number(text) || USUAL_TIMEOUT_MS
  }
  const secure = protocol === 'smtps' || flag('ssl.enable')
  const trusted = (read('ssl.trust') ?? '').split(/[\s,]+/).filter((one) => one !== '')
  const isTrusted = trusted.includes('*') || trusted.includes(host.trim())
  if (isTrusted) log.warn({ host }, `The certificate of the mail server ${host} is not checked, because ssl.trust says so.`)
  const required = flag('starttls.required')
  const auth = username !== '' ? { user: username, pass: password } : undefined
  if (flag('auth') && !auth) log.warn({ host }, 'spring.mail.properties.mail.smtp.auth is true, but there is no spring.mail.username.')
  const protocols = read('ssl.protocols') ?? ''
  const identity = read('ssl.checkserveridentity')
  const server: MailServer = {
    host: host.trim(),
    port: port ?? (secure ? 465 : 25),
    secure,
    startTls: secure ? 'never' : required ? 'required' : flag('starttls.enable') ? 'if-offered' : 'never',
    auth,
    checkCertificate: !isTrusted,
    checkServerIdentity: identity?.trim().toLowerCase() !== 'false',
    minVersion: /TLSv1\.2/.test(protocols) ? 'TLSv1.2' : /TLSv1\.3/.test(protocols) ? 'TLSv1.3' : undefined,
    connectTimeoutMs: milliseconds('connectiontimeout'),
    timeoutMs: milliseconds('timeout'),
    envelopeFrom: read('from')?.trim() || undefined,
    name: read('localhost')?.trim() || undefined,
  }
  read('writetimeout')
  const ignored = Object.keys(properties).filter((name) => !known.has(name))
  if (ignored.length > 0) log.warn({ properties: ignored }, `Without effect here below spring.mail.properties: ${ignored.join(', ')}.`)
  return server
}
