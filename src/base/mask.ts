/** What stands in place of a secret in a log. */
export const MASK = '****************'

const TICKET = /^([A-Z]+-\d+-)([A-Za-z0-9_]+)((?:-[^-]+)*)$/

/** Kinds of tickets whose ids are secrets (tickets.md 1); a number or the secret itself follows. */
const TICKETS_IN_TEXT = /\b(?:TGT|PGTIOU|PGT|ST|PT|OC|AT|RT|ODT|ODUC|TST|LR|TOTP)-\d{1,19}-[A-Za-z0-9_.-]{4,}/g

const SECRET_NAME =
  /pass|psw|pwd|token|secret|credential|ticket|^pgt|^code$|device_code|user_code|verifier|assertion|execution|authorization|samlart|^(?:resume|handover|txn|transaction|csrf)$/i

/** Whether a parameter of this name carries a secret: its value is neither logged nor shown. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name)

/** `TGT-1-****************b3xY9zQ-wcas01`: prefix and number, sixteen asterisks, the last seven characters and the host (configuration.md 10.4). */
export function maskTicketId(id: string): string {
  const match = TICKET.exec(id)
  // Of a short id nothing is left to show: seven characters of eight would be the secret.
  if (!match || (match[2] ?? '').length < 14) return MASK
  return `${match[1]}${MASK}${(match[2] ?? '').slice(-7)}${match[3]}`
}

/** A text of others, for a log: ids of tickets in it are masked. */
export function maskTicketIds(text: string): string {
  return text.includes('-') ? text.replace(TICKETS_IN_TEXT, maskTicketId) : text
}

/**
 * A raw query for a log: values of parameters that carry secrets are masked, ids of tickets anywhere are too. A query whose names are encoded, so that
 * one cannot see which they are, is left out as a whole.
 */
export function maskQuery(query: string): string {
  if (query === '') return ''
  let masked = ''
  for (const pair of query.split('&', 50)) {
    const equals = pair.indexOf('=')
    const name = equals === -1 ? pair : pair.slice(0, equals)
    if (name.includes('%') || name.includes('+')) return MASK
    const value = equals === -1 ? '' : pair.slice(equals + 1)
    const shown = SECRET_NAME.test(name) ? (value === '' ? '' : MASK) : maskTicketIds(maskNested(value))
    masked += `${masked === '' ? '' : '&'}${maskTicketIds(name)}${equals === -1 ? '' : `=${shown}`}`
  }
  return masked
}

/** A value that is itself a URL may have a session id or a query with secrets; what follows its `;`, `?` or `#`, encoded or not, is cut off. */
function maskNested(value: string): string {
  const start = value.search(/[?#;]|%(?:25)?(?:3f|23|3b)/i)
  return start === -1 ? value : `${value.slice(0, start)}…`
}
