import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { type TestAuthority, testAuthority } from './authority.ts'

/** A mail as the server has it in its box. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly secure: boolean
  readonly user: string | undefined
  /** Lower case names; folded lines unfolded. */
  readonly headers: ReadonlyMap<string, string>
  /** Decoded from quoted-printable or base64. */
  readonly body: string
  readonly raw: string
}

export type MailBehaviour =
  /** Refuses the recipient, or the text after its end, with that status. */
  | { readonly kind: 'refuse'; readonly at: 'recipient' | 'text'; readonly status: number }
  /** Takes the mail or not, and closes without an answer. */
  | { readonly kind: 'drop'; readonly accept: boolean }

export interface MailServerOptions {
  readonly tls?: 'none' | 'starttls' | 'implicit'
  /** User name and password that it asks for. */
  readonly login?: { readonly user: string; readonly password: string }
  readonly authority?: TestAuthority
}

export interface TestMailServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly authority: TestAuthority
  readonly mails: ReceivedMail[]
  /** For the next mails, in turn. */
  readonly script: MailBehaviour[]
  /** How many texts have been begun. */
  readonly attempts: () => number
}

/** A real SMTP server on this machine, whose mailbox can be read. */
export async function startMailServer(options: MailServerOptions = {}): Promise<TestMailServer> {
  const { tls = 'starttls', login } = options
  const authority = options.authority ?? testAuthority()
  const mails: ReceivedMail[] = []
  const script: MailBehaviour[] = []
  let attempts = 0
  const server = new SMTPServer({
    secure: tls === 'implicit',
    key: authority.key,
    cert: authority.certificate,
    hideSTARTTLS: tls === 'none',
    authOptional: login === undefined,
    disabledCommands: [...(login === undefined ? ['AUTH'] : []), ...(tls === 'none' ? ['STARTTLS'] : [])],
    allowInsecureAuth: tls === 'none',
    disableReverseLookup: true,
    closeTimeout: 100,
    logger: false,
    onAuth(auth, _session, done) {
      if (auth.username === login?.user && auth.password === login?.password) done(null, { user: auth.username ?? '' })
      else done(Object.assign(new Error('Invalid username or password'), { responseCode: 535 }))
    },
    onRcptTo(_address, _session, done) {
      const next = script[0]
      if (next?.kind !== 'refuse' || next.at !== 'recipient') return done()
      script.shift()
      done(Object.assign(new Error('not now'), { responseCode: next.status }))
    },
    onData(stream, session, done) {
      attempts++
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const next = script.shift()
        const keep = () => mails.push(mailOf(Buffer.concat(parts).toString('utf8'), session))
        if (next?.kind === 'refuse') return done(Object.assign(new Error('refused'), { responseCode: next.status }))
        if (next?.kind !== 'drop' || next.accept) keep()
        if (next?.kind !== 'drop') return done(null)
        for (const connection of server.connections) (connection as unknown as { _socket?: { destroy(): void } })._socket?.destroy()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    host: 'localhost',
    port,
    authority,
    mails,
    script,
    attempts: () => attempts,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(resolve))
      if (!options.authority) authority[Symbol.dispose]()
    },
  }
}

function mailOf(
  raw: string,
  session: { envelope: { mailFrom: false | { address: string }; rcptTo: { address: string }[] }; secure?: boolean; user?: unknown },
): ReceivedMail {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const headers = new Map<string, string>()
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim()))
  }
  const { mailFrom, rcptTo } = session.envelope
  return {
    from: mailFrom === false ? '' : mailFrom.address,
    to: rcptTo.map(({ address }) => address),
    secure: session.secure ?? false,
    user: session.user === undefined ? undefined : String(session.user),
    headers,
    body: decodeBody(rest.join('\r\n\r\n'), headers.get('content-transfer-encoding') ?? ''),
    raw,
  }
}

function decodeBody(body: string, encoding: string): string {
  const text =
    encoding === 'quoted-printable' ? quotedPrintable(body) : encoding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body
  return text.replaceAll('\r\n', '\n').trimEnd()
}

function quotedPrintable(text: string): string {
  const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** `=?UTF-8?Q?…?=` and `=?UTF-8?B?…?=` (RFC 2047). */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_all, kind: string, word: string) =>
      kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString('utf8') : quotedPrintable(word.replaceAll('_', ' ')),
    )
}
