import { Readable } from 'node:stream'
import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import type { SendResult } from '../message.ts'
import { isMailAddress } from '../recipient.ts'
import { oneLine } from '../template/template.ts'
import type { MailServer } from './server.ts'

/** One mail to one person. */
export interface Mail {
  readonly from: string
  readonly to: string
  readonly cc?: readonly string[]
  readonly bcc?: readonly string[]
  readonly replyTo?: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html?: boolean
  /** 1 highest to 5 lowest; 3 is not said. */
  readonly priority?: number
  readonly validateAddresses?: boolean
  /** The same for every try of one mail, without angle brackets; absent: a new one. */
  readonly messageId?: string
}

export interface MailTransport {
  readonly timeoutMs: number
  /**
   * Hands over one mail; never throws, but for what `gate` throws.
   *
   * @param gate Awaited after the server is ready for the text and before it gets the first byte.
   */
  send(mail: Mail, gate: () => Promise<void>): Promise<SendResult>
  /** Whether the server can be reached and takes our credential. @throws what it says. */
  verify(): Promise<void>
}

/** Connecting, the commands, the text: no longer than this in all. */
const LONGEST_MS = 50_000

type Connection = InstanceType<typeof import('nodemailer/lib/smtp-connection').default>

/** Mail by SMTP (notifications.md 4.3). One connection a mail. */
export function smtpTransport(server: MailServer): MailTransport {
  async function open(): Promise<{ connection: Connection; limit: NodeJS.Timeout }> {
    const { default: SMTPConnection } = await import('nodemailer/lib/smtp-connection')
    const connection = new SMTPConnection(optionsOf(server))
    const limit = setTimeout(() => connection.close(), LONGEST_MS)
    try {
      await new Promise<void>((resolve, reject) => {
        connection.once('error', reject)
        connection.once('end', () => reject(new Error('the mail server closed the connection')))
        connection.connect((error?: unknown) => (error ? reject(error) : resolve()))
      })
      const { auth } = server
      if (auth)
        await new Promise<void>((resolve, reject) => connection.login({ ...auth }, (error: unknown) => (error ? reject(error) : resolve())))
      return { connection, limit }
    } catch (error) {
      clearTimeout(limit)
      connection.close()
      throw error
    }
  }

  return {
    timeoutMs: LONGEST_MS,
    async send(mail, gate) {
      const recipients = [mail.to, ...(mail.cc ?? []), ...(mail.bcc ?? [])]
      const bad = [mail.from, ...recipients].find((one) => !canBe(one, mail.validateAddresses === true))
      if (bad !== undefined) return { status: 'permanent', code: 'address', message: 'an address that cannot be one' }
      let gated = false
      let refused: unknown
      let connection: Connection | undefined
      let limit: NodeJS.Timeout | undefined
      try {
        const text = await compose(mail)
        ;({ connection, limit } = await open())
        const current = connection
        const stream = Readable.from(
          (async function* () {
            try {
              await gate()
            } catch (error) {
              refused = error
              // The connection is closed without the end of the text: the server drops it.
              current.close()
              throw error
            }
            gated = true
            yield text
          })(),
        )
        const envelope = { from: server.envelopeFrom ?? bare(mail.from), to: recipients.map(bare) }
        const response = await new Promise<string>((resolve, reject) => {
          current.once('error', reject)
          current.once('end', () => reject(new Error('the mail server closed the connection')))
          current.send(envelope, stream, (error, info) => (error ? reject(error) : resolve(info?.response ?? '')))
        })
        current.quit()
        return { status: 'sent', providerId: /\bqueued as ([\w.-]{1,64})/i.exec(response)?.[1], message: oneLine(response).slice(0, 200) }
      } catch (error) {
        connection?.close()
        if (refused !== undefined) throw refused
        return failureOf(error, gated)
      } finally {
        clearTimeout(limit)
      }
    },
    async verify() {
      const { connection, limit } = await open()
      clearTimeout(limit)
      connection.quit()
    },
  }
}

/** One address, perhaps with a name before it; never two, nor a second line. */
const canBe = (address: string, strictly: boolean): boolean =>
  !/[\u0000-\u001f\u007f]/.test(address) && !/[\s<>,;]/.test(bare(address)) && (!strictly || isMailAddress(bare(address)))

/** `Name <address>` as the bare address. */
const bare = (address: string): string => /<([^<>]*)>\s*$/.exec(address)?.[1]?.trim() ?? address.trim()

function optionsOf(server: MailServer): SMTPConnectionOptions {
  return {
    host: server.host,
    port: server.port,
    secure: server.secure,
    ignoreTLS: server.startTls === 'never',
    requireTLS: server.startTls === 'required',
    connectionTimeout: server.connectTimeoutMs,
    dnsTimeout: server.connectTimeoutMs,
    greetingTimeout: server.timeoutMs,
    socketTimeout: server.timeoutMs,
    logger: false,
    ...(server.name === undefined ? {} : { name: server.name }),
    tls: {
      rejectUnauthorized: server.checkCertificate,
      ...(server.minVersion === undefined ? {} : { minVersion: server.minVersion }),
      ...(server.checkServerIdentity ? {} : { checkServerIdentity: () => undefined }),
    },
  }
}

async function compose(mail: Mail): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const list = (addresses: readonly string[] | undefined) => (addresses && addresses.length > 0 ? addresses.map(oneLine) : undefined)
  const composer = new MailComposer({
    from: oneLine(mail.from),
    to: oneLine(mail.to),
    cc: list(mail.cc),
    replyTo: list(mail.replyTo),
    subject: oneLine(mail.subject),
    ...(mail.html ? { html: mail.text } : { text: mail.text }),
    ...(mail.messageId === undefined ? {} : { messageId: `<${mail.messageId}>` }),
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(mail.priority === undefined || mail.priority === 3 ? {} : { 'X-Priority': String(mail.priority) }),
    },
    textEncoding: 'quoted-printable',
    // Text is text: it names no file and no address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}

/** What an error means depends on whether the text had begun to flow. */
function failureOf(error: unknown, gated: boolean): SendResult {
  const { code, responseCode, command, message } = error as { code?: string; responseCode?: number; command?: string; message?: string }
  const said = { code: responseCode === undefined ? code : String(responseCode), message: oneLine(message ?? String(error)).slice(0, 300) }
  if (gated && responseCode === undefined) return { status: 'uncertain', ...said }
  // 535 and its like: the server takes nothing from us.
  if (code === 'EAUTH' || code === 'ENOAUTH' || responseCode === 530 || (command ?? '').startsWith('AUTH')) {
    return { status: responseCode !== undefined && responseCode < 500 ? 'retryable' : 'configuration', ...said }
  }
  // The library gives failed checks of a certificate no code of their own; what it takes them for is the next try's business only.
  if (code === 'ETLS' || /certificate|self[- ]signed|altnames/i.test(said.message)) return { status: 'configuration', ...said }
  if (code === 'EENVELOPE' && responseCode === undefined) return { status: 'permanent', ...said }
  if (responseCode !== undefined && responseCode >= 500) return { status: 'permanent', ...said }
  return { status: 'retryable', ...said }
}
