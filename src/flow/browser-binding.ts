import { createHash } from 'node:crypto'
import { randomText } from '../base/crypto.ts'
import { type Call, type CookieShape, readCookie, setCookie } from '../http/index.ts'

export interface BindingParts {
  /** `castellan.login.pin-to-browser`. */
  readonly toBrowser: boolean
  /** `cas.webflow.session.pin-to-session`: CAS's own binding to address and user agent. */
  readonly toClient: boolean
  readonly loginPath: string
}

/** What ties a conversation to the browser it began in, against logins that an attacker began (login-flow.md 15.5). */
export interface BrowserBinding {
  /** Whether it is the browser itself that a conversation is bound to, not only its address. */
  readonly bindsBrowser: boolean
  /** What this request is bound to, `''` when it cannot show anything. */
  of(call: Call): string
  /** The same, after making sure that the browser has the cookie. */
  establish(call: Call): string
  /** Marks the browser so that its next form says that the page before was too old. */
  noticeExpired(call: Call): void
  /** Whether that mark is there; takes it away. */
  takeExpiredNotice(call: Call): boolean
}

const NAME = 'CASFLOW'
const VALUE = /^[A-Za-z0-9]{22}(\.x)?$/
const EXPIRED = '.x'

export function browserBinding({ toBrowser, toClient, loginPath }: BindingParts): BrowserBinding {
  const clientPart = (call: Call) => {
    if (!toClient) return ''
    const { address, userAgent } = call.get('client')
    return createHash('sha256').update(`${address}\n${userAgent}`).digest('base64url')
  }
  const stored = (call: Call) => {
    const value = readCookie(call, NAME)
    return value !== undefined && VALUE.test(value) ? value : undefined
  }
  const nonce = (value: string) => value.replace(EXPIRED, '')
  const bound = (call: Call, value: string | undefined) => {
    const browser = toBrowser ? nonce(value ?? '') : ''
    const client = clientPart(call)
    return (toBrowser && browser === '') || browser + client === '' ? '' : `${browser}.${client}`
  }

  function send(call: Call, value: string): string {
    // Secure only where the browser can send it back: behind plain http every scripted login would fail otherwise.
    const shape: CookieShape = { name: NAME, path: loginPath, secure: call.get('client').secure, httpOnly: true, sameSite: 'Lax' }
    setCookie(call, shape, value)
    return value
  }

  return {
    bindsBrowser: toBrowser,
    of: (call) => bound(call, stored(call)),
    establish(call) {
      if (!toBrowser) return bound(call, undefined)
      return bound(call, stored(call) ?? send(call, randomText(22)))
    },
    noticeExpired(call) {
      send(call, `${nonce(stored(call) ?? randomText(22))}${EXPIRED}`)
    },
    takeExpiredNotice(call) {
      const value = stored(call)
      if (!value?.endsWith(EXPIRED)) return false
      send(call, nonce(value))
      return true
    },
  }
}
