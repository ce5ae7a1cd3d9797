/** Where a link of a payload leads, or why it is left out. */
export type LinkTarget =
  | {
      readonly kind: 'usable'
      /** What the browser is sent to. */
      readonly href: string
      /** It had no scheme, https was added. */
      readonly completed: boolean
    }
  | { readonly kind: 'dropped'; readonly reason: string }

/** A link that was chosen. */
export interface ResumeLink {
  readonly href: string
  /** Whether one may come back from there and go on with the same login. */
  readonly resume: boolean
}

/** The address with the parameter `resume`; only where a browser can carry it. */
export function resumeAddress(href: string, handle: string): string {
  if (!/^(?:https?:|\/)/i.test(href)) return href
  const [address = '', ...fragment] = href.split('#')
  const separator = !address.includes('?') ? '?' : /[?&]$/.test(address) ? '' : '&'
  return [`${address}${separator}resume=${encodeURIComponent(handle)}`, ...fragment].join('#')
}

/** Never followed, whatever the settings say. */
const HARMFUL = new Set(['javascript', 'data', 'vbscript', 'blob', 'file', 'filesystem', 'view-source', 'about'])
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*(?::\d{1,5})?(?:[/?#]|$)/i
const MAX_LENGTH = 4096

/**
 * Reads the destination of a link as a source wrote it (interrupt.md 11). Paths of this server are kept, `host.tld/…` becomes `https://host.tld/…`.
 *
 * @param schemes Those that are allowed, in lower case.
 */
export function linkTarget(address: string, schemes: ReadonlySet<string>): LinkTarget {
  const text = address.trim()
  const dropped = (reason: string): LinkTarget => ({ kind: 'dropped', reason })
  if (text === '') return dropped('empty')
  if (text.length > MAX_LENGTH) return dropped('too long')
  if (/[\u0000-\u001f\u007f]/.test(text)) return dropped('control characters')
  if (text.startsWith('/')) return /^\/[/\\]/.test(text) ? dropped('no scheme') : { kind: 'usable', href: text, completed: false }
  if (HOST.test(text)) {
    const href = URL.parse(`https://${text}`)?.href
    return href === undefined ? dropped('no address') : { kind: 'usable', href, completed: true }
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return dropped('no scheme')
  if (HARMFUL.has(scheme) || !schemes.has(scheme)) return dropped(`the scheme ${scheme} is not allowed`)
  const url = URL.parse(text)
  if (!url || (/^https?$/.test(scheme) && url.hostname === '')) return dropped('no address')
  // As it was written where nothing has to be encoded.
  return { kind: 'usable', href: /^[\x21-\x7e]+$/.test(text) ? text : url.href, completed: false }
}
